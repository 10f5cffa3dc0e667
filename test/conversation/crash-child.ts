// A process of its own for the crash test: store, conversation, a slow agent, and a face of the platform over HTTP.
import { createInterface } from 'node:readline'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { Channel, Delivery } from '../../src/core/channel.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { turnSchema } from '../../src/core/turn.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { CHUNKS, toFullAnswer } from './crash-answer.ts'

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
  can: { stream: true, update: true, ephemeral: false, charts: false, maxText: 4000 },
  async post(_, reply, delivery) {
    await call('finish', { id: await findOrCreate(delivery), text: reply.text })
  },
  stream(_, delivery) {
    let id: Promise<string> | null = null
    let work: Promise<unknown> = Promise.resolve()
    const begin = () => {
      id ??= findOrCreate(delivery)
      return id
    }
    return {
      write(text) {
        work = work.then(async () => call('append', { id: await begin(), text }))
      },
      status() {},
      async finish(reply: Reply) {
        await work
        await call('finish', { id: await begin(), text: reply.text })
      },
      stopped: new AbortController().signal,
    }
  },
}

const store = openSqliteStore({ file, log: silentLog })
const conversation = createConversation({
  store,
  log: silentLog,
  agent: {
    async answer({ turnId }, onEvent) {
      for (const delta of CHUNKS) {
        onEvent({ kind: 'text', delta })
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      const text = toFullAnswer(turnId)
      return { text, citations: [], refused: false, version: 'rag@1', footer: 'test' }
    },
  },
})
conversation.register(channel)
await conversation.start()
process.stdout.write('started\n')
for await (const line of createInterface({ input: process.stdin })) {
  const turn = turnSchema.parse(JSON.parse(line))
  await conversation.accept(turn)
  process.stdout.write(`accepted ${turn.id}\n`)
}
