// A warehouse of the local lakehouse answers ai_classify with the classifier that is promoted in its own registry.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BuiltLakehouse, buildLakehouse, WAREHOUSE } from '../../src/cli/build-lakehouse.ts'
import { buildSql } from '../../src/cli/build-sql.ts'
import { buildClassifierTrainer } from '../../src/cli/load-classifier.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { Platform } from '../../src/platform/ports/platform.ts'
import { readObjects, type Sql } from '../../src/platform/ports/sql.ts'
import { TICKETS } from '../platform/offline/ai/training/ticket-rows.ts'
import { makeFolder } from './run-cli.ts'

const MODEL = 'ml_catalog.support.ticket_classifier'
const STATEMENT = `SELECT ai_classify('We paid the same bill two times', ARRAY('queue_a', 'queue_b', 'queue_c')) AS label`

const folder = makeFolder()
let lakehouse: BuiltLakehouse
let platform: Platform
let sql: Sql

beforeAll(async () => {
  const data = join(folder.path, 'data')
  const own = readConfig({ LAKEDESK_DATA: data })
  const where = { host: '127.0.0.1', port: 0, token: undefined, memory: true, python: undefined, users: [] }
  lakehouse = await buildLakehouse({ settings: own, log: silentLog, ...where })
  const { host } = lakehouse.lakehouse
  const settings = readConfig({
    ...{ LAKEDESK_DATA: data, LAKEDESK_PLATFORM: 'databricks', DATABRICKS_WAREHOUSE_ID: WAREHOUSE },
    ...{ DATABRICKS_HOST: host, DATABRICKS_TOKEN: lakehouse.token },
  })
  platform = createDatabricksPlatform({ host, auth: { kind: 'token', token: lakehouse.token }, log: silentLog })
  sql = buildSql({ settings, log: silentLog, examples: async () => [] }).sql
})

afterAll(async () => {
  await sql?.close()
  await platform?.close()
  await lakehouse?.close()
  folder.dispose()
})

async function register(rows: readonly LabelledRow[]): Promise<void> {
  const trainer = buildClassifierTrainer({ data: join(folder.path, 'data') })
  const trained = await trainer.train({ train: rows, heldOut: [], epochs: 5, learningRate: null, seed: 1 })
  const experimentId = await platform.runs.ensureExperiment('/Shared/training')
  const { runId } = await platform.runs.createRun({ experimentId, name: 'training' })
  for (const { path, bytes } of trained.files) await platform.runs.artifacts.put(runId, path, bytes)
  lakehouse.lakehouse.models.addVersion(MODEL, { source: `runs:/${runId}/classifier`, run_id: runId })
}

async function classify(): Promise<unknown> {
  const [row] = await readObjects(await sql.run({ text: STATEMENT, mode: 'read' }, AbortSignal.timeout(30_000)))
  return row?.label
}

it('answers over the wire of the warehouse with the version that the alias points at, from one statement to the next', async () => {
  const swap = (label: string): string => (label === 'queue_a' ? 'queue_b' : 'queue_a')
  await register(TICKETS)
  await register(
    TICKETS.slice(0, 20)
      .map(({ text, label }) => ({ text, label: swap(label) }))
      .concat(TICKETS.slice(20)),
  )
  await platform.registry.setAlias(MODEL, 'Champion', '1')
  expect(await classify()).toBe('queue_a')
  await platform.registry.setAlias(MODEL, 'Champion', '2')
  expect(await classify()).toBe('queue_b')
  await platform.registry.setAlias(MODEL, 'Champion', '1')
  expect(await classify()).toBe('queue_a')
}, 60_000)
