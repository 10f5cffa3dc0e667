// The pump: each post is shown once, edited to its newest reply at a bearable pace, and survives what goes wrong.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/conversation/limits.ts'
import { createPostPump } from '../../src/conversation/post-pump.ts'
import type { Channel, Delivery } from '../../src/core/channel.ts'
import { type Reply, toPlainReply } from '../../src/core/reply.ts'
import { toAddress } from '../../src/core/turn.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { eventually } from './approval-tools.ts'
import { channelFailure, gate, message, recordLog } from './setup.ts'

interface Sent {
  at: number
  text: string
  delivery: Delivery
}

/** A face that edits what has a ref and creates what has none. */
function createFace(options: { update?: boolean; before?: (delivery: Delivery) => Promise<void> | void } = {}) {
  const sent: Sent[] = []
  const created: string[] = []
  const channel: Channel = {
    name: 'desk',
    can: { stream: true, update: options.update ?? true, ephemeral: true, charts: false, maxText: 4000 },
    async post(_, reply, delivery) {
      await options.before?.(delivery)
      sent.push({ at: performance.now(), text: reply.text, delivery })
      if (delivery.refs.length > 0) return
      created.push(delivery.key)
      await delivery.recordRef(`m${created.length}`)
    },
    stream: () => {
      throw new Error('A post is never streamed.')
    },
  }
  return { channel, sent, created, texts: () => sent.map(({ text }) => text) }
}

function setUp(face = createFace(), more: { store?: Store; every?: number; without?: boolean } = {}) {
  const { log, lines } = recordLog()
  const store = more.store ?? openSqliteStore({ file: ':memory:', log })
  const channels = new Map(more.without ? [] : [['desk', face.channel]])
  const limits = { ...DEFAULT_LIMITS, backoffMs: 5, deliveryAttempts: 4, postEveryMs: more.every ?? 1 }
  const pump = createPostPump({ store, channels, log, limits })
  const put = async (key: string, reply: string | Reply) => {
    const given = typeof reply === 'string' ? toPlainReply('t', reply) : reply
    await store.posts.put({ key, subject: 'a1', channel: 'desk', address: toAddress('desk:1'), reply: given })
    pump.wake()
  }
  const quiet = () => eventually(async () => (await store.posts.pending()).length === 0)
  return { store, pump, put, quiet, lines, channels, ...face }
}

/** A turn whose reply stands in the outbox in that state. */
async function answered(store: Store, reply: Reply, state?: 'sent' | 'dead'): Promise<string> {
  const turn = message('/promote v3')
  await store.inbox.accept(turn)
  await store.outbox.open(turn.id, turn.channel, turn.address)
  await store.outbox.recordRef(turn.id, 'first')
  await store.outbox.ready(turn.id, reply, [])
  if (state) await store.outbox.close(turn.id, state)
  return turn.id
}

describe('a post', () => {
  it('is created once, and edited in place afterwards', async () => {
    const { put, quiet, sent, created } = setUp()
    await put('card:a1:x', 'open')
    await quiet()
    await put('card:a1:x', 'open')
    await put('card:a1:x', 'done')
    await quiet()
    expect(sent.map(({ text, delivery }) => [text, delivery.refs, delivery.retry, delivery.posted])).toEqual([
      ['open', [], false, true],
      ['done', ['m1'], false, true],
    ])
    expect(created).toEqual(['card:a1:x'])
  })

  it('shows only the newest of many quick changes, and rests between two edits', async () => {
    const { put, quiet, sent, texts } = setUp(createFace(), { every: 150 })
    for (let step = 0; step <= 40; step++) {
      await put('card:a1:x', `step ${step}`)
      await sleep(5)
    }
    await quiet()
    expect(texts().at(-1)).toBe('step 40')
    expect(sent.length).toBeLessThan(8)
    const gaps = sent.slice(1).map(({ at }, i) => at - (sent[i]?.at ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(140)
  })

  it('is shown behind any number of posts that wait for the answer of their turn', async () => {
    const { store, put, texts } = setUp()
    for (let n = 0; n < 3 * DEFAULT_LIMITS.concurrency; n++) await put(`turn:of-${n}`, 'not yet')
    await put('card:a1:x', 'open')
    await eventually(() => texts().includes('open'))
    // What waits is left alone until something happens: nothing else would get its turn in this process.
    await sleep(20)
    expect(await store.posts.pending()).toHaveLength(3 * DEFAULT_LIMITS.concurrency)
    expect(texts()).toEqual(['open'])
  })

  it('is sent by one call at a time, while others go on beside it', async () => {
    const first = gate()
    let running = 0
    let most = 0
    const before = async ({ key }: Delivery) => {
      if (key !== 'card:a1:x') return
      most = Math.max(most, ++running)
      await first.passed
      running--
    }
    const { put, quiet, texts } = setUp(createFace({ before }))
    await put('card:a1:x', 'one')
    await put('card:a1:y', 'other')
    await eventually(() => texts().includes('other'))
    await put('card:a1:x', 'two')
    await sleep(20)
    first.open()
    await quiet()
    expect([most, texts()]).toEqual([1, ['other', 'one', 'two']])
  })
})

describe('what goes wrong', () => {
  it('is tried again as a retry, and at last given up with a line in the log', async () => {
    let failures = 2
    const before = () => {
      if (failures-- > 0) throw channelFailure()
    }
    const { put, quiet, sent, lines } = setUp(createFace({ before }))
    await put('card:a1:x', 'open')
    await quiet()
    expect(sent.map(({ delivery }) => delivery.retry)).toEqual([true])
    failures = 99
    await put('card:a1:x', 'done')
    await quiet()
    expect(99 - failures).toBe(4)
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'A post could not be shown and was given up',
    ])
    failures = 0
    await put('card:a1:x', 'anew')
    await quiet()
    expect(sent.at(-1)).toMatchObject({ text: 'anew', delivery: { refs: ['m1'] } })
  })

  it('a message that may stand unrecorded is looked for, also by a later reply', async () => {
    let crash = true
    const before = () => {
      if (crash) throw channelFailure()
    }
    const { put, quiet, sent } = setUp(createFace({ before }), { every: 30 })
    await put('card:a1:x', 'open')
    await sleep(10)
    await put('card:a1:x', 'done')
    crash = false
    await quiet()
    expect(sent.map(({ text, delivery }) => [text, delivery.retry])).toEqual([['done', true]])
  })

  it('a face that is not running is waited for, and what was pending is sent after a start', async () => {
    const before = setUp(createFace(), { without: true })
    await before.put('card:a1:x', 'open')
    await sleep(20)
    expect(before.sent).toEqual([])
    await before.pump.drain(100)
    const after = setUp(createFace(), { store: before.store })
    after.pump.start()
    await after.quiet()
    expect(after.texts()).toEqual(['open'])
  })

  it('a drain lets what is being sent end, and sends nothing more', async () => {
    const open = gate()
    const { put, pump, sent, store } = setUp(createFace({ before: () => open.passed }))
    await put('card:a1:x', 'open')
    await sleep(10)
    const drained = pump.drain(1000)
    open.open()
    await drained
    await put('card:a1:x', 'done')
    await sleep(20)
    expect(sent).toHaveLength(1)
    expect(await store.posts.pending()).toHaveLength(1)
  })
})

describe('the reply of a turn', () => {
  const card = toPlainReply('t', 'open', { outcome: 'waiting' })

  it('is left to its turn until that has shown it, and then counts as shown', async () => {
    const { store, put, quiet, pump, sent } = setUp()
    const id = await answered(store, card)
    await put(`turn:${id}`, card)
    await sleep(20)
    expect(await store.posts.pending()).toHaveLength(1)
    await store.outbox.close(id, 'sent')
    pump.wake()
    await quiet()
    expect(sent).toEqual([])
  })

  it('is edited in the message that the turn sent', async () => {
    const { store, put, quiet, sent } = setUp()
    const id = await answered(store, card, 'sent')
    await put(`turn:${id}`, toPlainReply('t', 'done', { outcome: 'done' }))
    await quiet()
    expect(sent.map(({ text, delivery }) => [text, delivery.refs])).toEqual([['done', ['first']]])
  })

  it('that was given up is not shown by a post either', async () => {
    const { store, put, quiet, sent } = setUp()
    const id = await answered(store, card, 'dead')
    await put(`turn:${id}`, toPlainReply('t', 'done'))
    await quiet()
    expect(sent).toEqual([])
  })
})

it('a face that cannot edit is told of changes of state and of the kind of work, not of each step', async () => {
  const { put, quiet, texts } = setUp(createFace({ update: false }))
  const at = (label: string, done: number): Reply => ({
    ...toPlainReply('t', `running: ${label} ${done} of 3`, { outcome: 'waiting' }),
    blocks: [{ kind: 'progress', label, done, total: 3 }],
  })
  const ended = toPlainReply('t', 'v3 is Champion', { outcome: 'done' })
  for (const reply of [at('Evaluating', 0), at('Evaluating', 1), at('Evaluating', 2), at('Comparing', 2), ended]) {
    await put('card:a1:x', reply)
    await quiet()
  }
  expect(texts()).toEqual(['running: Evaluating 0 of 3', 'running: Comparing 2 of 3', 'v3 is Champion'])
})
