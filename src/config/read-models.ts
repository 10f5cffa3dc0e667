// Reads the settings of the chat model and of the embeddings.
import type { EnvReader } from './env-reader.ts'
import {
  type EmbeddingsSettings,
  FOUND_MODEL,
  type ModelSettings,
  type PlatformSettings,
  type WorkspaceSettings,
} from './settings.ts'

const OFFLINE = 'offline'

type Endpoint = Pick<ModelSettings, 'name' | 'baseUrl' | 'apiKey' | 'workspace'>

/** An address or a key without a name would silently stay unused. */
function refuseUnused(reader: EnvReader, prefix: string, half: string, fix: string): void {
  if (reader.text(`${prefix}${half}`) === undefined) return
  reader.fault(prefix, 'It is missing or `offline`.', `${prefix}${half} is set, but nothing would use it.`, fix)
}

/** Models of the workspace itself: every name will do, since the workspace is asked for it. */
function readOfWorkspace(reader: EnvReader, prefix: string, unset: string, workspace: WorkspaceSettings): Endpoint {
  if (reader.text(`${prefix}_API_KEY`) !== undefined) {
    reader.fault(
      `${prefix}_API_KEY`,
      'It is set.',
      'The models of the workspace are asked with the credentials of the workspace, so nothing would use it.',
      `Remove it, or set ${prefix} and ${prefix}_BASE_URL for models elsewhere.`,
    )
  }
  const baseUrl = `${workspace.host}/serving-endpoints`
  return { name: reader.text(prefix) ?? unset, baseUrl, apiKey: undefined, workspace }
}

/** An endpoint needs a name and an address; with a workspace, its own is the address where no other is set. */
function readEndpoint(reader: EnvReader, prefix: string, unset: string, platform: PlatformSettings): Endpoint {
  if (platform.kind === 'databricks' && reader.text(`${prefix}_BASE_URL`) === undefined) {
    return readOfWorkspace(reader, prefix, unset, platform)
  }
  const name = reader.text(prefix) ?? OFFLINE
  const baseUrl = reader.url(`${prefix}_BASE_URL`)
  const apiKey = reader.secret(`${prefix}_API_KEY`)
  if (name !== OFFLINE && reader.text(`${prefix}_BASE_URL`) === undefined) {
    reader.fault(
      `${prefix}_BASE_URL`,
      'It is missing.',
      `${prefix} names a model, and a model is reached over its address.`,
      `Set ${prefix}_BASE_URL, such as https://<workspace>/serving-endpoints, or set ${prefix}=offline.`,
    )
  }
  for (const half of name === OFFLINE ? ['_BASE_URL', '_API_KEY'] : []) {
    refuseUnused(reader, prefix, half, `Set ${prefix} to the name of the model, or remove ${prefix}${half}.`)
  }
  return { name, baseUrl, apiKey, workspace: undefined }
}

export function readModel(reader: EnvReader, platform: PlatformSettings): ModelSettings {
  const temperature =
    reader.text('LAKEDESK_MODEL_TEMPERATURE') === 'none'
      ? 'none'
      : reader.number('LAKEDESK_MODEL_TEMPERATURE', { min: 0, max: 2, whole: false })
  const timeoutMs = reader.number('LAKEDESK_MODEL_TIMEOUT_MS', { min: 1000, max: 3_600_000, whole: true }) ?? 120_000
  return { ...readEndpoint(reader, 'LAKEDESK_MODEL', FOUND_MODEL, platform), timeoutMs, temperature }
}

/** The index is built with these vectors: they stay offline, where nobody chose others. */
export function readEmbeddings(reader: EnvReader, platform: PlatformSettings): EmbeddingsSettings {
  const endpoint = readEndpoint(reader, 'LAKEDESK_EMBEDDINGS', OFFLINE, platform)
  const name = 'LAKEDESK_EMBEDDINGS_DIMENSION'
  const dimension = reader.number(name, { min: 1, max: 16_384, whole: true })
  const given = reader.text(name) !== undefined
  if (endpoint.name === OFFLINE && given) {
    reader.fault(name, 'It is set.', 'The offline embeddings have a fixed dimension.', 'Remove it.')
  }
  return { ...endpoint, dimension }
}
