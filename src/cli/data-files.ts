// The files that may be trained on: a folder of the data folder, and the volumes of the workspace where there is one.
import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
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
        const entries = await readdir(folder, { withFileTypes: true })
        return entries.flatMap((entry) => (entry.isFile() && NAME.test(entry.name) ? [entry.name] : [])).sort()
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}

async function readOwn(name: string, folder: string): Promise<Uint8Array | null | string> {
  if (!NAME.test(name)) return `${name} is no name of a file in ${folder}: write its name alone, such as tickets.jsonl.`
  const path = join(folder, name)
  try {
    const why = whyNotFile(name, await lstat(path), folder)
    if (why !== null) return why
    const file = await open(path, SAFELY)
    try {
      // What was opened may be another than what was looked at.
      return whyNotFile(name, await file.stat(), folder) ?? (await file.readFile())
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isMissing(error)) return null
    if (hasCode(error, 'EACCES', 'EPERM', 'ELOOP')) {
      return `${name} may not be read by Lakedesk. Give its account the right to read it, or put another file into ${folder}.`
    }
    throw error
  }
}

/** Follows no link, and waits for nobody who would write into a pipe. Windows has neither flag nor such files. */
const SAFELY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

function whyNotFile(name: string, found: Stats, folder: string): string | null {
  if (found.isSymbolicLink())
    return `${name} is a link, and links are not followed. Put the file itself into ${folder}.`
  if (found.isDirectory()) return `${name} is a folder. Name one file of JSON lines.`
  if (!found.isFile()) return `${name} is no file that can be read to its end. Put a plain file into ${folder}.`
  return found.size > MAX_BYTES ? whyTooLarge(name) : null
}

function whyTooLarge(name: string): string {
  return `${name} is larger than ${MAX_BYTES / 1e6} MB, more than is trained on at once. Split it, or load it as a table.`
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT')
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}
