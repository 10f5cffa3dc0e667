// A small world for the planners: the embedded platform with versions, evaluations and an endpoint, and a real store.
import { randomUUID } from 'node:crypto'
import { silentLog } from '../../src/core/log.ts'
import { toRunMetrics } from '../../src/evals/aggregate.ts'
import type { Evaluation } from '../../src/evals/evaluation.ts'
import { toEvaluationTags } from '../../src/evals/evaluation-tags.ts'
import { RESULTS_TABLE, toResultsTable } from '../../src/evals/results-table.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import type { EndpointConfig } from '../../src/platform/ports/serving.ts'
import { createChampionRecord } from '../../src/promotion/champion.ts'
import { type Policy, parsePolicy } from '../../src/promotion/policy.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { around, NOW, type RowScores, toEvaluation } from './evaluations.ts'

export const MODEL = 'ml.rag.docs_rag'
export const ENDPOINT = 'support-llm-endpoint'

export function toPolicy(more: Record<string, unknown> = {}): Policy {
  const gate = { metrics: { 'faithfulness/v1/mean': { floor: 3.5, maxDrop: 0.25 } } }
  const approval = { approvers: ['ana@acme.example', 'bo@acme.example'] }
  return parsePolicy({ model: MODEL, endpoint: ENDPOINT, gate, approval, ...more }, 'test')
}

export function serve(version: string): EndpointConfig {
  const entity = `docs_rag-${version}`
  const settings = { workload_size: 'Small' }
  return {
    entities: [{ name: entity, model: MODEL, version, settings }],
    routes: [{ entity, percentage: 100 }],
  }
}

/** Three versions, v2 as Champion on the endpoint, v2 and v3 evaluated: v3 passes. Close it at the end. */
export async function createWorld() {
  const clock = { now: NOW }
  const platform = createLocalPlatform({
    file: ':memory:',
    log: silentLog,
    grants: [],
    load: async () => {},
    answer: async (_, version) => `v${version}`,
    now: () => new Date(clock.now),
  })
  const { registry, runs, serving } = platform
  const store = openSqliteStore({ file: ':memory:', log: silentLog, now: () => clock.now })
  const record = createChampionRecord({ ...store, registry, now: () => clock.now })

  async function settle(): Promise<void> {
    for (let look = 0; look < 200; look++) {
      const endpoint = await serving.describe(ENDPOINT)
      if (endpoint?.ready && endpoint.update !== 'IN_PROGRESS') return
    }
    throw new Error('The endpoint never came to rest.')
  }

  /** Logs an evaluation as Lakedesk does, and returns its run. */
  async function evaluate(version: string, scores: RowScores, more: Partial<Evaluation> = {}): Promise<string> {
    const { set, judge, rows, model } = toEvaluation(version, scores, { model: MODEL, ...more })
    const experimentId = await runs.ensureExperiment(toPolicy().experiment)
    const cases = rows.map((row) => row.case)
    const tags = toEvaluationTags({ model, version, set: { ...set, cases }, judge, job: randomUUID() })
    const { runId } = await runs.createRun({ experimentId, name: `v${version}`, tags })
    await runs.artifacts.put(runId, RESULTS_TABLE, JSON.stringify(toResultsTable(rows)))
    const metrics = Object.entries(toRunMetrics(rows)).map(([key, value]) => ({ key, value, timestamp: NOW, step: 0 }))
    await runs.logBatch(runId, { metrics })
    await runs.finishRun(runId, 'FINISHED')
    clock.now += 1000
    return runId
  }

  for (const n of [1, 2, 3]) await registry.createVersion({ model: MODEL, source: `chain:${n}`, runId: `train-${n}` })
  await registry.setAlias(MODEL, 'Champion', '2')
  await serving.create(ENDPOINT, serve('2'))
  await settle()
  await evaluate('2', { faithfulness: around(0.8) })
  await evaluate('3', { faithfulness: around(0.9) })
  return {
    clock,
    registry,
    runs,
    serving,
    store,
    record,
    settle,
    evaluate,
    async close() {
      await platform.close()
      await store.close()
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
