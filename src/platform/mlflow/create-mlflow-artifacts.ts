// Files of runs behind the artifact proxy of an MLflow server (`mlflow-artifacts:/…`), as bytes over HTTP.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { ArtifactFile, Artifacts } from '../ports/runs.ts'
import type { MlflowHttp } from './mlflow-http.ts'
import { answerOf, isNotFound } from './platform-errors.ts'
import { readPages, wholeSchema } from './wire.ts'

const PROXY = '/2.0/mlflow-artifacts/artifacts'
const rootSchema = z.object({ run: z.object({ info: z.object({ artifact_uri: z.string() }) }) })
const fileSchema = z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: wholeSchema.optional() })
const listSchema = z.object({ files: z.array(fileSchema).default([]), next_page_token: z.string().optional() })

/** Reads and writes by URI; the same for the files of runs and of traces. */
export interface ProxiedFiles {
  put(uri: string, path: string, body: Uint8Array): Promise<void>
  /** Null where there is no such file. */
  read(uri: string, path: string): Promise<Uint8Array | null>
}

export function createProxiedFiles(http: MlflowHttp): ProxiedFiles {
  const toPath = (uri: string, path: string) => `${PROXY}/${encodePath(`${readRoot(uri)}/${path}`)}`
  return {
    async put(uri, path, body) {
      await http.bytes({ method: 'PUT', path: toPath(uri, path), body, about: `file ${path}` })
    },
    async read(uri, path) {
      try {
        return await http.bytes({ method: 'GET', path: toPath(uri, path), about: `file ${path}` })
      } catch (error) {
        if (isNotFound(error) || isFolder(error)) return null
        throw error
      }
    },
  }
}

export function createMlflowArtifacts({ http }: { http: MlflowHttp }): Artifacts {
  const files = createProxiedFiles(http)

  async function rootOf(runId: string): Promise<string> {
    const about = `run ${runId}`
    const query = { run_id: runId }
    const { run } = await http.json({ method: 'GET', path: '/2.0/mlflow/runs/get', query, about, answer: rootSchema })
    return run.info.artifact_uri
  }

  return {
    async put(runId, path, body) {
      checkPath(path)
      await files.put(await rootOf(runId), path, typeof body === 'string' ? Buffer.from(body) : body)
    },

    async read(runId, path) {
      checkPath(path)
      return files.read(await rootOf(runId), path)
    },

    async list(runId, folder) {
      if (folder) checkPath(folder)
      const found = await readPages(async (pageToken) => {
        const query = { run_id: runId, path: folder || undefined, page_token: pageToken }
        const about = `files of run ${runId}`
        const path = '/2.0/mlflow/artifacts/list'
        const page = await http.json({ method: 'GET', path, query, about, answer: listSchema })
        return { items: page.files, next: page.next_page_token }
      })
      return found.map(toFile).sort((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}

/** Throws PLATFORM_REFUSED for a path that is absolute, climbs, or is not in plain form. */
export function checkPath(path: string): void {
  const parts = path.split('/')
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
  if (isPlain && !/[\\\p{Cc}]/u.test(path)) return
  throw new LakedeskError(
    'PLATFORM_REFUSED',
    `"${path}" is no path of an artifact. Give a relative one with forward slashes and without "..", such as eval/rows.json.`,
  )
}

/** A folder is no file. */
function isFolder(error: unknown): boolean {
  const answer = answerOf(error)
  return answer?.status === 400 && answer.message.includes('directory')
}

function toFile({ path, is_dir, file_size }: z.infer<typeof fileSchema>): ArtifactFile {
  return { path, isDirectory: is_dir, bytes: is_dir ? null : (file_size ?? 0) }
}

/** `mlflow-artifacts:/1/ab/artifacts` and `mlflow-artifacts://host:5000/1/ab/artifacts` both stand under `1/ab/artifacts` of the proxy. */
function readRoot(uri: string): string {
  const root = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+?)\/*$/.exec(uri)?.[1]
  if (root !== undefined) return root
  const fix =
    'Start it with --serve-artifacts and an --artifacts-destination, and use an experiment that was made since.'
  throw new LakedeskError(
    'PLATFORM_REFUSED',
    `The MLflow server keeps these files at ${uri}, out of reach over HTTP. ${fix}`,
  )
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
