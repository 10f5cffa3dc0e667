// What goes wrong around an answer: a full disk, a stop, a break in the middle, deploys, a patient model.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AnswerEvent } from '../../src/agent/answer.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { defineTool } from '../../src/tools/define-tool.ts'
import {
  action,
  channelFailure,
  command,
  converse,
  gate,
  message,
  recordChannel,
  scriptAgent,
  toAnswer,
  until,
} from './setup.ts'

const citation = (n: number) => ({ n, doc_id: `d${n}`, title: `Page ${n}`, url: '', passage: 'Click reset.' })

/** A store whose inbox is full until `free` is called. */
function fullStore(): { store: Store; free(): void } {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  let full = true
  const accept: typeof store.inbox.accept = (turn) =>
    full ? Promise.reject(new LakedeskError('STORE_FULL', 'The disk is full.')) : store.inbox.accept(turn)
  return {
    store: { ...store, inbox: { ...store.inbox, accept } },
    free() {
      full = false
    },
  }
}

describe('a turn that cannot be stored', () => {
  it('is rejected, told once for all its copies, and answered when it comes again', async () => {
    const { store, free } = fullStore()
    const { conversation, shown } = converse({ store })
    const turn = message('How?')
    const copy = { ...turn, id: 'other', keys: ['desk:event:other', turn.keys[1] ?? ''] }
    for (const given of [turn, turn, copy]) {
      await expect(conversation.accept(given)).rejects.toMatchObject({ code: 'STORE_FULL' })
    }
    await until(() => shown.length > 0)
    expect(shown.map(({ delivery }) => delivery.key)).toEqual([`turn:${turn.id}:notice`])
    expect(shown[0]).toMatchObject({ to: turn.address, how: 'post', reply: { generated: false } })
    expect(shown[0]?.reply.text).toMatch(/disk is full.*STORE_FULL.*not stored.*send it again/s)
    free()
    expect(await conversation.accept(turn)).toBe('accepted')
    await until(() => shown.length === 2)
    expect(shown[1]?.reply.text).toBe('Answer to How?')
  })

  it('is told with the next copy where the platform did not take the notice', async () => {
    const face = recordChannel({ fail: (attempt) => (attempt === 1 ? channelFailure() : null) })
    const { conversation, lines } = converse({ store: fullStore().store, channel: face.channel })
    const turn = message('How?')
    await expect(conversation.accept(turn)).rejects.toMatchObject({ code: 'STORE_FULL' })
    await until(() => lines.some(({ message }) => /could not be told/.test(message)))
    await expect(conversation.accept(turn)).rejects.toMatchObject({ code: 'STORE_FULL' })
    await until(() => face.shown.length === 1)
  })

  it('is told to nobody else where it is a press of a button, and not beside the rejection that is shown', async () => {
    const { conversation, shown } = converse({ store: fullStore().store })
    const press = action('feedback', { rating: 'up' })
    await expect(conversation.handle(message('How?'))).rejects.toMatchObject({ code: 'STORE_FULL' })
    await expect(conversation.accept(press)).rejects.toMatchObject({ code: 'STORE_FULL' })
    await until(() => shown.length === 1)
    expect(shown[0]?.reply).toMatchObject({ turn: press.id, onlyTo: 'ann' })
  })
})

describe('a reply that cannot be stored', () => {
  it('ends its turn with a failure that is told, instead of being tried for ever', async () => {
    const file = { kind: 'file' as const, name: 'no such/name?.csv', mediaType: 'text/csv', text: 'a,b' }
    const tool = defineTool<Record<never, never>, string>({
      name: 'make-file',
      description: 'Makes a file.',
      input: z.object({}),
      run: async () => 'made',
      toModelText: (text) => text,
      toSaying: () => ({ text: 'Here it is.', blocks: [file] }),
      commands: [{ name: 'file', usage: 'makes a file', toInput: () => ({ input: {} }) }],
    })
    const { conversation, shown, lines, store } = converse({ tools: [tool] })
    const turn = command('file', '')
    expect(await conversation.accept(turn)).toBe('accepted')
    await until(() => shown.length > 0)
    expect(shown[0]?.reply.text).toContain('INTERNAL')
    expect(shown[0]?.reply.blocks).toEqual([])
    expect(lines.filter(({ message }) => message === 'A turn could not be worked on and is tried again')).toEqual([])
    expect(lines.some(({ message }) => message === 'A turn failed')).toBe(true)
    // What asks later finds a store that can be read.
    expect(await conversation.handle(command('file', ''))).toMatchObject({ blocks: [] })
    const bad = { key: 'k', subject: null, channel: 'desk', address: turn.address }
    const reply = { text: 'x', blocks: [file], buttons: [], generated: false, turn: 'k' }
    await expect(store.posts.put({ ...bad, reply })).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await store.posts.pending()).toEqual([])
  })
})

describe('an answer that breaks off', () => {
  const breakOff = (how: (signal: AbortSignal) => Promise<never>) =>
    scriptAgent(async ({ signal }, onEvent) => {
      onEvent({ kind: 'cited', citations: [citation(2), citation(1)] })
      onEvent({ kind: 'text', delta: 'Click reset [1]. Then' })
      return how(signal)
    })

  it('keeps the sources of what was written, and no others', async () => {
    const { agent } = breakOff(() => Promise.reject(new LakedeskError('MODEL_FAILED', 'The model failed.')))
    const { conversation } = converse({ agent })
    const reply = await conversation.handle(message('How?'))
    expect(reply?.text).toMatch(/^Click reset \[1\]\. Then\n\nThe model failed/)
    expect(reply?.blocks).toEqual([{ kind: 'citations', citations: [citation(1)] }])
  })

  it('keeps them where it was stopped, too', async () => {
    const { agent, asked } = breakOff(() => new Promise(() => {}))
    const { conversation } = converse({ agent })
    const turn = message('How?')
    const reply = conversation.handle(turn)
    await until(() => asked.length === 1)
    await conversation.stop(turn.thread, turn.user)
    expect((await reply)?.blocks).toEqual([{ kind: 'citations', citations: [citation(1)] }])
  })
})

describe('a stop that comes as a turn', () => {
  it('ends the answer at once and says nothing of its own, however often it comes', async () => {
    const { agent, asked } = scriptAgent(async ({ text }, onEvent: (event: AnswerEvent) => void) => {
      if (text !== 'long') return toAnswer(`Answer to ${text}`)
      onEvent({ kind: 'text', delta: 'First words' })
      return new Promise(() => {})
    })
    const { conversation, shown, store } = converse({ agent })
    const turn = message('long')
    const reply = conversation.handle(turn)
    await until(() => asked.length === 1)
    const stop = action('stop', {}, { thread: turn.thread })
    expect(await conversation.accept(stop)).toBe('accepted')
    expect((await reply)?.text).toMatch(/_Stopped/)
    const next = conversation.handle(message('next', { thread: turn.thread }))
    expect(await conversation.accept(stop)).toBe('duplicate')
    await next
    expect(shown.map((entry) => entry.reply.text)).toEqual([
      'First words\n\n_Stopped, as you asked._',
      'Answer to next',
    ])
    expect(await store.inbox.unfinished()).toEqual([])
  })

  it('says so where nothing is being written, to that person alone', async () => {
    const { conversation, shown, asked } = converse()
    const reply = await conversation.handle(action('stop', {}))
    expect(reply).toMatchObject({ text: 'Nothing is being written.', onlyTo: 'ann' })
    expect([shown.length, asked.length]).toEqual([1, 0])
  })
})

describe('deploys during one long answer', () => {
  it('do not count as attempts, however many', async () => {
    const store = openSqliteStore({ file: ':memory:', log: silentLog })
    const turn = message('long')
    await store.inbox.accept(turn)
    for (let deploy = 0; deploy < 5; deploy++) {
      const { agent, asked } = scriptAgent(() => new Promise(() => {}))
      const { conversation, shown } = converse({ store, agent })
      await conversation.start()
      await until(() => asked.length === 1)
      await conversation.drain(1)
      expect(shown).toEqual([])
    }
    const { conversation, shown } = converse({ store })
    await conversation.start()
    await until(() => shown.length === 1)
    expect(shown[0]?.reply.text).toBe('Answer to long')
    await conversation.drain()
  })
})

describe('the time limit of an answer', () => {
  it('is never shorter than what the model may take', async () => {
    const { passed, open } = gate()
    const { agent, asked } = scriptAgent(async () => {
      await passed
      return toAnswer('late')
    })
    const { conversation } = converse({ agent, modelTimeoutMs: 60_000, limits: { answerTimeoutMs: 5 } })
    const reply = conversation.handle(message('How?'))
    await until(() => asked.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 40))
    open()
    expect((await reply)?.text).toBe('late')
  })
})
