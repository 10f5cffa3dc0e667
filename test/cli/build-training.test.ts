// From the form to the promoted version: the tools of training as the program builds them, with the local driver, in a conversation.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../src/cli/build-agents.ts'
import { currentChain } from '../../src/cli/build-models.ts'
import { buildPlatform } from '../../src/cli/build-platform.ts'
import { buildPromotion } from '../../src/cli/build-promotion.ts'
import { buildTickets } from '../../src/cli/build-tickets.ts'
import { buildTraining } from '../../src/cli/build-training.ts'
import { linkPeople } from '../../src/cli/load-policy.ts'
import { openIndex } from '../../src/cli/open-index.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { parsePolicy } from '../../src/promotion/policy.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { ticketPlanSchema } from '../../src/tickets/ticket-plan.ts'
import { action, command, recordChannel } from '../conversation/setup.ts'
import { readGoldTickets } from './gold-tickets.ts'
import { makeFolder } from './run-cli.ts'

const MODEL = 'ml_catalog.support.ticket_classifier'
const POLICY = parsePolicy(
  {
    approval: { approvers: ['bo@acme.example'], privileges: [] },
    rollout: { waitMinutes: 1 },
    people: ['ana', 'bo'].map((name) => ({
      principal: `${name}@acme.example`,
      name,
      identities: [`desk/acme/${name}`],
    })),
  },
  'the test',
)
const folder = makeFolder()
const face = recordChannel()

async function openWorld() {
  const settings = readConfig({ LAKEDESK_DATA: folder.path })
  const people = linkPeople(POLICY)
  const store = openSqliteStore({ file: join(folder.path, 'store.db'), log: silentLog })
  const index = await openIndex(settings, silentLog, false)
  const common = { settings, index, log: silentLog }
  const built = buildPlatform({
    ...{ settings, policy: POLICY, log: silentLog },
    buildAgent: (chain) => buildAgent(chain, [], { ...common, audit: store.audit }),
  })
  const wake = () => conversation.wake()
  const plan = ticketPlanSchema.parse({ queryTables: ['workspace.default.gold'] })
  const tickets = buildTickets({ settings, plan, store, log: silentLog, wake })
  const training = buildTraining({ settings, policy: POLICY, built, store, sql: tickets.sql, plan, log: silentLog })
  const both = {
    tools: [...tickets.tools, ...training.tools],
    approved: [...tickets.approved, ...training.approved],
  }
  const promotion = buildPromotion({
    acceptedCases: async () => [],
    ...{ ...common, policy: POLICY, people, built, store, tickets: both, wake },
    homeOf: (channel, to) => conversation.homeOf(channel, to),
  })
  const conversation = createConversation({
    ...{ store, tools: promotion.tools, approvals: promotion.approvals, people, log: silentLog },
    agent: buildAgent(currentChain(settings.model), [], { ...common, audit: store.audit }),
    onWaiting: (card) => promotion.cards.announce(card),
    limits: { concurrency: 2 },
    modelTimeoutMs: 10_000,
  })
  conversation.register(face.channel)
  await conversation.start()
  await promotion.runner.start()
  return {
    ...{ conversation, store, built, tickets, training, runner: promotion.runner },
    async close() {
      await promotion.runner.drain()
      await training.close()
      await conversation.drain()
      await tickets.close()
      await built.platform.close()
      await index.close()
      await store.close()
    },
  }
}

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  const datasets = join(folder.path, 'datasets')
  mkdirSync(datasets)
  writeFileSync(
    join(datasets, 'tickets.jsonl'),
    readGoldTickets()
      .slice(0, 120)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )
  world = await openWorld()
}, 60_000)
afterAll(async () => {
  await world.close()
  folder.dispose()
})

const as = (id: string) => ({ user: { id, tenant: 'acme' } })
async function say(line: string, who = 'ana'): Promise<Reply> {
  const [name = '', ...rest] = line.split(' ')
  const reply = await world.conversation.handle(command(name, rest.join(' '), as(who)))
  if (!reply) throw new Error(`no reply to ${line}`)
  return reply
}
async function press(name: string, value: Record<string, string>, who = 'ana'): Promise<Reply> {
  const reply = await world.conversation.handle(action(name, value, as(who)))
  if (!reply) throw new Error(`no reply to ${name}`)
  return reply
}
/** Waits until nothing that was approved is under way, and every card is shown; the newest request. */
async function settle(): Promise<ApprovalRecord> {
  for (;;) {
    await world.runner.settled()
    const [newest] = await world.store.approvals.list({ limit: 1 })
    if (newest && (await world.store.posts.pending()).length === 0) return newest
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const requestOn = ({ text }: Reply) => /`approve (\w+)`/.exec(text)?.[1] ?? `no request in: ${text}`
const lastCard = (words: string) => face.shown.findLast(({ reply }) => reply.text.includes(words))?.reply

describe('a training in a conversation', { timeout: 60_000 }, () => {
  it('begins with a form that keeps what was typed', async () => {
    const form = (await say('finetune')).blocks.find((block) => block.kind === 'form')
    expect(form?.kind === 'form' && form.fields.map(({ value }) => value)).toEqual([
      'corrections',
      'lakedesk/ticket-classifier',
      '20ep',
      '',
      MODEL,
    ])
    const wrong = await press('start-training', { input_data: 'tickets.jsonl', input_duration: 'long' })
    expect(wrong.outcome).toBe('refused')
    const again = wrong.blocks.find((block) => block.kind === 'form')
    expect(again?.kind === 'form' && again.fields.map(({ value }) => value).slice(0, 3)).toEqual([
      'tickets.jsonl',
      'lakedesk/ticket-classifier',
      'long',
    ])
  })

  it('reads no file outside of its folder', async () => {
    for (const name of ['../store.db.jsonl', '/etc/passwd.jsonl', '.hidden.jsonl']) {
      expect((await say(`finetune ${name}`)).text).toMatch(/no name of a file/)
    }
  })

  it('reads the tables that the plan of the tickets names, and says nothing of others', async () => {
    const rows = readGoldTickets()
      .slice(0, 40)
      .map(({ text, label }) => `('${text.replaceAll("'", ' ')}', '${label}')`)
    const { sql } = world.tickets
    const signal = new AbortController().signal
    for (const [table, columns, values] of [
      ['gold', 'text, label', rows.join(', ')],
      ['hrx', 'name, salary_usd', "('Ana', '1')"],
    ]) {
      await sql.run(
        { text: `CREATE TABLE ${table} AS SELECT * FROM (VALUES ${values}) AS t(${columns})`, mode: 'create' },
        signal,
      )
    }
    expect((await say('finetune hrx')).text).toMatch(/^(?!.*salary).*hrx may not be trained on/s)
    const card = await say('finetune workspace.default.gold --register ml_catalog.support.other')
    expect(card.text).toContain('40 examples read')
    await say(`reject ${requestOn(card)}`)
  })

  it('is approved, trained on this machine, and registered as a version that beats the untrained classifier', async () => {
    const card = await say('finetune tickets.jsonl --epochs 12')
    expect(card.outcome).toBe('waiting')
    expect((await say(`approve ${requestOn(card)}`, 'ana')).outcome).toBe('refused')
    await say(`approve ${requestOn(card)}`, 'bo')
    const done = await settle()
    expect(done).toMatchObject({ state: 'done', outcome: expect.stringMatching(/^v1 of .+ is registered\. Macro-F1/) })
    const [, now, before] = /out: (\d\.\d+), untrained (\d\.\d+)/.exec(done.outcome ?? '') ?? []
    expect(Number(now)).toBeGreaterThan(Number(before))
    const shown = lastCard('Train the next version')
    expect(shown?.blocks.map(({ kind }) => kind)).toEqual(['fields', 'chart'])
    expect(shown?.buttons.map(({ label }) => label)).toEqual(['Evaluate v1', 'Promote v1'])
    const chart = shown?.blocks[1]
    expect(chart?.kind === 'chart' && chart.labels).toHaveLength(12)
    expect(chart?.kind === 'chart' && chart.series.map(({ name }) => name)).toEqual(['training', 'held out'])
  })

  it('leads by its buttons to the evaluation and the promotion of that version', async () => {
    const [evaluate, promote] = lastCard('Train the next version')?.buttons ?? []
    await press(evaluate?.action ?? '', evaluate?.value ?? {})
    expect(await settle()).toMatchObject({ tool: 'run-evaluation', state: 'done' })
    const card = await press(promote?.action ?? '', promote?.value ?? {})
    expect(card.text).toContain('Promote ticket_classifier v1')
    await say(`approve ${requestOn(card)}`, 'bo')
    await settle()
    expect(await world.built.platform.registry.getAlias(MODEL, 'Champion')).toBe('1')
  })

  it('goes on after the process was stopped while it ran', async () => {
    const card = await say('finetune tickets.jsonl --epochs 200')
    const id = requestOn(card)
    await say(`approve ${id}`, 'bo')
    while ((await world.store.checkpoints.list(`training:${id}`)).get('started') === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await world.close()
    world = await openWorld()
    const done = await settle()
    expect([done.id, done.state]).toEqual([id, 'done'])
    expect((await world.built.platform.registry.listVersions(MODEL)).map(({ version }) => version)).toEqual(['2', '1'])
  })
})
