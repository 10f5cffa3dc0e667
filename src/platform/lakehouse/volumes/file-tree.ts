// Files and directories of the local lakehouse under one root: volumes, DBFS or the workspace, over the same blobs.
import type { Blobs } from '../blobs.ts'
import type { State } from '../state.ts'
import { invalid } from '../wire.ts'

export interface TreeEntry {
  /** Absolute, without a slash at its end. */
  path: string
  isDirectory: boolean
  /** 0 for directories. */
  bytes: number
  /** Milliseconds since 1970. */
  modifiedAt: number
}

/** Paths are absolute and plain, as `toPlainPath` gives them. */
export interface FileTree {
  read(path: string): Buffer | undefined
  /** Undefined where there is neither a file nor a directory. */
  entry(path: string): TreeEntry | undefined
  /** Creates or replaces, with the directories above. */
  write(path: string, bytes: Uint8Array): void
  /** False where there was no such file. */
  remove(path: string): boolean
  /** With the directories above; nothing where it is there. */
  makeDirectory(path: string): void
  /** With everything below it. */
  removeDirectory(path: string): void
  /** What lies directly in a directory, sorted by path. */
  children(directory: string): TreeEntry[]
  /** Paths of all files below a directory, sorted. */
  files(directory: string): string[]
}

/**
 * Without doubled slashes and without one at the end; always begins with one.
 * @throws 400 where a part is `.` or `..`, or holds a control character.
 */
export function toPlainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused.
  if (parts.some((part) => part === '.' || part === '..' || /[\u0000-\u001f]/.test(part)))
    throw invalid(`Invalid path: ${JSON.stringify(path)}. A path is absolute, without '.' and '..'.`)
  return `/${parts.join('/')}`
}

const above = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** `root` names the blobs' folder and the table of directories: `volumes`, `dbfs`, `workspace`. */
export function createFileTree({ blobs, state, root, now }: TreeParts): FileTree {
  const directories = state.table<{ madeAt: number }>(`${root}-directories`)
  const keyOf = (path: string) => `${root}${path}`

  function makeDirectory(path: string): void {
    for (let at = path; at !== ''; at = above(at)) if (!directories.has(at)) directories.put(at, { madeAt: now() })
  }
  function entry(path: string): TreeEntry | undefined {
    const facts = path === '/' ? undefined : blobs.facts(keyOf(path))
    if (facts) return { path, isDirectory: false, bytes: facts.bytes, modifiedAt: Math.floor(facts.modifiedAt) }
    const directory = path === '/' ? { madeAt: 0 } : directories.get(path)
    return directory && { path, isDirectory: true, bytes: 0, modifiedAt: directory.madeAt }
  }
  const files = (directory: string) =>
    blobs.list(keyOf(directory === '/' ? '' : directory)).map((key) => key.slice(root.length))
  return {
    read: (path) => (path === '/' ? undefined : blobs.get(keyOf(path))),
    entry,
    makeDirectory,
    files,
    write(path, bytes) {
      makeDirectory(above(path))
      blobs.put(keyOf(path), bytes)
    },
    remove: (path) => blobs.delete(keyOf(path)),
    removeDirectory(path) {
      for (const file of files(path)) blobs.delete(keyOf(file))
      for (const at of directories.keys()) if (at === path || at.startsWith(`${path}/`)) directories.delete(at)
    },
    children(directory) {
      const start = directory === '/' ? '/' : `${directory}/`
      const names = new Set<string>()
      for (const path of [...files(directory), ...directories.keys()])
        if (path.startsWith(start)) names.add(path.slice(start.length).split('/')[0] ?? '')
      return [...names].sort().flatMap((name) => entry(`${start}${name}`) ?? [])
    },
  }
}

export interface TreeParts {
  blobs: Blobs
  state: State
  root: 'volumes' | 'dbfs' | 'workspace'
  now(): number
}
