// What is kept of the wire: the newest exchanges, short, with their true length and without secrets.
import { describe, expect, it } from 'vitest'
import { createRing, toWireView } from '../../src/playground/wire-log.ts'
import type { WireView } from '../../src/playground/words.ts'

const EXCHANGE: Omit<WireView, 'seq'> = {
  ...{
    at: '2026-11-23T08:00:00.000Z',
    platform: 'slack',
    direction: 'in',
    method: 'POST',
    name: 'chat.postMessage',
    path: '/api/chat.postMessage',
  },
  ...{ status: 200, took: 3, request: '', response: '{"ok":true}' },
}

describe('an exchange', () => {
  it('is cut once, and says how long it was', () => {
    const { request } = toWireView({ ...EXCHANGE, request: 'x'.repeat(20_000) }, 1, [])
    expect(request.length).toBeLessThan(5_000)
    expect(request).toMatch(/x… \(20000 characters\)$/)
  })

  it('shows no secret, by its shape or because it is known', () => {
    const request = `xoxb-1-abc Bearer abc.def v0=${'a'.repeat(64)} client_secret=hush& my-password`
    const shown = toWireView({ ...EXCHANGE, request }, 1, ['my-password']).request
    expect(shown).toBe('[token] Bearer [token] [signature] client_secret=[secret]& [secret]')
  })
})

it('a ring keeps the last entries, oldest first', () => {
  const ring = createRing<number>(3)
  for (const entry of [1, 2, 3, 4, 5]) ring.push(entry)
  expect(ring.list()).toEqual([3, 4, 5])
})
