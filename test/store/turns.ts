// Turns for the store tests.
import { type MessageTurn, toAddress } from '../../src/core/turn.ts'

export function toTurn(n: number | string, more: Partial<MessageTurn> = {}): MessageTurn {
  return {
    kind: 'message',
    id: `t${n}`,
    at: '2026-01-02T03:04:05.000Z',
    channel: 'desk',
    user: { id: 'ann', tenant: 'acme', name: 'Ann “A” O’Neil' },
    address: toAddress(`desk:${n}`),
    thread: `thread-${n}`,
    keys: [`event-${n}`, `message-${n}`],
    text: `Question ${n}? 'quoted' \u{1F44D} \\ \n line`,
    ...more,
  }
}
