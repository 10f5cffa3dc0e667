// Files of runs on Databricks: the workspace signs an address for each, and the bytes go to the storage behind it.
import { z } from 'zod'
import { checkPath } from '../mlflow/create-mlflow-artifacts.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import { readPages, wholeSchema } from '../mlflow/wire.ts'
import type { ArtifactFile, Artifacts } from '../ports/runs.ts'
import { readSigned, type SignedAddress, signedAddressSchema, writeSigned } from './signed-storage.ts'

const ROOT = '/2.0/mlflow/artifacts'
const credentialsSchema = z.object({ credential_infos: z.tuple([signedAddressSchema]).rest(signedAddressSchema) })
const fileSchema = z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: wholeSchema.optional() })
const listSchema = z.object({ files: z.array(fileSchema).default([]), next_page_token: z.string().optional() })

export function createDatabricksArtifacts({ http }: { http: MlflowHttp }): Artifacts {
  async function sign(runId: string, path: string, side: 'read' | 'write'): Promise<SignedAddress> {
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
      await writeSigned(address, `file ${path}`, bytes)
    },

    async read(runId, path) {
      checkPath(path)
      try {
        return await readSigned(await sign(runId, path, 'read'), `file ${path}`)
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
