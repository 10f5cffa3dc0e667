// What a tool gets of the thread it was called in: its first message always, the newest ones, and how much was left out.
import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/conversation/limits.ts'
import { keepThread, readThread } from '../../src/conversation/read-history.ts'
import type { Channel, ThreadMessage } from '../../src/core/channel.ts'
import type { CommandTurn } from '../../src/core/turn.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { toLog } from '../bots/slack/slack-rig.ts'

const LIMITS = { threadMessages: 5, threadChars: 100 }
const say = (text: string, role: 'user' | 'assistant' = 'user') => ({ role, text })
const many = (count: number) => Array.from({ length: count }, (_, i) => say(`message ${i}`))

describe('a thread', () => {
  test('that fits is given as it is', () => {
    expect(keepThread(many(5), LIMITS)).toEqual({ messages: many(5), leftOut: 0, cut: 0 })
    expect(keepThread([], LIMITS)).toEqual({ messages: [], leftOut: 0, cut: 0 })
  })

  test('of too many messages keeps the first and the newest, and counts the others', () => {
    const kept = keepThread(many(30), LIMITS)
    expect(kept.messages.map(({ text }) => text)).toEqual([
      'message 0',
      ...[26, 27, 28, 29].map((at) => `message ${at}`),
    ])
    expect(kept.leftOut).toBe(25)
  })

  test('of too many characters keeps whole messages, the first before all others', () => {
    const kept = keepThread([say('c'.repeat(60)), say('a'.repeat(30)), say('b'.repeat(30))], LIMITS)
    expect(kept.messages.map(({ text }) => text)).toEqual(['c'.repeat(60), 'b'.repeat(30)])
    expect(kept).toMatchObject({ leftOut: 1, cut: 0 })
  })

  test('whose first message alone is too long keeps its beginning, without a word of ours in it', () => {
    const kept = keepThread([say(`I was charged twice. ${'x'.repeat(100)}`), say('me too')], LIMITS)
    expect(kept.messages).toEqual([say(`I was charged twice. ${'x'.repeat(79)}`)])
    expect(kept).toMatchObject({ leftOut: 1, cut: 21 })
  })

  test('counts what people wrote, and not what the bot said', () => {
    const thread = [say('first'), say('an answer', 'assistant'), ...many(8)]
    expect(keepThread(thread, LIMITS).leftOut).toBe(4)
  })

  test('of 250 messages gives 200 by default', async () => {
    const log = toLog([])
    const store = openSqliteStore({ file: ':memory:', log })
    const at = '2026-11-23T00:00:00.000Z'
    const history = async (): Promise<ThreadMessage[]> => many(250).map((message) => ({ ...message, at }))
    const turn = { kind: 'command', id: 'x', at, text: '', thread: 't', address: 'a' } as unknown as CommandTurn
    const channel = { history } as unknown as Channel
    const read = await readThread(turn, { store, log, limits: DEFAULT_LIMITS, channel })
    expect(read.messages).toHaveLength(200)
    expect(read.messages[0]?.text).toBe('message 0')
    expect(read.leftOut).toBe(50)
    await store.close()
  })
})
