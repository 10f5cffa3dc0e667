// Listens to the server's events, gathers them for a frame, and connects again whenever the line is cut.
import type { PlaygroundEvent } from '../../words.ts'
import { connection, takeEvents } from './store.ts'

/** Milliseconds that events are gathered before they are drawn: a stream may send many in a frame. */
const FRAME = 16
const RETRY_MIN = 400
const RETRY_MAX = 4_000

function readEvent(data: string): PlaygroundEvent | null {
  try {
    const event: unknown = JSON.parse(data)
    // The server and this page are built from one source: its words are taken as they are.
    return typeof event === 'object' && event !== null && 'kind' in event ? (event as PlaygroundEvent) : null
  } catch {
    return null
  }
}

/** Goes on until the page is left. Each connection begins with the whole view, so nothing is missed. */
export function listen(url = '/api/events'): void {
  let waiting: PlaygroundEvent[] = []
  let wait = RETRY_MIN

  function flush(): void {
    const events = waiting
    waiting = []
    takeEvents(events)
  }

  function connect(): void {
    const source = new EventSource(url)
    source.onmessage = ({ data }) => {
      const event = readEvent(String(data))
      if (!event) return
      wait = RETRY_MIN
      if (waiting.length === 0) setTimeout(flush, FRAME)
      waiting.push(event)
    }
    source.onerror = () => {
      // Closed by hand: the browser's own retry gives up for good where the server answers with an error.
      source.close()
      if (connection.value === 'live') connection.value = 'reconnecting'
      setTimeout(connect, wait)
      wait = Math.min(wait * 2, RETRY_MAX)
    }
  }

  connect()
}
