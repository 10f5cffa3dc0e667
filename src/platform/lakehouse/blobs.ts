// Files of the local lakehouse: bytes by path, in memory or in a folder.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** Paths are relative, with forward slashes and without `.` and `..`: whoever takes one from outside has checked it. */
export interface Blobs {
  get(path: string): Buffer | undefined
  /** Whole or not at all. */
  put(path: string, bytes: Uint8Array): void
  /** False where there was none. */
  delete(path: string): boolean
  /** Facts of a file; undefined where there is none. */
  facts(path: string): { bytes: number; modifiedAt: number } | undefined
  /** Paths of all files under a folder, sorted; `''` is the root. */
  list(folder: string): string[]
}

export function memoryBlobs(now: () => number = Date.now): Blobs {
  const files = new Map<string, { bytes: Buffer; modifiedAt: number }>()
  return {
    get: (path) => files.get(path)?.bytes,
    put: (path, bytes) => void files.set(path, { bytes: Buffer.from(bytes), modifiedAt: now() }),
    delete: (path) => files.delete(path),
    facts(path) {
      const file = files.get(path)
      return file && { bytes: file.bytes.length, modifiedAt: file.modifiedAt }
    },
    list: (folder) => [...files.keys()].filter((path) => folder === '' || path.startsWith(`${folder}/`)).sort(),
  }
}

/** Every part of a path becomes one folder or file name, percent-encoded, so that no name means anything to the file system. */
export function folderBlobs(root: string): Blobs {
  // A dot is no letter of encodeURIComponent's: names of dots alone would climb.
  const encode = (part: string) => encodeURIComponent(part).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length))
  const place = (path: string) => join(root, ...path.split('/').map(encode))
  return {
    get(path) {
      const file = place(path)
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file) : undefined
    },
    put(path, bytes) {
      const file = place(path)
      mkdirSync(dirname(file), { recursive: true })
      const fresh = `${file}.${process.pid}.new`
      writeFileSync(fresh, bytes)
      renameSync(fresh, file)
    },
    delete(path) {
      const file = place(path)
      if (!existsSync(file)) return false
      rmSync(file)
      return true
    },
    facts(path) {
      const file = place(path)
      if (!existsSync(file)) return undefined
      const found = statSync(file)
      return found.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : undefined
    },
    list(folder) {
      const start = folder === '' ? root : place(folder)
      if (!existsSync(start)) return []
      return readdirSync(start, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.new'))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).map(decodeURIComponent).join('/'))
        .sort()
    },
  }
}
