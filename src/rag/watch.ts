// Keeps the index in step with its source while it runs (CONTINUOUS): a saved page is indexed again at once.
import { relative, sep } from 'node:path'
import { watch as watchFiles } from 'chokidar'
import { LakedeskError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { isDocument, isDump, isIgnoredName } from './load/find-files.ts'
import { type Root, resolveRoots } from './load/resolve-roots.ts'
import { adoptRoot } from './scan-source.ts'
import { emptyReport, type SyncOptions, type SyncReport, syncRoot } from './sync.ts'

/** Quiet time after the last event before the index follows. */
const DEBOUNCE_MS = 150
/** A steady stream of events is not waited out for longer than this. */
const MAX_WAIT_MS = 600
const RETRY_MS = 5_000

export interface WatchOptions extends Omit<SyncOptions, 'signal'> {
  /** Called after every sync, the first included. */
  onSync?: (report: SyncReport) => void
}

export interface SourceWatch {
  /** The report of the first full sync. Rejects as syncSource does; watching then ends. */
  readonly ready: Promise<SyncReport>
  /** Stops watching, ends a running sync and waits for it. */
  close(): Promise<void>
}

/**
 * Starts watching, then syncs everything once; after that only the files that changed are read. Errors after the first sync
 * go to the log, and what failed is tried again: watching never ends by itself.
 */
export function watchSource(options: WatchOptions): SourceWatch {
  const stop = new AbortController()
  const opening = open(options, stop.signal)
  const ready = opening.then((opened) => opened.first)
  // Whoever does not wait for `ready` still reads the failure in the log.
  ready.catch((error: unknown) => logFailure(options, error))
  return {
    ready,
    async close() {
      stop.abort()
      await opening.then((opened) => opened.close()).catch(() => undefined)
    },
  }
}

interface Watched {
  roots: Root[]
  options: WatchOptions
  signal: AbortSignal
}

async function open(options: WatchOptions, signal: AbortSignal) {
  const roots = await Promise.all((await resolveRoots(options.paths)).map((root) => adoptRoot(root, options.index)))
  const queue = createQueue({ roots, options, signal })
  const watcher = watchFiles(roots.flatMap(toTargets), {
    ignoreInitial: true,
    ignored: (path) => roots.some((root) => isIgnored(root, path)),
  })
  watcher.on('all', (_event, path) => queue.add(path))
  watcher.on('error', (error) => logFailure(options, error))
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  const close = async () => {
    await watcher.close()
    await queue.close()
  }
  const first = await queue.syncAll().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return { first, close }
}

function toTargets(root: Root): string[] {
  return root.files ? root.files.map((file) => `${root.base}${sep}${file}`) : [`${root.base}${sep}${root.under}`]
}

function isIgnored(root: Root, path: string): boolean {
  const inside = relative(root.base, path)
  return !inside.startsWith('..') && inside.split(sep).some((name) => name !== '' && isIgnoredName(name))
}

/** Collects changed paths and works them off one sync at a time. */
function createQueue(watched: Watched) {
  const { roots, options, signal } = watched
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let since = 0
  let running: Promise<unknown> = Promise.resolve()

  const schedule = (delay: number) => {
    clearTimeout(timer)
    if (!signal.aborted) timer = setTimeout(() => void enqueue(flush).catch(() => undefined), delay)
  }
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const next = running.then(work, work)
    running = next.catch(() => undefined)
    return next
  }
  const sync = async (targets: readonly Root[]) => {
    const report = emptyReport()
    const started = performance.now()
    for (const root of targets) await syncRoot(root, { ...options, signal }, report)
    report.seconds = (performance.now() - started) / 1000
    options.onSync?.(report)
    return report
  }
  const flush = async () => {
    const paths = [...changed]
    changed.clear()
    since = 0
    try {
      const targets = roots.flatMap((root) => toChangedRoot(root, paths))
      if (targets.length > 0 && !signal.aborted) await sync(targets)
    } catch (error) {
      if (signal.aborted) return
      logFailure(options, error)
      for (const path of paths) changed.add(path)
      schedule(RETRY_MS)
    }
  }
  return {
    add(path: string) {
      if (!isDocument(path)) return
      changed.add(path)
      since ||= Date.now()
      schedule(Math.max(0, Math.min(DEBOUNCE_MS, since + MAX_WAIT_MS - Date.now())))
    },
    syncAll: () => enqueue(() => sync(roots)),
    async close() {
      clearTimeout(timer)
      await running
    },
  }
}

/** The part of a root that changed; all of it where a dump did, since only the whole tells which of its pages are gone. */
function toChangedRoot(root: Root, paths: readonly string[]): Root[] {
  const inside = paths
    .map((path) => relative(root.base, path).split(sep).join('/'))
    .filter((path) => !path.startsWith('..') && path.startsWith(root.under))
  const files = root.files ? inside.filter((path) => root.files?.includes(path)) : inside
  if (files.length === 0) return []
  return files.some(isDump) ? [root] : [{ ...root, files }]
}

function logFailure(options: WatchOptions, error: unknown): void {
  const { log = silentLog } = options
  if (error instanceof Error && error.name === 'AbortError') return
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  const userMessage = error instanceof LakedeskError ? error.userMessage : undefined
  const fix = full ? 'Raise the number of files that may be watched (sysctl fs.inotify.max_user_watches).' : userMessage
  log.error('The index could not follow its source', { error: String(error), ...(fix ? { fix } : {}) })
}
