// The files that may be trained on: a folder of the data folder, and the volumes of the workspace where there is one.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volumes } from '../platform/ports/volumes.ts'
import type { DataFiles } from '../training/read-data.ts'

/** Folder of them, under the data folder. */
export const DATASETS_FOLDER = 'datasets'

/** A plain name: neither a path nor hidden. */
const NAME = /^[\w-][\w.-]*\.jsonl$/i
const VOLUME = /^(?:dbfs:)?(\/Volumes\/.+)$/i
/** Bytes of a file at most. */
const MAX_BYTES = 200_000_000

export function dataFiles(folder: string, volumes: Volumes | null): DataFiles {
  const where = volumes ? `${folder}, or by their whole path in a volume` : folder
  return {
    where,
    async read(name) {
      const path = VOLUME.exec(name)?.[1]
      if (path === undefined) return readOwn(name, folder)
      if (!volumes) return `${name} lies in a volume, and no workspace is set. Files are looked for in ${where}.`
      const size = await volumes.size(path)
      if (size !== null && size > MAX_BYTES) return whyTooLarge(name)
      return volumes.read(path)
    },
    async list() {
      try {
        return (await readdir(folder)).filter((name) => NAME.test(name)).sort()
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}

async function readOwn(name: string, folder: string): Promise<Uint8Array | null | string> {
  if (!NAME.test(name)) return `${name} is no name of a file in ${folder}: write its name alone, such as tickets.jsonl.`
  try {
    const bytes = await readFile(join(folder, name))
    return bytes.length > MAX_BYTES ? whyTooLarge(name) : bytes
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function whyTooLarge(name: string): string {
  return `${name} is larger than ${MAX_BYTES / 1e6} MB, more than is trained on at once. Split it, or load it as a table.`
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
