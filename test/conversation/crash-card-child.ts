// A process of its own for the crash test of cards: store, conversation, approvals, runner, and a face over HTTP.
import { createInterface } from 'node:readline'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { Channel, Delivery } from '../../src/core/channel.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { toAddress, turnSchema } from '../../src/core/turn.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { APPROVALS_TOPIC } from '../../src/tools/cards.ts'
import { createApprovalTools, people } from './approval-tools.ts'

const [file = '', platform = ''] = process.argv.slice(2)

async function call(method: string, body: object): Promise<string> {
  const response = await fetch(`${platform}/${method}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new LakedeskError('CHANNEL_FAILED', 'The chat platform did not take the message.')
  return response.text()
}

/** As a face does: the recorded message, else one that an earlier try left behind, else a new one. */
async function findOrCreate(delivery: Delivery): Promise<string> {
  const [known] = delivery.refs
  if (known) return known
  const left = delivery.retry ? await call('find', { key: delivery.key }) : ''
  const id = left || (await call('create', { key: delivery.key }))
  await delivery.recordRef(id)
  return id
}

const channel: Channel = {
  name: 'desk',
  can: { stream: true, update: true, ephemeral: true, charts: false, maxText: 4000 },
  async post(_, reply, delivery) {
    const buttons = String(reply.buttons.length)
    await call('write', { id: await findOrCreate(delivery), text: reply.text, buttons })
  },
  stream: () => {
    throw new Error('Nothing is streamed here.')
  },
}

const store = openSqliteStore({ file, log: silentLog })
await store.places.add(APPROVALS_TOPIC, { channel: 'desk', address: toAddress('desk:all'), thread: 'desk:all' })
const parts = createApprovalTools({ store, log: silentLog, wake: () => conversation.wake() })
const { tools, approvals, onWaiting, runner } = parts
const agent = { answer: () => Promise.reject(new Error('Nobody asks here.')) }
const limits = { postEveryMs: 1, backoffMs: 5 }
const conversation = createConversation({
  ...{ store, log: silentLog, agent, people, tools, approvals, onWaiting, limits },
})
conversation.register(channel)
await conversation.start()
await runner.start()
process.stdout.write('started\n')
for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('{')) {
    const turn = turnSchema.parse(JSON.parse(line))
    await conversation.accept(turn)
    process.stdout.write(`accepted ${turn.id}\n`)
  } else {
    const open = await approvals.list({ limit: 1 })
    const left = (await store.inbox.unfinished()).length + (await store.posts.pending()).length
    process.stdout.write(`look ${left} ${open[0]?.id ?? '-'} ${open[0]?.state ?? '-'} ${open[0]?.seal.slice(0, 16)}\n`)
  }
}
