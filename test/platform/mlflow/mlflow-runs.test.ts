// The driver of runs over a scripted server: limits, pages, quoting and repeated calls. The contract runs in test/live.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMlflowRuns } from '../../../src/platform/mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../../../src/platform/mlflow/mlflow-http.ts'
import { quoteKey, quoteValue, tagCondition } from '../../../src/platform/mlflow/write-filter.ts'
import type { Runs } from '../../../src/platform/ports/runs.ts'
import { codeOf, sentenceOf } from '../contract-basics.ts'
import { type Answer, type Asked, startScriptedServer } from './scripted-server.ts'

async function open(reply: (asked: Asked, nth: number) => Answer): Promise<{ runs: Runs; asked: Asked[] }> {
  const { baseUrl, asked } = await startScriptedServer(reply)
  return { runs: createMlflowRuns({ http: createMlflowHttp({ baseUrl, retryMs: 2000 }) }), asked }
}

const run = (id: string, more: object = {}) => ({
  info: { run_id: id, experiment_id: 1, run_name: id, status: 'FINISHED', start_time: '1760000000000', ...more },
  data: { tags: [{ key: 'set', value: 'golden' }] },
})
const list = z.array(z.unknown())
const batchSchema = z.object({ metrics: list, params: list, tags: list })

describe('batches', () => {
  it('keeps every limit of a request, and sends everything once', async () => {
    const { runs, asked } = await open(() => ({ json: {} }))
    const values = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'é'.repeat(5000)]))
    const metrics = Array.from({ length: 3500 }, (_, step) => ({ key: 'loss', value: step, timestamp: 1, step }))
    await runs.logBatch('r1', { params: values(250), tags: values(210), metrics })
    const bodies = asked.map(({ body }) => batchSchema.parse(body))
    for (const body of bodies) {
      expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1_000_000)
      expect(body.params.length).toBeLessThanOrEqual(100)
      expect(body.tags.length).toBeLessThanOrEqual(100)
      expect(body.params.length + body.tags.length + body.metrics.length).toBeLessThanOrEqual(1000)
    }
    const sent = (kind: 'params' | 'tags' | 'metrics') =>
      new Set(bodies.flatMap((b) => b[kind]).map((e) => JSON.stringify(e)))
    expect([sent('params').size, sent('tags').size, sent('metrics').size]).toEqual([250, 210, 3500])
  })

  it('sends nothing of a batch with a metric that is no number, or a value that would be cut', async () => {
    const { runs, asked } = await open(() => ({ json: {} }))
    const metrics = [{ key: 'mean', value: Number.NaN, timestamp: 1, step: 0 }]
    expect(await sentenceOf(runs.logBatch('r1', { params: { a: 'b' }, metrics }))).toContain('mean is NaN')
    expect(await codeOf(runs.logBatch('r1', { tags: { note: 'x'.repeat(8001) } }))).toBe('PLATFORM_REFUSED')
    await runs.logBatch('r1', {})
    expect(asked).toEqual([])
  })

  it('sends a batch again where nobody knows whether it happened', async () => {
    const { runs, asked } = await open((_asked, nth) => (nth === 0 ? (r) => r.socket?.destroy() : { json: {} }))
    await runs.logBatch('r1', { tags: { a: 'b' } })
    expect(asked).toHaveLength(2)
  })
})

describe('search', () => {
  it.each([
    ['plain', "'plain'"],
    ["it's", '"it\'s"'],
    ['say "hi"', '\'say "hi"\''],
    ['it\'s "both"', undefined],
    ['back\\slash', undefined],
    ['two\nlines', undefined],
    ["x' OR '1'='1", "\"x' OR '1'='1\""],
  ])('writes the value %j as %s', (value, written) => {
    expect(quoteValue(value)).toBe(written)
  })

  it('writes keys in backticks, and leaves out what the grammar cannot hold', () => {
    expect(quoteKey('eval.set/name v1')).toBe('`eval.set/name v1`')
    for (const odd of ['a`b', "a'b", 'a"b', 'a\\b', '']) expect(quoteKey(odd)).toBeUndefined()
    expect(tagCondition('set', "it's")).toBe('tags.`set` = "it\'s"')
    expect(tagCondition('set', 'a\\b')).toBeUndefined()
  })

  it('asks for what can be asked, compares the rest itself, and stops at the limit', async () => {
    const { runs, asked } = await open((_asked, nth) => ({
      json: {
        runs: [run(`a${nth}`), { ...run(`b${nth}`), data: { tags: [{ key: 'set', value: 'GOLDEN' }] } }],
        next_page_token: `page ${nth + 1}`,
      },
    }))
    const query = { experimentId: '1', tags: { set: 'golden' }, status: 'FINISHED' as const, limit: 3 }
    const found = await runs.searchRuns(query)
    expect(found.map(({ runId }) => runId)).toEqual(['a0', 'a1', 'a2'])
    expect(asked).toHaveLength(3)
    expect(asked[2]?.body).toEqual({
      experiment_ids: ['1'],
      filter: "tags.`set` = 'golden' AND attributes.status = 'FINISHED'",
      run_view_type: 'ACTIVE_ONLY',
      max_results: 3,
      order_by: ['attributes.start_time DESC'],
      page_token: 'page 2',
    })
  })

  it.each([
    ['one page', ['again'], 2],
    ['a circle of pages', ['a', 'b', 'c'], 4],
  ])('refuses a list that never ends: %s', async (_, tokens, asks) => {
    const { runs, asked } = await open((_asked, nth) => ({
      json: { runs: [], next_page_token: tokens[nth % tokens.length] },
    }))
    await expect(runs.searchRuns({ experimentId: '1' })).rejects.toMatchObject({ code: 'PLATFORM_FAILED' })
    expect(asked).toHaveLength(asks)
  })
})

describe('metrics', () => {
  it('reads all pages oldest first, numbers as text, and leaves out what is no number', async () => {
    const { runs } = await open(({ url }) => {
      const second = url.includes('page_token=2')
      const point = { key: 'm', value: 0.5, timestamp: '2000', step: '1' }
      if (second)
        return {
          json: {
            metrics: [
              { ...point, timestamp: 1000, step: 0 },
              { ...point, value: 'NaN' },
            ],
          },
        }
      return { json: { metrics: [point, { ...point, value: 'Infinity' }], next_page_token: '2' } }
    })
    expect(await runs.metricHistory('r1', 'm')).toEqual([
      { key: 'm', value: 0.5, timestamp: 1000, step: 0 },
      { key: 'm', value: 0.5, timestamp: 2000, step: 1 },
    ])
  })
})

describe('artifacts', () => {
  const withRoot = (artifact_uri: string) =>
    open(({ method, url }) => {
      if (method === 'GET' && url.includes('runs/get')) return { json: { run: run('r1', { artifact_uri }) } }
      return { text: 'body' }
    })

  it.each(['mlflow-artifacts:/1/r1/artifacts', 'mlflow-artifacts://host:5000/1/r1/artifacts/'])(
    'finds files of %s behind the proxy',
    async (root) => {
      const { runs, asked } = await withRoot(root)
      await runs.artifacts.put('r1', 'my folder/ä?.txt', 'x')
      expect(asked[1]).toMatchObject({
        method: 'PUT',
        url: '/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts/my%20folder/%C3%A4%3F.txt',
        body: 'x',
      })
      expect(Buffer.from((await runs.artifacts.read('r1', 'a.txt')) ?? []).toString()).toBe('body')
    },
  )

  it.each(['s3://bucket/1/r1', '/tmp/mlruns/1', 'dbfs:/databricks/mlflow-tracking/1/r1'])(
    'says how to start the server where files are at %s',
    async (root) => {
      const { runs } = await withRoot(root)
      expect(await sentenceOf(runs.artifacts.put('r1', 'a.txt', 'x'))).toContain('--serve-artifacts')
    },
  )

  it('asks nothing for a path that climbs', async () => {
    const { runs, asked } = await withRoot('mlflow-artifacts:/1/r1/artifacts')
    expect(await codeOf(runs.artifacts.read('r1', '../../2/secret'))).toBe('PLATFORM_REFUSED')
    expect(await codeOf(runs.artifacts.list('r1', '..'))).toBe('PLATFORM_REFUSED')
    expect(asked).toEqual([])
  })
})

describe('traces', () => {
  const info = (traceId: string, assessments: object[] = []) => ({
    trace: {
      trace_info: {
        trace_id: traceId,
        request_time: '2026-11-01T10:20:30Z',
        tags: { 'mlflow.artifactLocation': `mlflow-artifacts:/1/traces/${traceId}/artifacts` },
        assessments,
      },
    },
  })
  const source = { type: 'CODE', id: 'words' } as const

  it('sends the same trace again after a broken connection, so that it stays one', async () => {
    const idSchema = z.object({ trace: z.object({ trace_info: z.object({ trace_id: z.string() }) }) })
    const { runs, asked } = await open(({ body, url }, nth) => {
      if (nth === 0) return (response) => response.socket?.destroy()
      if (url === '/api/3.0/mlflow/traces') return { json: info(idSchema.parse(body).trace.trace_info.trace_id) }
      return { json: {} }
    })
    const startedAt = '2026-11-01T10:20:30.000Z'
    const trace = { experimentId: '1', runId: 'r1', request: 'q', response: 'a', startedAt, durationMs: 5, ok: true }
    const traceId = await runs.traces.log(trace)
    expect(asked.slice(0, 2).map(({ body }) => idSchema.parse(body).trace.trace_info.trace_id)).toEqual([
      traceId,
      traceId,
    ])
    expect(asked.map(({ method, url }) => `${method} ${url}`).slice(2)).toEqual([
      `PUT /api/2.0/mlflow-artifacts/artifacts/1/traces/${traceId}/artifacts/traces.json`,
      'POST /api/2.0/mlflow/traces/link-to-run',
    ])
  })

  it('replaces what the same judge said before, and adds what another one says', async () => {
    const known = {
      assessment_id: 'a-1',
      assessment_name: 'toxicity',
      source: { source_type: 'CODE', source_id: 'words' },
      feedback: { value: 0 },
    }
    const { runs, asked } = await open(({ method }) => ({ json: method === 'GET' ? info('tr-1', [known]) : {} }))
    await runs.traces.assess('tr-1', { name: 'toxicity', source, value: 1 })
    await runs.traces.assess('tr-1', { name: 'toxicity', source: { type: 'HUMAN', id: 'ana' }, value: 1 })
    const path = '/api/3.0/mlflow/traces/tr-1/assessments'
    const writes = asked.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url}`)
    expect(writes).toEqual([`PATCH ${path}/a-1`, `POST ${path}`])
  })
})

describe('datasets', () => {
  it('agrees on the oldest of a name, reads every page, and says where the answer is broken', async () => {
    const page = (question: string) =>
      JSON.stringify([{ dataset_record_id: question, inputs: { question }, tags: null }])
    const { runs, asked } = await open(({ url }) => {
      if (url.endsWith('/search')) {
        const datasets = [
          { dataset_id: 'd-new', name: 'golden', created_time: 2 },
          { dataset_id: 'd-old', name: 'golden', created_time: 1 },
          { dataset_id: 'd-else', name: 'Golden', created_time: 0 },
        ]
        return { json: { datasets } }
      }
      if (url.includes('page_token=2')) return { json: { records: page('B?') } }
      return { json: { records: page('A?'), next_page_token: '2' } }
    })
    const records = await runs.datasets.read('golden')
    expect(records?.map(({ inputs }) => inputs.question)).toEqual(['A?', 'B?'])
    expect(records?.[0]).toEqual({ inputs: { question: 'A?' }, expectations: {}, tags: {} })
    expect(asked[1]?.url).toContain('/datasets/d-old/records')
    const broken = await open(({ url }) =>
      url.endsWith('/search')
        ? { json: { datasets: [{ dataset_id: 'd', name: 'golden' }] } }
        : { json: { records: '[{' } },
    )
    expect(await codeOf(broken.runs.datasets.read('golden'))).toBe('PLATFORM_FAILED')
  })
})
