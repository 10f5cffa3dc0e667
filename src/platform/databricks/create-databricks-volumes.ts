// Volumes of Unity Catalog by the Files API: bytes in and out, directories listed page by page.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { answerOf, isNotFound } from '../mlflow/platform-errors.ts'
import { readPages, wholeSchema } from '../mlflow/wire.ts'
import type { VolumeEntry, Volumes } from '../ports/volumes.ts'

/** Of one upload. */
const MAX_BYTES = 5 * 1024 ** 3
const PAGE = 1_000

const listingSchema = z.object({
  contents: z
    .array(
      z.object({
        path: z.string(),
        is_directory: z.boolean().default(false),
        file_size: wholeSchema.nullish(),
      }),
    )
    .default([]),
  next_page_token: z.string().optional(),
})

export interface DatabricksVolumesOptions {
  /** Over the whole host, with the long time limit of its calls: files are large. */
  root: MlflowHttp
}

export function createDatabricksVolumes({ root }: DatabricksVolumesOptions): Volumes {
  const fileOf = (path: string): string => `/api/2.0/fs/files${encode(path)}`
  const folderOf = (path: string): string => `/api/2.0/fs/directories${encode(path)}`

  async function list(directory: string): Promise<VolumeEntry[]> {
    const about = `the folder ${directory}`
    try {
      const found = await readPages(async (page_token) => {
        const query = { page_size: PAGE, ...(page_token ? { page_token } : {}) }
        const path = folderOf(directory)
        const page = await root.json({ method: 'GET', path, query, about, answer: listingSchema })
        return { items: page.contents, next: page.next_page_token }
      })
      return found
        .map(({ path, is_directory, file_size }) => ({
          path,
          isDirectory: is_directory,
          bytes: is_directory ? null : (file_size ?? null),
        }))
        .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  async function read(path: string): Promise<Uint8Array | null> {
    try {
      return await root.bytes({ method: 'GET', path: fileOf(path), about: `the file ${path}` })
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  return {
    list,
    read,
    async put(path, body) {
      if (body.byteLength > MAX_BYTES) {
        throw new LakedeskError(
          'PLATFORM_REFUSED',
          `${path} would have ${body.byteLength} bytes; a file of a volume takes 5 GiB in one upload. Write it in parts.`,
        )
      }
      const folder = parentOf(path)
      // Without a path below the volume there is no folder to make.
      if (folder.split('/').length > 5) {
        await root.bytes({ method: 'PUT', path: folderOf(folder), about: `the folder ${folder}` })
      }
      const query = { overwrite: true }
      await root.bytes({ method: 'PUT', path: fileOf(path), query, body, about: `the file ${path}` })
    },
    async size(path) {
      const entry = (await list(parentOf(path))).find((one) => one.path === path && !one.isDirectory)
      return entry?.bytes ?? null
    },
    async remove(path) {
      try {
        await root.bytes({ method: 'DELETE', path: fileOf(path), about: `the file ${path}` })
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    },
  }
}

const PATH = /^\/Volumes\/[^/]+\/[^/]+\/[^/]+/

/** Each part on its own, the slashes kept. Throws PLATFORM_REFUSED for what lies in no volume, and for `.` and `..`. */
function encode(path: string): string {
  const parts = path.split('/').slice(1)
  if (!PATH.test(path) || parts.some((part) => part === '..' || part === '.' || part === '')) {
    throw new LakedeskError(
      'PLATFORM_REFUSED',
      `${path} is no path of a volume. Write it as /Volumes/catalog/schema/volume/file.`,
    )
  }
  return `/${parts.map(encodeURIComponent).join('/')}`
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** A missing file may come with an error code or without a body. */
function isMissing(error: unknown): boolean {
  return isNotFound(error) || answerOf(error)?.status === 404
}
