// The whole composition with two models side by side: the documentation's chain and a ticket classifier that was trained here.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Answering, buildAnswering } from '../../src/cli/build-answering.ts'
import { currentChain } from '../../src/cli/build-models.ts'
import { CHAINS_EXPERIMENT } from '../../src/cli/build-platform.ts'
import { buildClassifierTrainer } from '../../src/cli/load-classifier.ts'
import { openIndex } from '../../src/cli/open-index.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Settings } from '../../src/config/settings.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { createLocalPlatform, platformFileName } from '../../src/platform/local/platform/create-local-platform.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { Platform } from '../../src/platform/ports/platform.ts'
import { logChain } from '../../src/rag/registered/log-chain.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { makeFolder } from '../cli/run-cli.ts'
import { action, command, recordChannel } from '../conversation/setup.ts'

const RAG = 'ml_catalog.rag_apps.product_docs_rag'
const CLASSIFIER = 'ml_catalog.support.ticket_classifier'
const POLICY = {
  approval: { approvers: ['bo@acme.example', 'cy@acme.example'], privileges: [] },
  rollout: { waitMinutes: 1 },
  people: ['ana', 'bo', 'cy'].map((name) => ({
    principal: `${name}@acme.example`,
    name,
    identities: [`desk/acme/${name}`],
  })),
}
const folder = makeFolder()
const face = recordChannel()
let answering: Answering
let settings: Settings

/** Tickets of the sample with their category. */
function readTickets(): LabelledRow[] {
  const sample = new URL('../../examples/tallyport/', import.meta.url)
  const lines = readFileSync(new URL('tickets-gold.jsonl', sample), 'utf8').trim().split('\n')
  const gold = new Map(
    lines.map((line) => {
      const { ticket_id: id, category } = z
        .object({ ticket_id: z.string(), category: z.string() })
        .parse(JSON.parse(line))
      return [id, category]
    }),
  )
  const rows = z
    .array(z.object({ ticket_id: z.string(), ticket_text: z.string() }))
    .parse(parse(readFileSync(new URL('tickets.csv', sample)), { columns: true }))
  return rows.flatMap(({ ticket_id: id, ticket_text: text }) => {
    const label = gold.get(id)
    return label === undefined ? [] : [{ text, label }]
  })
}

/** Opens the platform file beside the running program, as another process would. */
async function beside<T>(work: (platform: Platform) => Promise<T>): Promise<T> {
  const file = join(settings.data, platformFileName)
  const platform = createLocalPlatform({
    file,
    log: silentLog,
    grants: [],
    load: async () => {},
    answer: async () => '',
  })
  try {
    return await work(platform)
  } finally {
    await platform.close()
  }
}

/** Trains for real, and registers as a training does: files of a run, and a version that points at it. */
async function train(train: LabelledRow[], heldOut: LabelledRow[], epochs: number): Promise<void> {
  const trained = await buildClassifierTrainer(settings).train({ train, heldOut, epochs, learningRate: null, seed: 7 })
  await beside(async ({ runs, registry }) => {
    const experimentId = await runs.ensureExperiment('/Shared/lakedesk-training')
    const { runId } = await runs.createRun({ experimentId, name: 'training' })
    for (const { path, bytes } of trained.files) await runs.artifacts.put(runId, path, bytes)
    await runs.finishRun(runId, 'FINISHED')
    await registry.createVersion({ model: CLASSIFIER, source: `runs:/${runId}/classifier`, runId })
  })
}

const tickets = readTickets().slice(0, 150)
const held = tickets.filter((_, at) => at % 3 === 0)
const rest = tickets.filter((_, at) => at % 3 !== 0)

async function start(): Promise<void> {
  const index = await openIndex(settings, silentLog, false)
  answering = buildAnswering({ settings, log: silentLog, index, store: 'file' })
  answering.conversation.register(face.channel)
  await answering.start()
}

/** The process stops, and the next one starts by this policy. */
async function restart(policy: object): Promise<void> {
  await answering.close()
  writeFileSync(join(folder.path, 'policy.json'), JSON.stringify(policy))
  await start()
}

beforeAll(async () => {
  const policyFile = join(folder.path, 'policy.json')
  writeFileSync(policyFile, JSON.stringify(POLICY))
  const data = join(folder.path, 'data')
  mkdirSync(data)
  settings = readConfig({ LAKEDESK_DATA: data, LAKEDESK_POLICY: policyFile })
  await start()
  const chain = currentChain(settings.model)
  await beside((platform) =>
    logChain({ model: RAG, chain: { ...chain, maxTokens: 300 } }, { ...platform, experiment: CHAINS_EXPERIMENT }),
  )
  // v1 was trained on little; v2 on all, and held out from less than v1 was.
  await train(rest.slice(0, 20), held, 2)
  await train([...rest, ...held.slice(0, 8)], held.slice(8), 20)
}, 120_000)

afterAll(async () => {
  await answering.close()
  folder.dispose()
})

async function say(line: string, as = 'ana'): Promise<Reply> {
  const [name = '', ...rest] = line.split(' ')
  const user = { id: as, tenant: 'acme' }
  const reply = await answering.conversation.handle(command(name, rest.join(' '), { user }))
  if (!reply) throw new Error(`no reply to ${line}`)
  return reply
}

async function press(name: string, value: Record<string, string>, as = 'ana'): Promise<Reply | null> {
  return answering.conversation.handle(action(name, value, { user: { id: as, tenant: 'acme' } }))
}

/** Waits until nothing that was approved is under way; the newest request. */
async function settle(): Promise<ApprovalRecord> {
  const { approvals, posts } = answering.store
  for (;;) {
    await answering.settle(null)
    const [newest] = await approvals.list({ limit: 1 })
    if (newest && (await posts.pending()).length === 0) return newest
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const championOf = (model: string) => beside(({ registry }) => registry.getAlias(model, 'Champion'))
const requestOn = ({ text }: Reply) => /`approve (\w+)`/.exec(text)?.[1] ?? `no request in: ${text}`
const serves = (endpoint: string) =>
  beside(async ({ serving }) => (await serving.describe(endpoint))?.config?.entities.map(({ version }) => version))

describe('two models', { timeout: 60_000 }, () => {
  it('are listed apart, the first where none is named', async () => {
    expect((await say('versions')).text).toBe(`${RAG} has 2 versions. Champion is v1.`)
    const listed = await say('versions ticket_classifier')
    expect(listed.text).toBe(`${CLASSIFIER} has 2 versions. No version is Champion.`)
    expect(listed.footer).toBe(`Model ${CLASSIFIER}`)
    for (const name of [CLASSIFIER, 'Ticket_Classifier', CLASSIFIER.toUpperCase()]) {
      expect((await say(`versions ${name}`)).text).toBe(listed.text)
    }
    expect((await say('champion ticket_classifier')).text).toContain(`No version of ${CLASSIFIER} is Champion`)
  })

  it('are refused by a name that is none, which names those that exist', async () => {
    for (const line of ['versions ticket_klassifier', 'promote nobody v2', 'evals nobody v1 v2', 'champion nobody']) {
      const { text, outcome } = await say(line)
      expect([line, outcome]).toEqual([line, 'refused'])
      expect(text).toContain('there are product_docs_rag, ticket_classifier')
    }
  })

  it('says of which model there is nothing, with commands that mean it', async () => {
    const none = await say('evals ticket_classifier v1')
    expect(none.text).toBe(
      'ticket_classifier: v1 was never evaluated, so there are no numbers for it. Write `evaluate ticket_classifier v1` to do it now.',
    )
    expect(none.buttons.map(({ value }) => value)).toEqual([{ version: '1', model: CLASSIFIER }])
    const early = await say('promote ticket_classifier v1')
    expect(early.outcome).toBe('refused')
    expect(early.buttons[0]?.value).toEqual({ version: '1', model: CLASSIFIER })
    expect(await beside(({ serving }) => serving.describe('ticket-classifier'))).toBeNull()
  })

  it('evaluates the classifier at once, and shows accuracy and macro-F1 with the run', async () => {
    await press('evaluate', { version: '1', model: CLASSIFIER })
    const done = await settle()
    expect([done.state, done.input]).toEqual(['done', { version: '1', model: CLASSIFIER }])
    expect(done.outcome).toMatch(
      /^ticket_classifier v1 labelled 49 rows of held-out\/ticket_classifier-v1: accuracy 0\.\d/,
    )
    const shown = await say('evals ticket_classifier v1')
    const [table] = shown.blocks
    const rows = table?.kind === 'table' ? table.rows : []
    expect(rows.map(([key]) => key)).toEqual(['accuracy/v1/mean', 'macro_f1', 'latency/v1/mean', 'cost/v1/mean'])
    expect(rows[0]?.[2]).toBe('49')
  })

  it('puts the first version to work: endpoint and alias come with its promotion', async () => {
    const card = await say('promote ticket_classifier v1')
    expect(card.text).toContain('Promote ticket_classifier v1 to Champion?')
    await say(`approve ${requestOn(card)}`, 'bo')
    expect((await settle()).outcome).toContain(`Champion of ${CLASSIFIER} is v1 now (before: no version)`)
    expect([await championOf(CLASSIFIER), await serves('ticket-classifier')]).toEqual(['1', ['1']])
    expect(await championOf(RAG)).toBe('1')
  })

  it('measures the next one on the same rows, without those that it may have learned', async () => {
    await say('evaluate ticket_classifier v2')
    const done = await settle()
    expect(done.outcome).toMatch(
      /^ticket_classifier v2 labelled 49 rows of held-out\/ticket_classifier-v1: .+ 8 rows did not count/,
    )
    const card = face.shown.findLast(({ reply }) => reply.text.startsWith('Evaluation of ticket_classifier v2'))
    expect(card?.reply.text).toContain(
      '8 of 49 rows held out of v1 do not count for v2, which may have been trained on them',
    )
    const compared = await say('evals ticket_classifier v2 v1')
    const [table] = compared.blocks
    const accuracy = table?.kind === 'table' ? table.rows.find(([key]) => key === 'accuracy/v1/mean') : []
    expect(accuracy?.at(-1)).toBe('41')
  })

  it('keeps open requests of both apart: the approval of one moves that one alone, and a rollback too', async () => {
    const rag = await say('promote v2 --force "a drill"')
    const classifier = await say('promote ticket_classifier v2')
    expect(rag.outcome).toBe('waiting')
    // Without a model it is stored as it always was, so that requests of before read the same.
    expect((await answering.store.approvals.get(requestOn(rag)))?.input).toEqual({ version: 'v2', force: 'a drill' })
    expect(classifier.text).toMatch(/macro-F1 of v2 is [\d.]+, and of Champion v1 [\d.]+, on the 41 rows that count/)
    expect(classifier.footer).toBe(`Model ${CLASSIFIER}`)
    expect((await say('promotions ticket_classifier')).text).not.toContain(requestOn(rag))
    expect((await say('promotions')).text).toContain(requestOn(rag))
    const second = await say('promote ticket_classifier v2')
    expect(second.text).toContain(`Only one request for ${CLASSIFIER} can be live at a time`)

    await say(`approve ${requestOn(classifier)}`, 'bo')
    expect((await answering.store.approvals.get(requestOn(classifier)))?.state).not.toBe('open')
    await settle()
    expect([await championOf(CLASSIFIER), await championOf(RAG)]).toEqual(['2', '1'])
    expect((await answering.store.approvals.get(requestOn(rag)))?.state).toBe('open')

    const back = await say('rollback ticket_classifier', 'bo')
    await say(`approve ${requestOn(back)}`, 'bo')
    await settle()
    expect([await championOf(CLASSIFIER), await serves('ticket-classifier'), await championOf(RAG)]).toEqual([
      '1',
      ['1'],
      '1',
    ])
    const nothing = await say('rollback --dry-run')
    expect(nothing.text).toContain(`v1 is the first Champion that the record knows of`)

    for (const who of ['bo', 'cy']) await say(`approve ${requestOn(rag)}`, who)
    await settle()
    expect([await championOf(CLASSIFIER), await championOf(RAG)]).toEqual(['1', '2'])
  })

  it('asks the endpoint what the policy says before a classifier counts as promoted, and puts everything back', async () => {
    const text = 'You charged my credit card twice for the same invoice. Please refund one of the payments.'
    const withProbe = (expected: string) => ({
      ...POLICY,
      also: [
        {
          kind: 'classifier',
          model: CLASSIFIER,
          gate: { minimumSamples: 10, metrics: { 'accuracy/v1/mean': { floor: 0.3 } } },
          rollout: { waitMinutes: 1, probe: [{ question: text, expect: expected }] },
        },
      ],
    })
    const states: string[] = []
    for (const label of ['feature_request', 'billing']) {
      await restart(withProbe(label))
      await say(`approve ${requestOn(await say('promote ticket_classifier v2'))}`, 'cy')
      states.push((await settle()).state)
      states.push(`v${await championOf(CLASSIFIER)}`)
    }
    expect(states).toEqual(['undone', 'v1', 'done', 'v2'])
    expect(await serves('ticket-classifier')).toEqual(['2'])
  })
})
