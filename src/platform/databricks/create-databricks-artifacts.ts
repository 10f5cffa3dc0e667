// Files of runs on Databricks: the workspace signs an address for each, and the bytes go to the storage behind it.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { checkPath } from '../mlflow/create-mlflow-artifacts.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import { readPages, wholeSchema } from '../mlflow/wire.ts'
import type { ArtifactFile, Artifacts } from '../ports/runs.ts'

const ROOT = '/2.0/mlflow/artifacts'
const TIMEOUT_MS = 60_000

const credentialSchema = z.object({
  signed_uri: z.string().min(1),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
})
export type SignedAddress = z.infer<typeof credentialSchema>
const credentialsSchema = z.object({ credential_infos: z.array(credentialSchema).min(1) })
const fileSchema = z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: wholeSchema.optional() })
const listSchema = z.object({ files: z.array(fileSchema).default([]), next_page_token: z.string().optional() })

/** Sends to, or gets from, a signed address. It holds its own credentials: no token goes along, and it is never shown. */
export async function moveBytes(to: SignedAddress, about: string, body?: Uint8Array): Promise<Uint8Array | null> {
  let response: Response
  try {
    response = await fetch(to.signed_uri, {
      method: body ? 'PUT' : 'GET',
      // Azure refuses a blob without its type; the other storages ignore the header.
      headers: [
        ...(body ? ([['x-ms-blob-type', 'BlockBlob']] as [string, string][]) : []),
        ...to.headers.map(({ name, value }): [string, string] => [name, value]),
      ],
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    const sentence = `The storage behind Databricks could not be reached (${about}). Check that this machine may connect to it.`
    throw new LakedeskError('PLATFORM_UNREACHABLE', sentence, error)
  }
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (response.ok) return bytes
  if (response.status === 404 && !body) return null
  throw new LakedeskError(
    'PLATFORM_FAILED',
    `The storage behind Databricks refused the bytes (${about}; HTTP ${response.status}). Try again: a signed address lives for some minutes only.`,
  )
}

export function createDatabricksArtifacts({ http }: { http: MlflowHttp }): Artifacts {
  async function sign(runId: string, path: string, side: 'read' | 'write'): Promise<SignedAddress | undefined> {
    const answer = await http.json({
      method: 'POST',
      path: `${ROOT}/credentials-for-${side}`,
      body: { run_id: runId, path: [path] },
      about: `file ${path} of run ${runId}`,
      repeatable: true,
      answer: credentialsSchema,
    })
    return answer.credential_infos[0]
  }

  return {
    async put(runId, path, body) {
      checkPath(path)
      const address = await sign(runId, path, 'write')
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      if (address) await moveBytes(address, `file ${path}`, bytes)
    },

    async read(runId, path) {
      checkPath(path)
      try {
        const address = await sign(runId, path, 'read')
        return address ? await moveBytes(address, `file ${path}`) : null
      } catch (error) {
        if (isNotFound(error)) return null
        throw error
      }
    },

    async list(runId, folder) {
      if (folder) checkPath(folder)
      const files = await readPages(async (pageToken) => {
        const query = { run_id: runId, path: folder || undefined, page_token: pageToken }
        const about = `files of run ${runId}`
        const page = await http.json({ method: 'GET', path: `${ROOT}/list`, query, about, answer: listSchema })
        return { items: page.files, next: page.next_page_token }
      })
      return files
        .map(
          ({ path, is_dir, file_size }): ArtifactFile => ({
            path,
            isDirectory: is_dir,
            bytes: is_dir ? null : (file_size ?? 0),
          }),
        )
        .sort((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}
