// The volumes that a path of the tree of volumes leads to: its own, or those that lie below a catalog or a schema.
import type { FileTree } from './file-tree.ts'

const DEPTH = 3

/** Names such as `catalog.schema.volume`; `path` is `/`, `/catalog`, `/catalog/schema` or one of a volume. */
export function volumesBelow(tree: FileTree, path: string): string[] {
  const parts = path.split('/').filter(Boolean)
  if (parts.length >= DEPTH) return [parts.slice(0, DEPTH).join('.')]
  return tree.children(path).flatMap((one) => (one.isDirectory ? volumesBelow(tree, one.path) : []))
}

/** Whether something can be put at this path: inside a volume. */
export const isInVolume = (path: string): boolean => path.split('/').filter(Boolean).length > DEPTH
