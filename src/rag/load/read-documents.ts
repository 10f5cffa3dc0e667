// Reads the raw documents of one root, several at a time and in a fixed order, with the hash that tells whether they changed.
import { readFile, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { explainFsError, explainSize, type FoundFile, findFiles, isDump } from './find-files.ts'
import { MAX_FILE_BYTES, type SkippedFile, UnreadableFile } from './page.ts'
import { type DumpPage, readDump } from './read-dump.ts'
import type { Root } from './resolve-roots.ts'
import { formatOf, hashContent, type PageSource } from './to-page.ts'

/** Files read at the same time; each holds at most MAX_FILE_BYTES. */
const PARALLEL = 8

export interface RawDocument extends Omit<PageSource, 'doc_id'> {
  /** Name inside its container: the path below the root, or the id in a dump. */
  key: string
  /** Real path of the folder or dump it belongs to. */
  container: string
  /** File it came from, below the root. */
  file: string
  bytes: Uint8Array
}

export interface Listing {
  files: FoundFile[]
  folders: string[]
  skipped: SkippedFile[]
  /** Files that were asked for by name and are not there any more. */
  gone: string[]
}

/** Lists the files of a root without opening them. */
export async function listRoot(root: Root, signal?: AbortSignal): Promise<Listing> {
  if (!root.files) return { ...(await findFiles(root.base, root.under, signal)), gone: [] }
  const listing: Listing = { files: [], folders: [], skipped: [], gone: [] }
  for (const path of root.files) {
    signal?.throwIfAborted()
    const absolute = join(root.base, path)
    try {
      const found = await stat(absolute)
      const dump = isDump(path)
      if (!found.isFile()) listing.gone.push(path)
      else if (found.size > MAX_FILE_BYTES && !dump)
        listing.skipped.push({ path, why: explainSize(found.size), unseen: false })
      else listing.files.push({ path, absolute, bytes: found.size, modified: found.mtime, dump })
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
      if (missing) listing.gone.push(path)
      else listing.skipped.push({ path, why: explainFsError(cause, 'file'), unseen: true })
    }
  }
  return listing
}

export type RawResult = { kind: 'raw'; raw: RawDocument } | { kind: 'skipped'; skipped: SkippedFile }

/** Yields in the order of `files`; memory holds a few files at a time, and one page of a dump. */
export async function* readDocuments(
  root: Root,
  files: readonly FoundFile[],
  signal?: AbortSignal,
): AsyncGenerator<RawResult> {
  const ahead: { file: FoundFile; result: Promise<RawResult> | null }[] = []
  let next = 0
  while (next < files.length || ahead.length > 0) {
    signal?.throwIfAborted()
    while (next < files.length && ahead.length < PARALLEL) {
      const file = files[next++]
      if (file) ahead.push({ file, result: file.dump ? null : readOne(root, file) })
    }
    const first = ahead.shift()
    if (!first) break
    if (first.result) yield await first.result
    else yield* readPages(first.file, signal)
  }
}

async function readOne(root: Root, file: FoundFile): Promise<RawResult> {
  try {
    const bytes = await readFile(file.absolute)
    if (bytes.length > MAX_FILE_BYTES) throw new UnreadableFile(explainSize(bytes.length))
    const format = formatOf(file.path) ?? 'text'
    const content_hash = hashContent(bytes)
    const { path, modified } = file
    return {
      kind: 'raw',
      raw: { key: path, path, file: path, container: root.base, format, content_hash, modified, bytes },
    }
  } catch (cause) {
    const own = cause instanceof UnreadableFile
    const why = own ? cause.message : explainFsError(cause, 'file')
    return { kind: 'skipped', skipped: { path: file.path, why, unseen: !own } }
  }
}

async function* readPages(file: FoundFile, signal?: AbortSignal): AsyncGenerator<RawResult> {
  try {
    for await (const line of readDump(file.absolute, signal)) {
      if (line.kind === 'page') yield { kind: 'raw', raw: toRaw(file, line.page, line.source) }
      else yield { kind: 'skipped', skipped: { path: `${file.path}:${line.line}`, why: line.why, unseen: false } }
    }
  } catch (cause) {
    signal?.throwIfAborted()
    yield { kind: 'skipped', skipped: { path: file.path, why: explainFsError(cause, 'file'), unseen: true } }
  }
}

function toRaw(file: FoundFile, page: DumpPage, source: string): RawDocument {
  const key = toKey(page.id)
  const named = formatOf(page.path ?? page.id)
  return {
    key,
    path: key,
    file: file.path,
    container: file.absolute,
    // A dump carries text, whatever the page was made from.
    format: named === 'mdx' || named === 'html' ? named : 'markdown',
    content_hash: hashContent(source),
    modified: file.modified,
    bytes: new TextEncoder().encode(page.markdown),
    ...(page.title === undefined ? {} : { title: page.title }),
    ...(page.url === undefined ? {} : { url: page.url }),
  }
}

function toKey(id: string): string {
  return posix.normalize(id.replaceAll('\\', '/')).replace(/^(?:\.{0,2}\/)+/, '') || id
}
