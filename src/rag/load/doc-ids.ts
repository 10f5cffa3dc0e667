// Gives every document an id that no other document has, and that stays the same from run to run.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'

const HASH_CHARS = 6

export interface DocIds {
  /** The id for a document; null where this container has already given one of the same name in this run. */
  assign(key: string, container: string): string | null
}

/**
 * A document is called by its path below its folder. Where another source, or another file of this run, already has that
 * name, the folder's name and a hash of its full path go in front. Once given, that longer name stays, even when the other
 * source is gone, since renaming would embed the page again.
 */
export function createDocIds(isForeign: (id: string) => boolean, isOwn: (id: string) => boolean): DocIds {
  const used = new Set<string>()
  return {
    assign(key, container) {
      const long = longId(key, container)
      const taken = isOwn(long) || isForeign(key) || used.has(key)
      const id = taken ? long : key
      if (used.has(id)) return null
      used.add(id)
      return id
    },
  }
}

/** The name with its container in front, such as "docs~1f8a03/install.md". */
export function longId(key: string, container: string): string {
  const hash = createHash('sha256').update(container).digest('hex').slice(0, HASH_CHARS)
  return `${basename(container) || 'root'}~${hash}/${key}`
}
