// Loads documents from folders, files and dumps, one page at a time.
import { LakedeskError } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { createDocIds } from './doc-ids.ts'
import { type Page, type SkippedFile, UnreadableFile } from './page.ts'
import { listRoot, type RawDocument, readDocuments } from './read-documents.ts'
import { resolveRoots, SUPPORTED } from './resolve-roots.ts'
import { toPage } from './to-page.ts'

export interface LoadProgress {
  /** Files looked at so far, and in all. */
  done: number
  total: number
  path: string
}

export interface LoadOptions {
  onProgress?: (progress: LoadProgress) => void
  /** Called for every file that is left out. */
  onSkip?: (skipped: SkippedFile) => void
  signal?: AbortSignal
  log?: Log
}

/**
 * Yields the pages of all paths. What cannot be read goes to `onSkip` and to the log, and never stops the rest.
 * Throws SOURCE_MISSING for a path that is not there, SOURCE_EMPTY where a path holds no readable page, and an AbortError.
 */
export async function* loadDocuments(paths: readonly string[], options: LoadOptions = {}): AsyncGenerator<Page> {
  const { signal, log = silentLog } = options
  const ids = createDocIds(
    () => false,
    () => false,
  )
  for (const root of await resolveRoots(paths)) {
    const { files, skipped } = await listRoot(root, signal)
    const skips: SkippedFile[] = []
    const skip = (left: SkippedFile) => {
      skips.push(left)
      log.warn('File left out', { path: left.path, why: left.why })
      options.onSkip?.(left)
    }
    skipped.forEach(skip)
    const counter = createCounter(files.length, options.onProgress)
    let pages = 0
    for await (const result of readDocuments(root, files, signal)) {
      if (result.kind === 'skipped') {
        skip(result.skipped)
        continue
      }
      counter(result.raw.file)
      const loaded = await loadPage(result.raw, ids.assign(result.raw.key, result.raw.container))
      if ('why' in loaded) skip(loaded)
      else {
        pages++
        yield loaded
      }
    }
    if (pages === 0) throw emptySource(root.base, skips)
  }
}

/** The page, or why it is left out. `doc_id` is null where the id was given before. */
export async function loadPage(raw: RawDocument, doc_id: string | null): Promise<Page | SkippedFile> {
  if (doc_id === null)
    return { path: raw.key, why: 'Its id was used by an earlier page. Give each page its own id.', unseen: false }
  try {
    return await toPage({ ...raw, doc_id }, raw.bytes)
  } catch (error) {
    const why = explainFailure(error)
    return { path: raw.key, why, unseen: false }
  }
}

function explainFailure(error: unknown): string {
  if (error instanceof UnreadableFile) return error.message
  if (error instanceof RangeError) return 'It nests too deeply to be read. Flatten its lists, quotes or elements.'
  return `It could not be understood (${String(error)}). Check the file.`
}

/** Says why nothing came of a path. */
export function emptySource(path: string, skipped: readonly SkippedFile[]): LakedeskError {
  const shown = skipped.slice(0, 3).map((left) => `${left.path}: ${left.why}`)
  const more = skipped.length > 3 ? ` (and ${skipped.length - 3} more)` : ''
  const why = skipped.length === 0 ? `Lakedesk reads ${SUPPORTED}.` : `Left out: ${shown.join(' ')}${more}`
  return new LakedeskError(
    'SOURCE_EMPTY',
    `"${path}" holds no page that can be read. ${why} Give a folder with documentation.`,
  )
}

function createCounter(total: number, onProgress: LoadOptions['onProgress']) {
  const seen = new Set<string>()
  return (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    onProgress?.({ done: seen.size, total, path })
  }
}
