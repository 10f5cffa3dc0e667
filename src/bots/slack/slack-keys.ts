// Keys of threads and ids of turns, the same for every delivery of one event.
import { createHash } from 'node:crypto'

export function threadOf(team: string, channel: string, ts: string): string {
  return `slack:${team}:${channel}:${ts}`
}

/** Short, and the same for every delivery of one message. */
export function turnIdOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}
