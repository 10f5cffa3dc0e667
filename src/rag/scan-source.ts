// Compares a source with what the index holds of it, by content hash and without parsing anything.
import { dirname, sep } from 'node:path'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { createDocIds, type DocIds, longId } from './load/doc-ids.ts'
import type { FoundFile } from './load/find-files.ts'
import type { SkippedFile } from './load/page.ts'
import { type Listing, listRoot, type RawDocument, readDocuments } from './load/read-documents.ts'
import type { Root } from './load/resolve-roots.ts'

export interface Change {
  doc_id: string
  kind: 'added' | 'changed'
}

export interface Scan {
  root: Root
  /** By container and key, the documents to read again and index. */
  changes: Map<string, Change>
  /** Files that hold them. */
  files: FoundFile[]
  vanished: string[]
  /** Documents of this source that the index held before. */
  known: number
  unchanged: number
  skipped: SkippedFile[]
}

export interface ScanOptions {
  index: VectorIndex
  /** The hash that the index would store for a document with this content. */
  toIndexHash: (contentHash: string) => string
  onProgress?: (done: number, total: number, path: string) => void
  signal?: AbortSignal
}

/** Key of a document while no id has been chosen. */
export function keyOf(raw: Pick<RawDocument, 'container' | 'key'>): string {
  return `${raw.container}\0${raw.key}`
}

/**
 * A root that lies inside a folder that was ingested before belongs to that folder: its pages are there already, and would
 * otherwise be answered from twice.
 */
export async function adoptRoot(root: Root, index: VectorIndex): Promise<Root> {
  for (let base = dirname(root.base); ; base = dirname(base)) {
    const known = await index.listDocuments(base)
    const inside = `${root.base
      .slice(base.length)
      .replace(/^[/\\]/, '')
      .split(sep)
      .join('/')}/`
    const isKnown = (key: string) => known.has(key) || known.has(longId(key, base))
    const starts = [inside, longId(inside, base)]
    if (!root.files && [...known.keys()].some((id) => starts.some((start) => id.startsWith(start)))) {
      return { source: base, base, under: inside }
    }
    const files = root.files?.map((file) => inside + file)
    if (files && root.source === root.base && files.some(isKnown)) return { source: base, base, under: '', files }
    if (dirname(base) === base) return root
  }
}

/** Reads every file of the root once for its hash. Memory holds ids and hashes, not texts. */
export async function scanSource(root: Root, options: ScanOptions): Promise<Scan> {
  const { index, signal } = options
  const listing = await listRoot(root, signal)
  const own = await ownDocuments(root, listing, index)
  const all = await index.listDocuments()
  const ids = createDocIds(
    (id) => all.has(id) && !own.has(id),
    (id) => own.has(id),
  )
  const scan: Scan = {
    root,
    changes: new Map(),
    files: [],
    vanished: [],
    known: own.size,
    unchanged: 0,
    skipped: [...listing.skipped],
  }
  const present = new Set<string>()
  await compare(scan, listing, { ...options, own, ids, present })
  scan.vanished = findVanished(root, listing, scan.skipped, own, present)
  return scan
}

interface Comparison extends ScanOptions {
  own: Map<string, string>
  ids: DocIds
  present: Set<string>
}

async function compare(scan: Scan, listing: Listing, parts: Comparison): Promise<void> {
  const byPath = new Map(listing.files.map((file) => [file.path, file]))
  const stale = new Set<string>()
  const seen = new Set<string>()
  for await (const result of readDocuments(scan.root, listing.files, parts.signal)) {
    if (result.kind === 'skipped') {
      scan.skipped.push(result.skipped)
      continue
    }
    const { raw } = result
    if (!seen.has(raw.file)) parts.onProgress?.(seen.add(raw.file).size, listing.files.length, raw.file)
    const doc_id = parts.ids.assign(raw.key, raw.container)
    if (doc_id === null) {
      const why = 'Its id was used by an earlier page. Give each page its own id.'
      scan.skipped.push({ path: `${raw.file}: ${raw.key}`, why, unseen: false })
      continue
    }
    parts.present.add(doc_id)
    const before = parts.own.get(doc_id)
    if (before === parts.toIndexHash(raw.content_hash)) {
      scan.unchanged++
      continue
    }
    scan.changes.set(keyOf(raw), { doc_id, kind: before === undefined ? 'added' : 'changed' })
    stale.add(raw.file)
  }
  scan.files = [...stale].flatMap((path) => byPath.get(path) ?? [])
}

/**
 * What this root owns, with what was ingested on its own before from folders and dumps inside it. The latter has no hash
 * here, so it counts as changed and is written again under the name of this source; its vectors stay.
 */
async function ownDocuments(root: Root, listing: Listing, index: VectorIndex): Promise<Map<string, string>> {
  const own = await index.listDocuments(root.source)
  const dumps = listing.files.filter((file) => file.dump).map((file) => file.absolute)
  const inner = root.files ? [] : [...listing.folders, ...dumps]
  for (const source of inner) {
    if (source === root.source) continue
    for (const id of (await index.listDocuments(source)).keys()) own.set(id, '')
  }
  return own
}

function findVanished(
  root: Root,
  listing: Listing,
  skipped: readonly SkippedFile[],
  own: ReadonlyMap<string, string>,
  present: ReadonlySet<string>,
): string[] {
  const unseen = skipped.filter((left) => left.unseen).map((left) => left.path)
  // What a dump that cannot be read would hold is not known, so nothing is taken for gone.
  if (unseen.some((path) => path === '.' || path.toLowerCase().endsWith('.jsonl'))) return []
  const isHidden = (id: string) =>
    unseen.some((path) =>
      [path, longId(path, root.base)].some((name) => id === name || (name.endsWith('/') && id.startsWith(name))),
    )
  const missing = [...own.keys()].filter((id) => !present.has(id) && !isHidden(id))
  if (root.files && root.source !== root.base) return missing
  if (root.files) {
    const named = [...listing.gone, ...skipped.map((left) => left.path)]
    const gone = new Set(named.flatMap((path) => [path, longId(path, root.base)]))
    return missing.filter((id) => gone.has(id))
  }
  const starts = [root.under, longId(root.under, root.base)]
  return missing.filter((id) => starts.some((start) => id.startsWith(start)))
}
