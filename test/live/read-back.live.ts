// What Lakedesk writes to a real MLflow server as MLflow's own Python client sees it, and the other way round.
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMlflowRegistry } from '../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowRuns } from '../../src/platform/mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import type { Registry } from '../../src/platform/ports/registry.ts'
import type { DatasetRecord, Runs } from '../../src/platform/ports/runs.ts'
import { newName } from '../platform/contract-basics.ts'
import { askPython } from './ask-python.ts'
import { describeLive } from './describe-live.ts'

function openPlatform(url: string): { registry: Registry; runs: Runs } {
  const http = createMlflowHttp({ baseUrl: url })
  return { registry: createMlflowRegistry({ http }), runs: createMlflowRuns({ http }) }
}

const key = 'faithfulness/v1/mean'
const judge = { type: 'LLM_JUDGE', id: 'faithfulness-judge' } as const
const trace = {
  request: { question: 'Wie setze ich mein "Passwort" zurück?' },
  response: { answer: 'In den Einstellungen [1].', passages: ['p1'] },
  startedAt: '2026-11-01T10:20:30.456Z',
  durationMs: 1234,
  ok: true,
  tags: { row: '7' },
}
const first: DatasetRecord = {
  inputs: { question: 'A?' },
  expectations: { expected_response: 'a', expected_facts: ['x'] },
  tags: { kind: 'faq' },
}
const second: DatasetRecord = {
  inputs: { question: 'B?', k: 2 },
  expectations: { expected_response: 'b' },
  tags: { page: 'b.md' },
}

/** Everything that an evaluation and a promotion write. */
async function writeAll({ registry, runs }: { registry: Registry; runs: Runs }) {
  const [experiment, model, dataset] = [`/Shared/${newName('live')}`, newName('support'), newName('golden')]
  const experimentId = await runs.ensureExperiment(experiment)
  const { runId } = await runs.createRun({ experimentId, name: 'evaluate v2', tags: { version: '2' } })
  const metrics = [0.5, 0.75].map((value, step) => ({ key, value, timestamp: 1000 + step, step }))
  await runs.logBatch(runId, { params: { 'chain.top_k': '5' }, metrics, tags: { verdict: 'pass' } })
  await runs.artifacts.put(runId, 'eval/rows.json', '{"rows":["Grüße"]}')
  await runs.artifacts.put(runId, 'prompt.txt', 'Answer from the passages.')
  const traceId = await runs.traces.log({ experimentId, runId, ...trace })
  await runs.traces.assess(traceId, { name: 'faithfulness', source: judge, value: 0.5, rationale: 'Half of it.' })
  await runs.traces.assess(traceId, { name: 'faithfulness', source: judge, value: 0.75, rationale: 'Most of it.' })
  const failed = { code: 'JUDGE_FAILED', message: 'It gave no score.' }
  await runs.traces.assess(traceId, { name: 'correctness', source: judge, error: failed })
  await runs.datasets.write(dataset, [first, { ...second, tags: { old: 'gone' } }])
  await runs.datasets.write(dataset, [first, second])
  await runs.finishRun(runId, 'FINISHED')
  for (const description of ['first', 'second']) {
    await registry.createVersion({ model, source: `runs:/${runId}/chain`, runId, description, tags: { by: 'ana' } })
  }
  await registry.setAlias(model, 'Champion', '1')
  await registry.setAlias(model, 'Previous', '1')
  await registry.setAlias(model, 'Gone', '1')
  await registry.deleteAlias(model, 'Gone')
  await registry.setAlias(model, 'Champion', '2')
  return { experiment, experimentId, model, dataset, runId, traceId }
}

describeLive('MLflow as its own Python client sees it', (server) => {
  describe('what Lakedesk wrote, read by MlflowClient', () => {
    let wrote: Awaited<ReturnType<typeof writeAll>>
    let seen: Record<string, unknown>

    beforeAll(async () => {
      wrote = await writeAll(openPlatform(server.url))
      const texts = ['eval/rows.json', 'prompt.txt']
      const wanted = { ...wrote, alias: 'Champion', metric: key, texts }
      seen = z.record(z.string(), z.unknown()).parse(await askPython(server, 'read', wanted))
    })

    it('has the run with its params, metrics, history and tags', () => {
      expect(seen).toMatchObject({
        experiment: wrote.experiment,
        run: { name: 'evaluate v2', status: 'FINISHED', ended: true },
        params: { 'chain.top_k': '5' },
        metrics: { [key]: 0.75 },
        tags: { version: '2', verdict: 'pass' },
        history: [
          [0.5, 1000, 0],
          [0.75, 1001, 1],
        ],
      })
    })

    it('has the artifacts, to the letter', () => {
      expect(seen.files).toEqual(['eval/rows.json', 'prompt.txt'])
      expect(seen.texts).toEqual({ 'eval/rows.json': '{"rows":["Grüße"]}', 'prompt.txt': 'Answer from the passages.' })
    })

    it('has the versions, and the alias where it was moved to', () => {
      expect(seen.versions).toEqual([1, 2])
      expect(seen.aliases).toEqual({ Champion: '2', Previous: '1' })
      expect(seen.champion).toEqual({
        version: '2',
        source: `runs:/${wrote.runId}/chain`,
        run_id: wrote.runId,
        description: 'second',
        tags: { by: 'ana' },
        status: 'READY',
      })
    })

    it('opens the trace with its span, its run and one assessment per judge', () => {
      expect(seen.traces_of_run).toEqual([wrote.traceId])
      expect(seen.trace).toEqual({
        state: 'OK',
        duration_ms: 1234,
        request_time_ms: Date.parse(trace.startedAt),
        source_run: wrote.runId,
        tags: { row: '7' },
        spans: 1,
        inputs: trace.request,
        outputs: trace.response,
        span_type: 'CHAIN',
        span_status: 'OK',
        span_ms: 1234,
        assessments: [
          {
            name: 'correctness',
            source: ['LLM_JUDGE', judge.id],
            value: null,
            error: ['JUDGE_FAILED', 'It gave no score.'],
            rationale: null,
          },
          {
            name: 'faithfulness',
            source: ['LLM_JUDGE', judge.id],
            value: 0.75,
            error: null,
            rationale: 'Most of it.',
          },
        ],
      })
    })

    it('shows the trace to the web page of MLflow', async () => {
      const url = `${server.url}/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${wrote.traceId}`
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      const page = z.object({ spans: z.array(z.looseObject({ name: z.string() })) }).parse(await response.json())
      expect(page.spans.map(({ name }) => name)).toEqual(['answer'])
    })

    it('has the records of the dataset, without what was replaced', () => {
      const byQuestion = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
      expect(z.array(z.unknown()).parse(seen.dataset).sort(byQuestion)).toEqual([first, second].sort(byQuestion))
    })
  })

  describe('what MlflowClient wrote, read by Lakedesk', () => {
    const wanted = { experiment: `/Shared/${newName('python')}`, model: newName('python') }
    const idsSchema = z.object({ experimentId: z.string(), runId: z.string(), traceId: z.string() })
    let ids: z.infer<typeof idsSchema>
    const { registry, runs } = openPlatform(server.url)

    beforeAll(async () => {
      ids = idsSchema.parse(await askPython(server, 'write', wanted))
    })

    it('has the run; metrics that are no numbers are missing', async () => {
      expect(await runs.ensureExperiment(wanted.experiment)).toBe(ids.experimentId)
      const run = await runs.getRun(ids.runId)
      expect(run).toMatchObject({ name: 'from Python', status: 'FAILED', params: { top_k: '5' } })
      expect(run?.metrics).toEqual({ good: 0.5 })
      expect(await runs.metricHistory(ids.runId, 'bad')).toEqual([])
      const text = await runs.artifacts.read(ids.runId, 'notes/hello.txt')
      expect(Buffer.from(text ?? []).toString()).toBe('Grüße')
    })

    it('has the versions and the alias, and moves it', async () => {
      expect(await registry.getAlias(wanted.model, 'Champion')).toBe('1')
      await registry.setAlias(wanted.model, 'Champion', '2')
      expect(await registry.listVersions(wanted.model)).toMatchObject([
        { version: '2', description: 'by hand', tags: { by: 'hand' }, runId: ids.runId, aliases: ['Champion'] },
        { version: '1', aliases: [] },
      ])
    })

    it('has the trace with its feedback, and leaves the expectation out', async () => {
      expect(await runs.traces.get(ids.traceId)).toMatchObject({
        experimentId: ids.experimentId,
        requestPreview: '{"question": "why?"}',
        ok: true,
        assessments: [{ name: 'good', value: true }],
      })
    })
  })
})
