// From the training to the card: the promoted version of the classifier is the one that ai_classify uses, in the chat and on the command line.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildPlatform } from '../../src/cli/build-platform.ts'
import { buildLocalSql } from '../../src/cli/build-sql.ts'
import { buildTickets } from '../../src/cli/build-tickets.ts'
import { createChampionSource } from '../../src/cli/champion-classifier.ts'
import { ticketChecks } from '../../src/cli/doctor-tickets.ts'
import { buildClassifierTrainer } from '../../src/cli/load-classifier.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Settings } from '../../src/config/settings.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { createLocalTraining } from '../../src/platform/local/training/create-local-training.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import { readObjects } from '../../src/platform/ports/sql.ts'
import { DEFAULT_POLICY } from '../../src/promotion/policy.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { ticketPlanSchema } from '../../src/tickets/ticket-plan.ts'
import type { Triage } from '../../src/tickets/triage.ts'
import type { ToolContext } from '../../src/tools/define-tool.ts'
import { lookUntil } from '../platform/contract-basics.ts'
import { specOf, toFile } from '../platform/local/training/open-training.ts'
import { TICKETS } from '../platform/offline/ai/training/ticket-rows.ts'

const MODEL = 'ml_catalog.support.ticket_classifier'
const TEXT = 'We paid the same bill two times'
const NEVER = new AbortController().signal
const STATEMENT = `SELECT ai_classify('${TEXT}', ARRAY('queue_a', 'queue_b', 'queue_c')) AS label`
const plan = ticketPlanSchema.parse({ labels: { queue_a: '', queue_b: '', queue_c: '', other: 'anything else' } })

let data = ''
const closing: (() => Promise<unknown>)[] = []
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'lakedesk-champion-'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  rmSync(data, { recursive: true })
})

interface World {
  settings: Settings
  warnings: string[]
  /** Trains and registers the next version. */
  train(rows: readonly LabelledRow[]): Promise<string>
  promote(version: string | null): Promise<void>
  triage(text: string): Promise<Triage>
  correct(triage: Triage, category: string): Promise<unknown>
  /** On the command line: nothing but the settings. */
  classify(): Promise<unknown>
  doctor(): Promise<string>
}

function openWorld(): World {
  const settings = readConfig({ LAKEDESK_DATA: data })
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) }
  const buildAgent = (): never => {
    throw new Error('no chain is asked here')
  }
  const built = buildPlatform({ settings, policy: DEFAULT_POLICY, log, buildAgent })
  const { registry, runs } = built.platform
  const training = createLocalTraining({
    ...{ registry, runs, trainer: buildClassifierTrainer(settings), folder: join(data, 'training'), log },
  })
  const store = openSqliteStore({ file: ':memory:', log })
  const champion = createChampionSource({ settings, policy: DEFAULT_POLICY, built, log })
  const tickets = buildTickets({ settings, plan, store, log, champion, wake: () => {} })
  closing.push(
    () => store.close(),
    () => built.platform.close(),
    () => training.close(),
    () => tickets.close(),
  )
  let turns = 0
  const call = async (name: string, input: unknown): Promise<unknown> => {
    turns += 1
    const context = {
      ...{ turnId: `turn-${turns}`, user: { id: 'ana', tenant: 'acme', name: 'Ana' } },
      ...{ actor: { principal: 'ana@acme.io', name: 'Ana' }, signal: NEVER },
    }
    return tickets.tools.find((each) => each.name === name)?.run(input as never, context as unknown as ToolContext)
  }
  return {
    ...{ settings, warnings },
    async train(rows) {
      const trainData = await training.upload('t', 'labelled-jsonl', [toFile(rows)])
      const token = `token-${Math.random()}`.replace('.', '')
      const id = await training.start(specOf(trainData, { registerTo: MODEL, token, duration: '5ep' }))
      const run = await lookUntil(
        () => training.describe(id),
        (seen) => seen?.endedAt != null,
      )
      return run?.version ?? run?.message ?? ''
    },
    promote: (version) =>
      version === null ? registry.deleteAlias(MODEL, 'Champion') : registry.setAlias(MODEL, 'Champion', version),
    triage: async (text) => ((await call('classify-ticket', { text })) as { triage: Triage }).triage,
    correct: (triage, category) => call('correct-ticket', { triage: triage.id, changes: { category } }),
    async classify() {
      const sql = buildLocalSql({ settings, log, examples: async () => [] })
      try {
        const [row] = await readObjects(await sql.run({ text: STATEMENT, mode: 'read' }, NEVER))
        return row?.label
      } finally {
        await sql.close()
      }
    },
    async doctor() {
      const check = ticketChecks(settings).find(({ name }) => name === 'classifier')
      return (await check?.run()) ?? ''
    },
  }
}

const swap = (label: string): string => ({ queue_a: 'queue_b', queue_b: 'queue_c', queue_c: 'queue_a' })[label] ?? label

describe('the promoted classifier', () => {
  it('answers in the chat and on the command line, changes with the alias, and goes with it', async () => {
    const { train, promote, triage, classify, doctor } = openWorld()
    const before = await triage(TEXT)
    expect(before.model).toBe('offline-rules')
    expect(await doctor()).toContain(`no version of ${MODEL} is promoted`)

    const first = await train(TICKETS)
    const second = await train(TICKETS.map(({ text, label }) => ({ text, label: swap(label) })))
    expect([first, second]).toEqual(['1', '2'])
    // Registered is not promoted.
    expect((await triage(TEXT)).model).toBe('offline-rules')

    await promote(first)
    expect(await triage(TEXT)).toMatchObject({ category: 'queue_a', model: `${MODEL} v1, offline-rules` })
    expect(await classify()).toBe('queue_a')
    // The plan of the settings is the built-in one, whose labels it was not trained on.
    expect(await doctor()).toBe(
      `${MODEL} v1 (Champion) answers ai_classify, 3 labels; not of tickets, since it does not know billing, technical, account_access, feature_request`,
    )

    await promote(second)
    expect(await triage(TEXT)).toMatchObject({ category: 'queue_b', model: `${MODEL} v2, offline-rules` })
    expect(await classify()).toBe('queue_b')

    await promote(first)
    expect(await triage(TEXT)).toMatchObject({ category: 'queue_a' })

    await promote(null)
    expect(await triage(TEXT)).toMatchObject({ category: before.category, model: 'offline-rules' })
  })

  it('does not stand above what a person said of the same text', async () => {
    const { train, promote, triage, correct } = openWorld()
    await promote(await train(TICKETS))
    const first = await triage(TEXT)
    await correct(first, 'queue_c')
    expect(await triage(TEXT)).toMatchObject({ category: 'queue_c', confidence: 1 })
    expect(await triage('The chart page breaks with an exception')).toMatchObject({ category: 'queue_c' })
    expect(await triage('Nobody of us can log in')).toMatchObject({ category: 'queue_b' })
  })

  it('is told to be damaged, on the card, in the log and by doctor, while the rules answer', async () => {
    const { train, promote, triage, classify, doctor, warnings } = openWorld()
    const version = await train(TICKETS)
    const db = new DatabaseSync(join(data, 'platform.db'))
    const changed = db.prepare("UPDATE artifacts SET body = x'00' WHERE path LIKE '%weights%'").run()
    db.close()
    expect(changed.changes).toBe(1)
    await promote(version)
    const card = await triage('I cannot log in with my password')
    expect(card.model).toContain(`offline-rules (${MODEL} v1 cannot be used; lakedesk doctor says why)`)
    expect(card.errors).toEqual({})
    expect(warnings).toEqual([
      expect.stringContaining('ai_classify answers by the rules: The files of this ticket classifier'),
    ])
    await triage('Another ticket about a login')
    expect(warnings).toHaveLength(1)
    await classify()
    await expect(doctor()).rejects.toMatchObject({ code: 'CLASSIFIER_INVALID' })
    const next = await train(TICKETS)
    await promote(next)
    expect((await triage(TEXT)).model).toContain(`${MODEL} v2`)
  })
})
