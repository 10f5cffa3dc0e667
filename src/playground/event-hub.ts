// Server-sent events of the playground: every browser hears the same events, and one that comes late or again is told how all stands.
import type { ServerResponse } from 'node:http'
import type { PlaygroundEvent, PlaygroundView } from './words.ts'

export interface EventHub {
  send(event: PlaygroundEvent): void
  /** Answers `GET /api/events`. `lastId` is the browser's Last-Event-ID, where it had one. */
  attach(res: ServerResponse, lastId: string | undefined): void
  /** Browsers that listen now. */
  listeners(): number
  close(): void
}

interface Kept {
  id: number
  frame: string
}

/** Events that are kept for those who come back. */
const KEPT = 400
/** A reader with more than this still unread is dropped: it comes back by itself and is told how all stands. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
const MAX_LISTENERS = 64
const HEARTBEAT_MS = 15_000
/** After a lost connection the browser waits this long. */
const RETRY_MS = 500

function toFrame(id: number, event: PlaygroundEvent): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`
}

/**
 * `view` gives everything as it stands. Ids begin at the clock's milliseconds, so that an id of an earlier process is never
 * taken for one of this.
 */
export function createEventHub(view: () => PlaygroundView, maxUnreadBytes = MAX_UNREAD_BYTES): EventHub {
  const first = Date.now()
  const kept: Kept[] = []
  const readers = new Set<ServerResponse>()
  let last = first

  function drop(res: ServerResponse): void {
    readers.delete(res)
    res.destroy()
  }

  function push(res: ServerResponse, frame: string): void {
    if (res.writableLength > maxUnreadBytes) drop(res)
    else res.write(frame)
  }

  /** What the browser missed, or null where that is not known any more. */
  function missedSince(lastId: string | undefined): string[] | null {
    const id = lastId === undefined ? Number.NaN : Number(lastId)
    const oldest = kept[0]?.id ?? last + 1
    if (!Number.isInteger(id) || id < first || id > last || id < oldest - 1) return null
    return kept.filter((each) => each.id > id).map(({ frame }) => frame)
  }

  const heart = setInterval(() => {
    for (const res of readers) push(res, ': alive\n\n')
  }, HEARTBEAT_MS)
  heart.unref()

  return {
    send(event) {
      last++
      const frame = toFrame(last, event)
      kept.push({ id: last, frame })
      if (kept.length > KEPT) kept.shift()
      for (const res of readers) push(res, frame)
    },
    attach(res, lastId) {
      if (readers.size >= MAX_LISTENERS) {
        res.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '5' })
        res.end('Too many browsers listen already. Close some of the tabs.\n')
        return
      }
      res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
      const missed = missedSince(lastId)
      const frames = missed ?? [toFrame(last, { kind: 'hello', view: view() })]
      res.write(`retry: ${RETRY_MS}\n\n${frames.join('')}`)
      readers.add(res)
      res.on('close', () => readers.delete(res))
      res.on('error', () => drop(res))
    },
    listeners: () => readers.size,
    close() {
      clearInterval(heart)
      for (const res of readers) res.end()
      readers.clear()
    },
  }
}
