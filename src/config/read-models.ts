// Reads the settings of the chat model and of the embeddings.
import type { EnvReader } from './env-reader.ts'
import type { EmbeddingsSettings, ModelSettings } from './settings.ts'

const OFFLINE = 'offline'

/** An endpoint needs a name and an address; an address or a key without a name would silently stay unused. */
function readEndpoint(reader: EnvReader, prefix: string): Pick<ModelSettings, 'name' | 'baseUrl' | 'apiKey'> {
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
  for (const half of ['_BASE_URL', '_API_KEY']) {
    if (name !== OFFLINE || reader.text(`${prefix}${half}`) === undefined) continue
    reader.fault(
      prefix,
      'It is missing or `offline`.',
      `${prefix}${half} is set, but nothing would use it.`,
      `Set ${prefix} to the name of the model, or remove ${prefix}${half}.`,
    )
  }
  return { name, baseUrl, apiKey }
}

export function readModel(reader: EnvReader): ModelSettings {
  const temperature =
    reader.text('LAKEDESK_MODEL_TEMPERATURE') === 'none'
      ? 'none'
      : reader.number('LAKEDESK_MODEL_TEMPERATURE', { min: 0, max: 2, whole: false })
  const timeoutMs = reader.number('LAKEDESK_MODEL_TIMEOUT_MS', { min: 1000, max: 3_600_000, whole: true }) ?? 120_000
  return { ...readEndpoint(reader, 'LAKEDESK_MODEL'), timeoutMs, temperature }
}

export function readEmbeddings(reader: EnvReader): EmbeddingsSettings {
  const endpoint = readEndpoint(reader, 'LAKEDESK_EMBEDDINGS')
  const name = 'LAKEDESK_EMBEDDINGS_DIMENSION'
  const dimension = reader.number(name, { min: 1, max: 16_384, whole: true })
  const given = reader.text(name) !== undefined
  if (endpoint.name === OFFLINE && given) {
    reader.fault(name, 'It is set.', 'The offline embeddings have a fixed dimension.', 'Remove it.')
  }
  return { ...endpoint, dimension }
}
