// A ticket classifier on a workspace, which is the local lakehouse here: its endpoint is created, asked and moved over the wire.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answering, buildAnswering } from '../../src/cli/build-answering.ts'
import { type BuiltLakehouse, buildLakehouse } from '../../src/cli/build-lakehouse.ts'
import { buildClassifierTrainer } from '../../src/cli/load-classifier.ts'
import { openIndex } from '../../src/cli/open-index.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { Platform } from '../../src/platform/ports/platform.ts'
import { makeFolder } from '../cli/run-cli.ts'
import { command, recordChannel } from '../conversation/setup.ts'

const CLASSIFIER = 'ml_catalog.support.ticket_classifier'
const ASKED = 'Please refund the second payment for this invoice.'
const POLICY = {
  approval: { approvers: ['bo@acme.example'], privileges: [] },
  people: ['ana', 'bo'].map((name) => ({
    principal: `${name}@acme.example`,
    name,
    identities: [`desk/acme/${name}`],
  })),
  also: [
    {
      kind: 'classifier',
      model: CLASSIFIER,
      gate: { minimumSamples: 10, metrics: { 'accuracy/v1/mean': { floor: 0.4 } } },
      rollout: { waitMinutes: 1, probe: [{ question: ASKED, expect: 'billing' }] },
    },
  ],
}
const WORDS = {
  billing: [
    'refund the payment',
    'the invoice is wrong',
    'charged twice on my card',
    'the price of the plan',
    'VAT on the bill',
  ],
  technical: ['the page crashes', 'an error on import', 'the API is slow', 'labels do not print', 'the sync is broken'],
}

const rowsOf = (from: number, to: number): LabelledRow[] =>
  Object.entries(WORDS).flatMap(([label, words]) =>
    words.flatMap((word) =>
      Array.from({ length: to - from }, (_, at) => ({
        text: `Hello, ${word} since day ${from + at}, please help.`,
        label,
      })),
    ),
  )

const folder = makeFolder()
const face = recordChannel()
let lakehouse: BuiltLakehouse
let platform: Platform
let answering: Answering

beforeAll(async () => {
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const policyFile = join(folder.path, 'policy.json')
  writeFileSync(policyFile, JSON.stringify(POLICY))
  const own = readConfig({ LAKEDESK_DATA: data })
  const where = { host: '127.0.0.1', port: 0, token: undefined, memory: true, python: undefined, users: [] }
  lakehouse = await buildLakehouse({ settings: own, log: silentLog, ...where })
  const { host } = lakehouse.lakehouse
  const settings = readConfig({
    ...{ LAKEDESK_DATA: data, LAKEDESK_POLICY: policyFile, LAKEDESK_PLATFORM: 'databricks' },
    ...{
      DATABRICKS_HOST: host,
      DATABRICKS_TOKEN: lakehouse.token,
      LAKEDESK_MODEL: 'offline',
      LAKEDESK_EMBEDDINGS: 'offline',
    },
  })
  platform = createDatabricksPlatform({ host, auth: { kind: 'token', token: lakehouse.token } })
  const trainer = buildClassifierTrainer(own)
  for (const epochs of [2, 10]) {
    const trained = await trainer.train({
      ...{ train: rowsOf(0, 6), heldOut: rowsOf(6, 8), epochs, learningRate: null, seed: 1 },
    })
    const experimentId = await platform.runs.ensureExperiment('/Shared/training')
    const { runId } = await platform.runs.createRun({ experimentId, name: 'training' })
    for (const { path, bytes } of trained.files) await platform.runs.artifacts.put(runId, path, bytes)
    await platform.runs.finishRun(runId, 'FINISHED')
    lakehouse.lakehouse.models.addVersion(CLASSIFIER, { source: `runs:/${runId}/classifier`, run_id: runId })
  }
  const index = await openIndex(settings, silentLog, false)
  answering = buildAnswering({ settings, log: silentLog, index, store: 'file' })
  answering.conversation.register(face.channel)
  await answering.start()
}, 120_000)

afterAll(async () => {
  await answering?.close()
  await platform?.close()
  await lakehouse?.close()
  folder.dispose()
})

async function say(line: string, as = 'ana'): Promise<Reply> {
  const [name = '', ...rest] = line.split(' ')
  const reply = await answering.conversation.handle(command(name, rest.join(' '), { user: { id: as, tenant: 'acme' } }))
  if (!reply) throw new Error(`no reply to ${line}`)
  return reply
}

async function settle(): Promise<string> {
  const { approvals, posts } = answering.store
  for (;;) {
    await answering.settle(null)
    const all = await approvals.list({ limit: 1 })
    if ((await posts.pending()).length === 0) return `${all[0]?.state}: ${all[0]?.outcome}`
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const requestOn = ({ text }: Reply) => /`approve (\w+)`/.exec(text)?.[1] ?? `no request in: ${text}`

describe('a classifier on a workspace', { timeout: 60_000 }, () => {
  it('is evaluated, promoted to an endpoint that the promotion creates, replaced, and rolled back', async () => {
    for (const version of ['1', '2']) {
      await say(`evaluate ticket_classifier v${version}`)
      expect(await settle()).toMatch(new RegExp(`^done: ticket_classifier v${version} labelled 20 rows`))
      await say(`approve ${requestOn(await say(`promote ticket_classifier v${version}`))}`, 'bo')
      expect(await settle()).toContain(`Champion of ${CLASSIFIER} is v${version} now`)
      expect(await platform.registry.getAlias(CLASSIFIER, 'Champion')).toBe(version)
      const endpoint = await platform.serving.describe('ticket-classifier')
      expect(endpoint?.config?.entities.map((entity) => entity.version)).toEqual([version])
    }
    const [predicted] = await platform.serving.invoke('ticket-classifier', [{ text: ASKED }])
    expect(predicted).toMatchObject({ label: 'billing', confidence: expect.any(Number) })
    await say(`approve ${requestOn(await say('rollback ticket_classifier', 'bo'))}`, 'bo')
    expect(await settle()).toContain(`Champion of ${CLASSIFIER} is v1 now (before: v2)`)
  })
})
