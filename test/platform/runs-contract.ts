// What every driver of the tracking server must do, whichever server is behind it: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetRecord, Run, Runs } from '../../src/platform/ports/runs.ts'
import { codeOf, newName, sentenceOf } from './contract-basics.ts'

export interface RunsUnderTest {
  runs: Runs
  /** The name of an experiment nobody used. Default `/Shared/contract_…`. */
  newExperiment?: () => string
  /** Name of a dataset nobody used. Default `contract_…`. */
  newDataset?: () => string
  close(): Promise<void>
}

const decode = (bytes: Uint8Array | null): string | null => (bytes ? new TextDecoder().decode(bytes) : null)

/** `open` is called once; every test uses an experiment of its own. */
export function describeRunsContract(name: string, open: () => Promise<RunsUnderTest>): void {
  describe(`${name} keeps the contract of the runs`, () => {
    let under: RunsUnderTest
    let runs: Runs
    const newExperiment = (): string => under.newExperiment?.() ?? `/Shared/${newName('contract')}`
    const newDataset = (): string => under.newDataset?.() ?? newName('contract')
    const startRun = async (tags: Record<string, string> = {}): Promise<Run> => {
      const experimentId = await runs.ensureExperiment(newExperiment())
      return runs.createRun({ experimentId, name: 'evaluate v3', tags })
    }
    /** What a server says of a run that is not there. */
    const absentRun = '0123456789abcdef0123456789abcdef'

    beforeAll(async () => {
      under = await open()
      runs = under.runs
    })
    afterAll(() => under?.close())

    describe('experiments and runs', () => {
      it('gives one experiment per name', async () => {
        const experiment = newExperiment()
        const first = await runs.ensureExperiment(experiment)
        expect(first).not.toBe('')
        expect(await runs.ensureExperiment(experiment)).toBe(first)
        expect(await runs.ensureExperiment(newExperiment())).not.toBe(first)
      })

      it('starts a run, reads it back, and finishes it', async () => {
        const before = Date.now()
        const run = await startRun({ model: 'docs_rag', 'eval.set': 'golden' })
        expect(run).toMatchObject({ name: 'evaluate v3', status: 'RUNNING', endedAt: null, params: {}, metrics: {} })
        expect(run.tags).toMatchObject({ model: 'docs_rag', 'eval.set': 'golden' })
        expect(run.runId).not.toBe('')
        expect(Math.abs(Date.parse(run.startedAt) - before)).toBeLessThan(60_000)
        expect(run.startedAt).toBe(new Date(run.startedAt).toISOString())
        expect(await runs.getRun(run.runId)).toEqual(run)
        await runs.finishRun(run.runId, 'FINISHED')
        const finished = await runs.getRun(run.runId)
        expect(finished).toMatchObject({ status: 'FINISHED', startedAt: run.startedAt })
        expect(Date.parse(finished?.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(run.startedAt))
      })

      it.each(['FAILED', 'KILLED'] as const)('ends a run as %s', async (status) => {
        const { runId } = await startRun()
        await runs.finishRun(runId, status)
        expect((await runs.getRun(runId))?.status).toBe(status)
      })

      it('knows nothing of a run that is not there', async () => {
        expect(await runs.getRun(absentRun)).toBeNull()
        expect(await codeOf(runs.logBatch(absentRun, { params: { top_k: '5' } }))).toBe('PLATFORM_NOT_FOUND')
        expect(await codeOf(runs.finishRun(absentRun, 'FINISHED'))).toBe('PLATFORM_NOT_FOUND')
        expect(await codeOf(runs.artifacts.put(absentRun, 'a.txt', 'text'))).toBe('PLATFORM_NOT_FOUND')
      })
    })

    describe('params, tags and metrics', () => {
      it('keeps params and tags as they were written', async () => {
        const { runId } = await startRun()
        const params = { 'chain.top_k': '5', 'retrieval/query type': 'HYBRID', prompt: 'Ünï\ncode "quoted"' }
        await runs.logBatch(runId, { params, tags: { verdict: 'pass' } })
        await runs.logBatch(runId, { tags: { verdict: 'fail' } })
        const run = await runs.getRun(runId)
        expect(run?.params).toEqual(params)
        expect(run?.tags).toMatchObject({ verdict: 'fail' })
      })

      it('never changes a param, and names both values', async () => {
        const { runId } = await startRun()
        await runs.logBatch(runId, { params: { top_k: '5' } })
        await runs.logBatch(runId, { params: { top_k: '5' } })
        expect(await codeOf(runs.logBatch(runId, { params: { top_k: '8' } }))).toBe('PLATFORM_REFUSED')
        const sentence = await sentenceOf(runs.logBatch(runId, { params: { top_k: '8' } }))
        for (const part of ['top_k', '5', '8']) expect(sentence).toContain(part)
        expect((await runs.getRun(runId))?.params).toEqual({ top_k: '5' })
      })

      it('shows the latest value of a metric by step and then by time, and its history oldest first', async () => {
        const { runId } = await startRun()
        const key = 'faithfulness/v1/mean'
        const points = [
          { key, value: 0.5, timestamp: 1_000, step: 0 },
          { key, value: 0.75, timestamp: 2_000, step: 1 },
          { key, value: 0.625, timestamp: 3_000, step: 2 },
          { key, value: 0.25, timestamp: 4_000, step: 2 },
        ]
        await runs.logBatch(runId, { metrics: points.slice(2) })
        await runs.logBatch(runId, { metrics: points.slice(0, 2) })
        await runs.logBatch(runId, { metrics: [{ key: 'rows', value: -3e-7, timestamp: 1_000, step: 0 }] })
        expect((await runs.getRun(runId))?.metrics).toEqual({ [key]: 0.25, rows: -3e-7 })
        expect(await runs.metricHistory(runId, key)).toEqual(points)
        const late = { key: 'late', value: 0.5, timestamp: 9_000, step: 1 }
        await runs.logBatch(runId, { metrics: [{ key: 'late', value: 0.125, timestamp: 8_000, step: 2 }, late] })
        expect((await runs.getRun(runId))?.metrics.late).toBe(0.125)
        expect(await runs.metricHistory(runId, 'never/logged')).toEqual([])
      })

      it('takes the same batch twice', async () => {
        const { runId } = await startRun()
        const batch = {
          params: { top_k: '5' },
          metrics: [{ key: 'rows', value: 60, timestamp: 1_000, step: 0 }],
          tags: { state: 'measured' },
        }
        await runs.logBatch(runId, batch)
        await runs.logBatch(runId, batch)
        expect(await runs.getRun(runId)).toMatchObject({ params: { top_k: '5' }, metrics: { rows: 60 } })
        expect(await runs.metricHistory(runId, 'rows')).toHaveLength(1)
      })

      it('takes more in one batch than a server takes in one request', async () => {
        const { runId } = await startRun()
        const metrics = Array.from({ length: 1200 }, (_, step) => ({
          key: 'loss',
          value: step / 2,
          timestamp: 1,
          step,
        }))
        const params = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`param_${i}`, String(i)]))
        await runs.logBatch(runId, { metrics, params })
        const run = await runs.getRun(runId)
        expect(run?.metrics.loss).toBe(599.5)
        expect(Object.keys(run?.params ?? {})).toHaveLength(150)
        expect(await runs.metricHistory(runId, 'loss')).toHaveLength(1200)
      })

      it.each([
        ['a metric that is no number', { metrics: [{ key: 'rows', value: Number.NaN, timestamp: 1, step: 0 }] }],
        ['an infinite metric', { metrics: [{ key: 'rows', value: Number.POSITIVE_INFINITY, timestamp: 1, step: 0 }] }],
        ['the name of a metric with a question mark', { metrics: [{ key: 'ok?', value: 1, timestamp: 1, step: 0 }] }],
        ['the name of a param that climbs', { params: { '../up': '1' } }],
        ['the name of a param that is too long', { params: { ['x'.repeat(251)]: '1' } }],
        ['a param that is too long', { params: { prompt: 'x'.repeat(6001) } }],
      ])('refuses %s', async (_, batch) => {
        const { runId } = await startRun()
        expect(await codeOf(runs.logBatch(runId, batch))).toBe('PLATFORM_REFUSED')
        expect(await runs.getRun(runId)).toMatchObject({ params: {}, metrics: {} })
      })
    })

    describe('search', () => {
      it('finds runs by tags and status, newest start first', async () => {
        const experimentId = await runs.ensureExperiment(newExperiment())
        const start = async (tags: Record<string, string>): Promise<string> => {
          const { runId } = await runs.createRun({ experimentId, name: 'evaluate', tags })
          // Starts are counted in milliseconds.
          await new Promise((resolve) => setTimeout(resolve, 5))
          return runId
        }
        const first = await start({ version: '1', set: "it's golden" })
        const second = await start({ version: '2', set: "it's golden" })
        const third = await start({ version: '2', set: 'silver' })
        await startRun({ version: '2' })
        await runs.finishRun(second, 'FINISHED')
        const find = async (query: Omit<Parameters<Runs['searchRuns']>[0], 'experimentId'>): Promise<string[]> =>
          (await runs.searchRuns({ experimentId, ...query })).map(({ runId }) => runId)
        expect(await find({})).toEqual([third, second, first])
        expect(await find({ limit: 2 })).toEqual([third, second])
        expect(await find({ tags: { version: '2' } })).toEqual([third, second])
        expect(await find({ tags: { version: '2', set: "it's golden" } })).toEqual([second])
        expect(await find({ tags: { version: '2' }, status: 'RUNNING' })).toEqual([third])
        expect(await find({ status: 'FINISHED' })).toEqual([second])
        expect(await find({ tags: { version: '7' } })).toEqual([])
        expect(await find({ tags: { absent: '1' } })).toEqual([])
      })

      it('gives found runs whole', async () => {
        const run = await startRun({ version: '3' })
        await runs.logBatch(run.runId, {
          params: { top_k: '5' },
          metrics: [{ key: 'rows', value: 60, timestamp: 1, step: 0 }],
        })
        const [found] = await runs.searchRuns({ experimentId: run.experimentId })
        expect(found).toEqual(await runs.getRun(run.runId))
        expect(found).toMatchObject({ params: { top_k: '5' }, metrics: { rows: 60 } })
      })
    })

    describe('artifacts', () => {
      it('keeps text and bytes, nested, and replaces them', async () => {
        const { runId } = await startRun()
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
        await runs.artifacts.put(runId, 'prompt.txt', 'Answer from the passages. Grüße 👋')
        await runs.artifacts.put(runId, 'tables/deep/rows.bin', bytes)
        await runs.artifacts.put(runId, 'tables/eval_results_table.json', '{"rows":1}')
        await runs.artifacts.put(runId, 'tables/eval_results_table.json', '{"rows":22}')
        await runs.artifacts.put(runId, 'empty', '')
        expect(decode(await runs.artifacts.read(runId, 'prompt.txt'))).toBe('Answer from the passages. Grüße 👋')
        expect([...((await runs.artifacts.read(runId, 'tables/deep/rows.bin')) ?? [])]).toEqual([...bytes])
        expect(decode(await runs.artifacts.read(runId, 'tables/eval_results_table.json'))).toBe('{"rows":22}')
        expect((await runs.artifacts.read(runId, 'empty'))?.byteLength).toBe(0)
        expect(await runs.artifacts.list(runId)).toMatchObject([
          { path: 'empty', isDirectory: false, bytes: 0 },
          { path: 'prompt.txt', isDirectory: false, bytes: 38 },
          { path: 'tables', isDirectory: true },
        ])
        expect(await runs.artifacts.list(runId, 'tables')).toMatchObject([
          { path: 'tables/deep', isDirectory: true },
          { path: 'tables/eval_results_table.json', isDirectory: false, bytes: 11 },
        ])
      })

      it('keeps names with spaces and letters of any script', async () => {
        const { runId } = await startRun()
        await runs.artifacts.put(runId, 'my folder/häufige Fragen.md', 'text')
        expect(decode(await runs.artifacts.read(runId, 'my folder/häufige Fragen.md'))).toBe('text')
        expect(await runs.artifacts.list(runId, 'my folder')).toMatchObject([{ path: 'my folder/häufige Fragen.md' }])
      })

      it('keeps the artifacts of each run apart, and finds nothing where nothing is', async () => {
        const [run, other] = [await startRun(), await startRun()]
        await runs.artifacts.put(run.runId, 'a/b.txt', 'text')
        expect(await runs.artifacts.read(other.runId, 'a/b.txt')).toBeNull()
        expect(await runs.artifacts.read(run.runId, 'a/c.txt')).toBeNull()
        expect(await runs.artifacts.list(other.runId)).toEqual([])
        expect(await runs.artifacts.list(run.runId, 'nowhere')).toEqual([])
      })

      it.each(['', '/etc/passwd', '../up', 'a/../../b', 'a\\b', 'a//b', '.', 'a/', 'a\u0000b'])(
        'refuses the path %j',
        async (path) => {
          const { runId } = await startRun()
          expect(await codeOf(runs.artifacts.put(runId, path, 'text'))).toBe('PLATFORM_REFUSED')
          expect(await runs.artifacts.list(runId)).toEqual([])
        },
      )
    })

    describe('traces', () => {
      const logTrace = async (extra: { ok?: boolean; response?: unknown } = {}): Promise<string> => {
        const { runId, experimentId } = await startRun()
        return runs.traces.log({
          experimentId,
          runId,
          request: { question: 'How do I reset my password?' },
          response: { answer: 'Open Settings [1].' },
          startedAt: '2026-11-01T10:20:30.456Z',
          durationMs: 1234,
          ok: true,
          tags: { row: '7' },
          ...extra,
        })
      }

      it('keeps what was asked and answered', async () => {
        const traceId = await logTrace()
        const trace = await runs.traces.get(traceId)
        expect(traceId).toMatch(/^tr-\w+/)
        expect(trace).toMatchObject({ traceId, durationMs: 1234, ok: true, assessments: [] })
        expect(trace?.tags).toMatchObject({ row: '7' })
        expect(Date.parse(trace?.startedAt ?? '')).toBe(Date.parse('2026-11-01T10:20:30.456Z'))
        expect(trace?.requestPreview).toContain('How do I reset my password?')
        expect(trace?.responsePreview).toContain('Open Settings [1].')
        expect(trace?.experimentId).not.toBe('')
        expect(trace?.runId).not.toBe('')
      })

      it('tells a failure, and cuts what is too long to show', async () => {
        const traceId = await logTrace({ ok: false, response: 'y'.repeat(200_000) })
        const trace = await runs.traces.get(traceId)
        expect(trace?.ok).toBe(false)
        expect(trace?.responsePreview).toContain('yyyy')
        expect(trace?.responsePreview.length).toBeLessThan(50_000)
      })

      it('keeps assessments: values of each type, errors, and why', async () => {
        const traceId = await logTrace()
        const judge = { type: 'LLM_JUDGE', id: 'faithfulness-judge' } as const
        const assessments = [
          { name: 'faithfulness', source: judge, value: 0.75, rationale: 'One claim of four has no passage.' },
          { name: 'toxicity', source: { type: 'CODE', id: 'word-list' } as const, value: false },
          { name: 'verdict', source: { type: 'HUMAN', id: 'ana@example.com' } as const, value: 'yes' },
          { name: 'correctness', source: judge, error: { code: 'JUDGE_FAILED', message: 'It gave no score.' } },
        ]
        for (const assessment of assessments) await runs.traces.assess(traceId, assessment)
        const found = (await runs.traces.get(traceId))?.assessments ?? []
        const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1)
        expect([...found].sort(byName)).toEqual([...assessments].sort(byName))
      })

      it('refuses assessments that cannot be, and those of no trace', async () => {
        const traceId = await logTrace()
        const source = { type: 'CODE', id: 'test' } as const
        expect(await codeOf(runs.traces.assess(traceId, { name: 'a.b', source, value: 1 }))).toBe('PLATFORM_REFUSED')
        expect(await codeOf(runs.traces.assess(traceId, { name: 'none', source }))).toBe('PLATFORM_REFUSED')
        const both = { name: 'both', source, value: 1, error: { code: 'X', message: 'y' } }
        expect(await codeOf(runs.traces.assess(traceId, both))).toBe('PLATFORM_REFUSED')
        const nan = { name: 'nan', source, value: Number.NaN }
        expect(await codeOf(runs.traces.assess(traceId, nan))).toBe('PLATFORM_REFUSED')
        expect((await runs.traces.get(traceId))?.assessments).toEqual([])
        const absent = 'tr-0123456789abcdef0123456789abcdef'
        expect(await runs.traces.get(absent)).toBeNull()
        expect(await codeOf(runs.traces.assess(absent, { name: 'a', source, value: 1 }))).toBe('PLATFORM_NOT_FOUND')
      })
    })

    describe('datasets', () => {
      const toRecord = (question: string, extra: Partial<DatasetRecord> = {}): DatasetRecord => ({
        inputs: { question },
        expectations: { expected_response: `Answer to ${question}` },
        tags: {},
        ...extra,
      })
      const read = async (dataset: string): Promise<DatasetRecord[] | null> => {
        const records = await runs.datasets.read(dataset)
        return records && [...records].sort((a, b) => (JSON.stringify(a.inputs) < JSON.stringify(b.inputs) ? -1 : 1))
      }

      it('creates a dataset, adds records, and replaces those whose inputs are known', async () => {
        const dataset = newDataset()
        expect(await runs.datasets.read(dataset)).toBeNull()
        const [one, two] = [toRecord('A?', { tags: { kind: 'faq' } }), toRecord('B?')]
        await runs.datasets.write(dataset, [one, two])
        expect(await read(dataset)).toEqual([one, two])
        const changed = toRecord('B?', { expectations: { expected_response: 'Another', expected_facts: ['x', 'y'] } })
        const three = toRecord('C?')
        await runs.datasets.write(dataset, [changed, three])
        expect(await read(dataset)).toEqual([one, changed, three])
        await runs.datasets.write(dataset, [changed])
        expect(await read(dataset)).toEqual([one, changed, three])
      })

      it('takes inputs for the same in whatever order their keys stand', async () => {
        const dataset = newDataset()
        const inputs = { question: 'A?', filters: { doc_type: 'faq', lang: 'en' } }
        const turned = { filters: { lang: 'en', doc_type: 'faq' }, question: 'A?' }
        await runs.datasets.write(dataset, [toRecord('', { inputs })])
        await runs.datasets.write(dataset, [toRecord('', { inputs: turned, expectations: { expected_response: 'B' } })])
        const records = await runs.datasets.read(dataset)
        expect(records).toHaveLength(1)
        expect(records?.[0]).toMatchObject({ inputs, expectations: { expected_response: 'B' } })
      })
    })
  })
}
