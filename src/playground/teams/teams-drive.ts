// The OneDrive of the people in the Teams stand-in: where the bot puts files that somebody accepted.
import { z } from 'zod'
import type { FileView } from '../words.ts'

export const driveSchema = z.array(
  z.object({ path: z.string(), name: z.string(), mediaType: z.string(), base64: z.string() }),
)

interface Kept {
  name: string
  mediaType: string
  bytes: Buffer
}

/** A file's id is its path, and its name the last piece; the page's server gives it at `/files/teams/<path>`. */
export function createTeamsDrive(onChange: () => void) {
  /** As text, by path. */
  const texts = new Map<string, string>()
  const files = new Map<string, Kept>()
  const faults: number[] = []

  function keep(path: string, file: Kept): void {
    files.set(path, file)
    texts.set(path, file.bytes.toString('utf8'))
  }

  return {
    texts,
    /** The next files are refused with these statuses. */
    faults,
    /** As OneDrive's upload sessions: the whole range is stated, and the piece is exactly that long. Returns a status. */
    take(path: string, method: string, range: string, mediaType: string, bytes: Buffer): number {
      const stated = /^bytes 0-(\d+)\/(\d+)$/.exec(range)
      const fits = stated && Number(stated[1]) === bytes.length - 1 && Number(stated[2]) === bytes.length
      if (method !== 'PUT' || !fits || faults.length > 0) return faults.shift() ?? 416
      const plain = decodeURIComponent(path)
      keep(plain, { name: plain.split('/').at(-1) ?? plain, mediaType, bytes })
      onChange()
      return 201
    },
    read: (path: string): Kept | null => files.get(path) ?? null,
    list: (): FileView[] =>
      [...files].map(([path, { name, mediaType, bytes }]) => ({
        ...{ id: path, name, mediaType, bytes: bytes.length, url: `/files/teams/${encodeURI(path)}` },
      })),
    snapshot: (): z.infer<typeof driveSchema> =>
      [...files].map(([path, { name, mediaType, bytes }]) => ({
        ...{ path, name, mediaType, base64: bytes.toString('base64') },
      })),
    restore(held: z.infer<typeof driveSchema>): void {
      for (const { path, name, mediaType, base64 } of held)
        keep(path, { name, mediaType, bytes: Buffer.from(base64, 'base64') })
    },
  }
}
export type TeamsDrive = ReturnType<typeof createTeamsDrive>
