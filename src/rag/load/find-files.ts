// Walks a folder and lists the documents in it; what cannot be entered is reported.
import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { MAX_FILE_BYTES, type SkippedFile } from './page.ts'
import { formatOf } from './to-page.ts'

const IGNORED = new Set(['node_modules'])

export interface FoundFile {
  /** Below the root, with forward slashes. */
  path: string
  absolute: string
  bytes: number
  modified: Date
  /** True for a .jsonl dump, which holds many pages. */
  dump: boolean
}

export interface FoundFiles {
  /** Dumps first, then by path: the same folder always gives the same order. */
  files: FoundFile[]
  /** Real paths of all folders below the root that were entered. */
  folders: string[]
  skipped: SkippedFile[]
}

interface Walk extends FoundFiles {
  root: string
  /** Real paths already entered: a link back up the tree is not followed again. */
  seen: Set<string>
  signal?: AbortSignal
}

/** True for names the walk never enters: hidden ones and installed packages. */
export function isIgnoredName(name: string): boolean {
  return name.startsWith('.') || IGNORED.has(name)
}

/** Lists every document below `root` (a real path), in the folder `under` of it. Never throws for what is inside. */
export async function findFiles(root: string, under = '', signal?: AbortSignal): Promise<FoundFiles> {
  const walk: Walk = { root, files: [], folders: [], skipped: [], seen: new Set([root]), ...(signal ? { signal } : {}) }
  await walkFolder(walk, under)
  const order = (file: FoundFile) => `${file.dump ? 0 : 1}${file.path}`
  walk.files.sort((a, b) => (order(a) < order(b) ? -1 : 1))
  return walk
}

async function walkFolder(walk: Walk, folder: string): Promise<void> {
  walk.signal?.throwIfAborted()
  try {
    const entries = await readdir(join(walk.root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!isIgnoredName(entry.name)) await visit(walk, posix.join(folder, entry.name), entry.isSymbolicLink())
    }
  } catch (cause) {
    if (walk.signal?.aborted) throw cause
    walk.skipped.push({ path: folder === '' ? '.' : `${folder}/`, why: explainFsError(cause, 'folder'), unseen: true })
  }
}

async function visit(walk: Walk, path: string, link: boolean): Promise<void> {
  const absolute = join(walk.root, path)
  const found = await lookAt(walk, path, absolute)
  if (!found) return
  if (found.isDirectory()) {
    const real = link ? await realpath(absolute) : absolute
    const loops = walk.seen.has(real) || walk.root.startsWith(`${real}/`)
    if (loops) {
      const why = 'It is a link to a folder that is read anyway. Remove the link if it is not wanted.'
      walk.skipped.push({ path, why, unseen: false })
      return
    }
    walk.seen.add(real)
    walk.folders.push(real)
    await walkFolder(walk, path)
  } else if (found.isFile() && isDocument(path)) {
    const dump = isDump(path)
    if (found.size > MAX_FILE_BYTES && !dump) walk.skipped.push({ path, why: explainSize(found.size), unseen: false })
    else walk.files.push({ path, absolute, bytes: found.size, modified: found.mtime, dump })
  }
}

async function lookAt(walk: Walk, path: string, absolute: string): Promise<Stats | null> {
  try {
    return await stat(absolute)
  } catch (cause) {
    // A link that is broken but is no document by its name concerns nobody.
    if (isDocument(path) || !/\.\w+$/.test(path)) {
      walk.skipped.push({ path, why: explainFsError(cause, 'file'), unseen: !isCode(cause, 'ENOENT', 'ELOOP') })
    }
    return null
  }
}

export function isDump(path: string): boolean {
  return /\.jsonl$/i.test(path)
}

export function isDocument(path: string): boolean {
  return isDump(path) || formatOf(path) !== undefined
}

export function explainSize(bytes: number): string {
  const limit = MAX_FILE_BYTES / 1024 / 1024
  return `It has ${(bytes / 1024 / 1024).toFixed(1)} MB; at most ${limit} MB are read. Split it into smaller pages.`
}

/** What a failed system call means, in a sentence with its fix. */
export function explainFsError(error: unknown, what: 'file' | 'folder'): string {
  if (isCode(error, 'EACCES', 'EPERM'))
    return `This ${what} may not be read. Give the user that runs Lakedesk the right to read it.`
  if (isCode(error, 'ENOENT')) return 'It is a link to something that does not exist. Repair or remove the link.'
  if (isCode(error, 'ELOOP')) return 'It is a link that leads back to itself. Remove the link.'
  if (isCode(error, 'EMFILE', 'ENFILE')) return 'Too many files are open. Raise the limit (ulimit -n) and run again.'
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return `This ${what} could not be read (${code}). Check the disk and run again.`
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
