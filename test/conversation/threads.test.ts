// Order and care: one turn at a time per thread, threads side by side, duplicates, stop, drain, and a lazy platform.
import { describe, expect, it } from 'vitest'
import type { Question } from '../../src/agent/answer.ts'
import { createThreadQueue, type Job } from '../../src/conversation/thread-queue.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { channelFailure, converse, gate, message, recordChannel, scriptAgent, toAnswer, until } from './setup.ts'

/** An agent that waits at a gate for each question, after it wrote its first words. */
function slowAgent(options: { listens?: boolean } = {}) {
  const gates = new Map<string, ReturnType<typeof gate>>()
  const gateOf = (text: string) => {
    const found = gates.get(text) ?? gate()
    gates.set(text, found)
    return found
  }
  const script = async (question: Question, onEvent: (event: { kind: 'text'; delta: string }) => void) => {
    onEvent({ kind: 'text', delta: 'First words' })
    const aborted = new Promise<never>((_, reject) => {
      if (options.listens === false) return
      question.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    })
    await Promise.race([gateOf(question.text).passed, aborted])
    onEvent({ kind: 'text', delta: ' and last' })
    return toAnswer('First words and last')
  }
  return { ...scriptAgent(script), pass: (text: string) => gateOf(text).open() }
}

const ann = { id: 'ann', tenant: 'acme' }

describe('turns', () => {
  it('of one thread are answered one at a time, each, in the order people acted', async () => {
    const { agent, asked, pass } = slowAgent()
    const { conversation, shown } = converse({ agent })
    const thread = 'desk:one'
    const early = message('early', { thread })
    const late = message('late', { thread })
    const first = conversation.handle(message('first', { thread }))
    await until(() => asked.length === 1)
    const replies = [conversation.handle(late), conversation.handle(early)]
    for (const text of ['late', 'early']) pass(text)
    await conversation.accept(message('elsewhere'))
    pass('elsewhere')
    await until(() => shown.length === 1)
    expect(asked.map(({ text }) => text)).toEqual(['first', 'elsewhere'])
    pass('first')
    await Promise.all([first, ...replies])
    expect(asked.map(({ text }) => text)).toEqual(['first', 'elsewhere', 'early', 'late'])
    expect(shown).toHaveLength(4)
  })

  it('of many threads run side by side up to the limit', async () => {
    const { agent, asked, pass } = slowAgent()
    const { conversation, shown } = converse({ agent, limits: { concurrency: 2 } })
    for (const text of ['a', 'b', 'c']) await conversation.accept(message(text))
    await until(() => asked.length === 2)
    pass('b')
    await until(() => asked.length === 3)
    expect(asked.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
    for (const text of ['a', 'c']) pass(text)
    await until(() => shown.length === 3)
  })

  it('that come again are answered once: four times, two of them at once', async () => {
    const { conversation, shown, asked } = converse()
    const turn = message('How?')
    const replies = await Promise.all([conversation.handle(turn), conversation.handle(turn)])
    replies.push(await conversation.handle(turn), await conversation.handle({ ...turn }))
    expect(replies.filter((reply) => reply !== null)).toHaveLength(1)
    expect(await conversation.accept(turn)).toBe('duplicate')
    expect([shown.length, asked.length]).toEqual([1, 1])
  })

  it('that come as two events of one message are answered once', async () => {
    const { conversation, shown } = converse()
    const keys = (event: string) => [event, 'desk:message:same']
    const verdicts = await Promise.all([
      conversation.handle(message('How?', { keys: keys('desk:event:mention') })),
      conversation.handle(message('How?', { keys: keys('desk:event:plain') })),
    ])
    expect(verdicts.filter((reply) => reply !== null)).toHaveLength(1)
    expect(shown).toHaveLength(1)
  })

  it('are not accepted where the store takes nothing', async () => {
    const store = openSqliteStore({ file: ':memory:', log: silentLog })
    const { conversation, asked } = converse({ store })
    await store.close()
    await expect(conversation.accept(message('How?'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(asked).toEqual([])
  })
})

describe('stop', () => {
  it.each([[true], [false]])('ends the answer with what was written (the agent listens: %s)', async (listens) => {
    const { agent, asked } = slowAgent({ listens })
    const { conversation, shown, store } = converse({ agent })
    const turn = message('long')
    const reply = conversation.handle(turn)
    await until(() => asked.length === 1)
    expect(await conversation.stop(turn.thread, { ...ann, id: 'bob' })).toBe(false)
    expect(await conversation.stop(turn.thread, { ...ann, tenant: 'other' })).toBe(false)
    expect(await conversation.stop('desk:other', ann)).toBe(false)
    expect(await conversation.stop(turn.thread, ann)).toBe(true)
    expect((await reply)?.text).toBe('First words\n\n_Stopped, as you asked._')
    expect(shown).toHaveLength(1)
    expect(await conversation.stop(turn.thread, ann)).toBe(false)
    expect(await store.inbox.unfinished()).toEqual([])
    expect((await store.conversations.recent(turn.thread, 9)).map(({ text }) => text)).toEqual(['long', 'First words'])
  })

  it('leaves the queued turns of the thread to be answered', async () => {
    const { agent, asked, pass } = slowAgent()
    const { conversation } = converse({ agent })
    const turn = message('long')
    const first = conversation.handle(turn)
    const second = conversation.handle(message('next', { thread: turn.thread }))
    await until(() => asked.length === 1)
    await conversation.stop(turn.thread, ann)
    pass('next')
    expect((await first)?.text).toMatch(/Stopped/)
    expect((await second)?.text).toBe('First words and last')
  })

  it('comes from the platform too', async () => {
    const { agent, asked } = slowAgent()
    const { conversation, stops } = converse({ agent })
    const reply = conversation.handle(message('long'))
    await until(() => asked.length === 1)
    stops[0]?.abort()
    expect((await reply)?.text).toMatch(/_Stopped/)
    expect(asked[0]?.signal.aborted).toBe(true)
  })
})

describe('drain', () => {
  it('finishes what runs, stores what comes, and the next start answers the rest', async () => {
    const { agent, asked, pass } = slowAgent()
    const { conversation, shown, store } = converse({ agent })
    const running = message('running')
    const reply = conversation.handle(running)
    await until(() => asked.length === 1)
    await conversation.accept(message('queued', { thread: running.thread }))
    const drained = conversation.drain(30_000)
    expect(await conversation.accept(message('while draining'))).toBe('accepted')
    await expect(conversation.handle(message('waiting'))).rejects.toMatchObject({ code: 'INTERNAL' })
    pass('running')
    await drained
    expect((await reply)?.text).toBe('First words and last')
    expect(shown).toHaveLength(1)
    expect(
      (await store.inbox.unfinished()).map(({ turn, attempts }) => [turn.kind === 'message' && turn.text, attempts]),
    ).toEqual([
      ['queued', 0],
      ['while draining', 0],
      ['waiting', 0],
    ])
    const next = converse({ store })
    await next.conversation.start()
    await until(() => next.shown.length === 3)
    expect(await store.inbox.unfinished()).toEqual([])
    await next.conversation.drain()
  })

  it('leaves a run that takes too long for the next start, which completes the same message', async () => {
    const { agent, asked } = slowAgent()
    const { conversation, shown, store } = converse({ agent })
    const turn = message('long')
    const reply = conversation.handle(turn)
    await until(() => asked.length === 1)
    await store.outbox.recordRef(turn.id, 'begun')
    const refused = expect(reply).rejects.toMatchObject({ code: 'INTERNAL' })
    await conversation.drain(10)
    await refused
    expect(shown).toEqual([])
    const next = converse({ store })
    await next.conversation.start()
    await until(() => next.shown.length === 1)
    expect(next.shown[0]?.delivery).toMatchObject({ refs: ['begun'], retry: true, key: `turn:${turn.id}` })
    await next.conversation.drain()
  })
})

describe('a platform that does not take the reply', () => {
  it('is asked again until it does, and shown the same reply', async () => {
    const face = recordChannel({ fail: (attempt) => (attempt <= 3 ? channelFailure() : null) })
    const { agent, asked } = scriptAgent()
    const { conversation, store, lines } = converse({ agent, channel: face.channel })
    const turn = message('How?')
    const reply = await conversation.handle(turn)
    expect(face.shown).toHaveLength(1)
    expect(face.shown[0]).toMatchObject({ how: 'stream', reply, delivery: { retry: true } })
    expect(asked).toHaveLength(1)
    const waits = lines.filter(({ fields }) => fields?.afterMs !== undefined).map(({ fields }) => fields?.afterMs)
    expect(waits).toEqual([5, 10, 20])
    expect(await store.inbox.unfinished()).toEqual([])
  })

  it('does not hold up the next turn of the thread', async () => {
    const face = recordChannel({ fail: (attempt) => (attempt === 1 ? channelFailure() : null) })
    const { conversation } = converse({ channel: face.channel, limits: { backoffMs: 150 } })
    const turn = message('first')
    const first = conversation.handle(turn)
    await conversation.handle(message('second', { thread: turn.thread }))
    await first
    expect(face.shown.map(({ reply }) => reply.text)).toEqual(['Answer to second', 'Answer to first'])
  })

  it('is given up at last: dead, logged and audited', async () => {
    const face = recordChannel({ fail: channelFailure })
    const { conversation, store, lines } = converse({ channel: face.channel, limits: { deliveryAttempts: 3 } })
    const turn = message('How?')
    await expect(conversation.handle(turn)).rejects.toMatchObject({ code: 'CHANNEL_FAILED' })
    expect(await store.outbox.get(turn.id)).toMatchObject({ state: 'dead', attempts: 3 })
    expect(await store.audit.list({ limit: 9 })).toMatchObject([
      { what: 'deliver-reply', outcome: 'failed', turnId: turn.id },
    ])
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(await store.inbox.unfinished()).toEqual([])
  })

  it('is asked again after a restart, with the stored reply and the tries counted on', async () => {
    const face = recordChannel({ fail: channelFailure })
    const { conversation, store, lines } = converse({ channel: face.channel, limits: { backoffMs: 60_000 } })
    const turn = message('How?')
    await conversation.accept(turn)
    await until(() => lines.some(({ fields }) => fields?.afterMs !== undefined))
    expect(await store.outbox.get(turn.id)).toMatchObject({ state: 'ready' })
    await conversation.drain()
    const { agent, asked } = scriptAgent()
    const next = converse({ store, agent })
    await next.conversation.start()
    await until(() => next.shown.length === 1)
    expect(asked).toEqual([])
    expect(next.shown[0]).toMatchObject({ reply: { text: 'Answer to How?' }, delivery: { retry: true } })
    expect(await store.outbox.get(turn.id)).toMatchObject({ attempts: 2 })
    await next.conversation.drain()
  })

  it('that breaks when a stream is opened is treated the same', async () => {
    const face = recordChannel()
    let calls = 0
    const stream: typeof face.channel.stream = (to, delivery) => {
      if (++calls === 1) throw new Error('no connection')
      return face.channel.stream(to, delivery)
    }
    const { conversation } = converse({ channel: { ...face.channel, stream } })
    const reply = await conversation.handle(message('How?'))
    expect(reply?.text).toMatch(/INTERNAL/)
    expect(face.shown).toHaveLength(1)
  })
})

describe('start', () => {
  it('gives up a turn that was begun too often, in words', async () => {
    const { agent, asked } = scriptAgent()
    const { conversation, store, shown } = converse({ agent })
    const turn = message('poison')
    await store.inbox.accept(turn)
    for (let n = 0; n < 3; n++) await store.inbox.begin(turn.id)
    await conversation.start()
    await until(() => shown.length === 1)
    expect(shown[0]?.reply.text).toMatch(new RegExp(`3 times.*ask it again.*TURN_ABANDONED, turn ${turn.id}`))
    expect(asked).toEqual([])
    await conversation.drain()
  })

  it('leaves turns of a face that is not there', async () => {
    const { conversation, store, lines } = converse()
    await store.inbox.accept(message('hi', { channel: 'fax' }))
    await conversation.start()
    await until(() => lines.some(({ message }) => /face that is not running/.test(message)))
    await conversation.drain()
    expect(await store.inbox.unfinished()).toMatchObject([{ attempts: 0 }])
  })
})

describe('a store that fails while a turn runs', () => {
  it('is told to the person, the answer is kept and stored later, and the model is not asked again', async () => {
    const store = openSqliteStore({ file: ':memory:', log: silentLog })
    let failures = 2
    const ready: typeof store.outbox.ready = (...given) => {
      if (failures-- > 0) return Promise.reject(new LakedeskError('STORE_FULL', 'The disk is full. Free some space.'))
      return store.outbox.ready(...given)
    }
    const { conversation, shown, asked } = converse({ store: { ...store, outbox: { ...store.outbox, ready } } })
    const turn = message('How?')
    const reply = await conversation.handle(turn)
    expect(shown.map(({ how, delivery }) => [how, delivery.key])).toEqual([
      ['post', `turn:${turn.id}:notice`],
      ['stream', `turn:${turn.id}`],
    ])
    expect(shown[0]?.reply.text).toMatch(/disk is full.*STORE_FULL.*kept and is tried again/s)
    expect(reply?.text).toBe('Answer to How?')
    expect(asked).toHaveLength(1)
    expect(await store.inbox.get(turn.id)).toMatchObject({ state: 'done', attempts: 1 })
  })

  it('is retried even where the person cannot be told', async () => {
    const store = openSqliteStore({ file: ':memory:', log: silentLog })
    let failures = 1
    const begin: typeof store.inbox.begin = (id) =>
      failures-- > 0 ? Promise.reject(new LakedeskError('STORE_FAILED', 'No.')) : store.inbox.begin(id)
    const face = recordChannel({ fail: (attempt) => (attempt === 1 ? channelFailure() : null) })
    const { conversation } = converse({ store: { ...store, inbox: { ...store.inbox, begin } }, channel: face.channel })
    expect((await conversation.handle(message('How?')))?.text).toBe('Answer to How?')
  })
})

describe('the queue', () => {
  it('is fair between threads, and idle when nothing runs', async () => {
    const done: string[] = []
    const queue = createThreadQueue(1, async ({ turnId }) => void done.push(turnId))
    await queue.idle()
    const job = (thread: string, seq: number): Job => ({ turnId: `${thread}${seq}`, thread, at: 0, seq })
    for (const seq of [1, 2, 3]) queue.push(job('a', seq))
    queue.push(job('b', 4))
    await until(() => done.length === 4)
    expect(done).toEqual(['a1', 'b4', 'a2', 'a3'])
    await queue.idle()
  })
})
