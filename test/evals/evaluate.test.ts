import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { whyNotComparable } from '../../src/evals/compare.ts'
import { findEvaluation, readEvaluation } from '../../src/evals/find-evaluation.ts'
import type { Judge } from '../../src/evals/judges/judge.ts'
import type { Runs } from '../../src/platform/ports/runs.ts'
import { judgeOf, MODEL, openWorld, runsOf, setOf, subjectOf, toAnswer, toCase, toSet } from './world.ts'

const busy = () => new LakedeskError('MODEL_BUSY', 'The model endpoint is over its rate limit. Try again later.')

async function readJson(world: ReturnType<typeof openWorld>, runId: string, path: string): Promise<unknown> {
  const body = await world.platform.runs.artifacts.read(runId, path)
  return JSON.parse(new TextDecoder().decode(body ?? undefined))
}

describe('an evaluation', () => {
  it('asks every question once and logs one run with params, tags, metrics of both forms, and artifacts', async () => {
    const world = openWorld()
    const evaluation = await world.evaluate()
    expect(world.asked.toSorted()).toEqual(setOf(6).cases.map((one) => one.question))
    const [run, ...others] = await runsOf(world)
    expect(others).toEqual([])
    expect(run).toMatchObject({ runId: evaluation.runId, status: 'FINISHED' })
    expect(run?.params).toMatchObject({
      model: MODEL,
      version: '3',
      set: 'sample/questions',
      judge: 'offline',
      num_results: '5',
      'chain.model': 'llama',
    })
    expect(run?.tags).toMatchObject({
      'lakedesk.evaluation': 'true',
      'lakedesk.model': MODEL,
      'lakedesk.version': '3',
      'lakedesk.set_digest': setOf(6).digest,
      'lakedesk.judge': 'offline',
    })
    expect(run?.metrics).toMatchObject({
      'faithfulness/v1/mean': 4,
      'faithfulness/v1/variance': 0,
      'faithfulness/v1/p90': 4,
      'faithfulness/mean': 0.75,
      'faithfulness/errors': 0,
      'latency/mean': 120,
      'token_count/v1/mean': 100,
      rows: 6,
      rows_failed: 0,
    })
    expect(run?.metrics).not.toHaveProperty('cost/mean')
    const table = await readJson(world, evaluation.runId, 'eval_results_table.json')
    expect(table).toMatchObject({ columns: expect.arrayContaining(['question', 'faithfulness/v1/score', 'trace_id']) })
    expect(await readJson(world, evaluation.runId, 'chain.json')).toEqual({
      name: 'docs',
      retrieval: { numResults: 5 },
    })
    const prompt = await world.platform.runs.artifacts.read(evaluation.runId, 'prompt_template.txt')
    expect(new TextDecoder().decode(prompt ?? undefined)).toBe('Answer from {context}.')
  })

  it('gives every row a trace with the assessments of its judge, and an error assessment where the judge failed', async () => {
    const world = openWorld()
    const judge = judgeOf(
      () => ({
        faithfulness: { kind: 'score', value: 0.5, rationale: 'Half of it.' },
        correctness: { kind: 'error', why: 'The judge answered no number.' },
        context_recall: { kind: 'score', value: 1 },
        answer_relevance: { kind: 'none', why: 'It refused.' },
      }),
      'databricks-gpt-oss-120b',
    )
    const { rows } = await world.evaluate({ judge })
    expect(new Set(rows.map((row) => row.traceId)).size).toBe(6)
    const trace = await world.platform.runs.traces.get(rows[0]?.traceId ?? '')
    expect(trace?.requestPreview).toContain('What is q01?')
    expect(trace?.responsePreview).toContain('Answer to: What is q01?')
    expect(trace?.assessments).toEqual([
      {
        name: 'faithfulness',
        source: { type: 'LLM_JUDGE', id: 'databricks-gpt-oss-120b' },
        value: 0.5,
        rationale: 'Half of it.',
      },
      {
        name: 'correctness',
        source: { type: 'LLM_JUDGE', id: 'databricks-gpt-oss-120b' },
        error: { code: 'JUDGE_FAILED', message: 'The judge answered no number.' },
      },
      { name: 'context_recall', source: { type: 'CODE', id: 'databricks-gpt-oss-120b' }, value: 1 },
    ])
  })

  it('never lets a judge error, a thrown judge, or a number off the scale into a mean', async () => {
    const world = openWorld()
    const judge = judgeOf(({ case: one }) => {
      if (one.id === 'q01') throw new Error('the judge fell over')
      if (one.id === 'q02') return { faithfulness: { kind: 'error', why: 'no verdict' } }
      if (one.id === 'q03') return { faithfulness: { kind: 'score', value: Number.NaN } }
      if (one.id === 'q04') return { faithfulness: { kind: 'score', value: 5 } }
      return { faithfulness: { kind: 'score', value: one.id === 'q05' ? 1 : 0.5 } }
    })
    const { metrics, rows } = await world.evaluate({ judge })
    expect(metrics).toMatchObject({ 'faithfulness/mean': 0.75, 'faithfulness/v1/mean': 4, 'faithfulness/errors': 4 })
    expect(metrics).toMatchObject({ rows_failed: 0, 'latency/mean': 120 })
    expect(rows[0]?.scores.correctness).toMatchObject({ kind: 'error' })
    expect(rows[3]?.scores.faithfulness).toEqual({ kind: 'error', why: 'the score 5 is not between 0 and 1' })
  })

  it.each([Number.POSITIVE_INFINITY, Number.NaN, -1])('has no use for an answer that took %d ms', async (latencyMs) => {
    const world = openWorld()
    const subject = subjectOf('3', async (question) =>
      toAnswer('Yes.', { latencyMs: question.includes('q01') ? latencyMs : 120 }),
    )
    const { metrics, rows } = await world.evaluate({ subject })
    expect(metrics).toMatchObject({ 'latency/mean': 120, rows_failed: 1 })
    expect(rows[0]?.error).toContain('MODEL_FAILED: The answer cannot be read (latencyMs:')
  })

  it('keeps a row that got no answer as an error row, and asks again where the endpoint was only busy', async () => {
    const world = openWorld()
    const tries = new Map<string, number>()
    const subject = subjectOf('3', async (question) => {
      tries.set(question, (tries.get(question) ?? 0) + 1)
      if (question.includes('q01') && tries.get(question) === 1) throw busy()
      if (question.includes('q02')) throw new LakedeskError('MODEL_EMPTY', 'The model returned an empty answer.')
      if (question.includes('q03')) throw busy()
      return toAnswer('Yes.')
    })
    const { rows, metrics } = await world.evaluate({ subject })
    expect(rows.map((row) => row.error)).toEqual([
      null,
      'MODEL_EMPTY: The model returned an empty answer.',
      'MODEL_BUSY: The model endpoint is over its rate limit. Try again later.',
      null,
      null,
      null,
    ])
    expect([...tries.values()].toSorted()).toEqual([1, 1, 1, 1, 2, 4])
    expect(metrics).toMatchObject({ rows: 6, rows_failed: 2, 'faithfulness/mean': 0.75 })
    expect(rows[1]?.scores).toEqual({})
    const trace = await world.platform.runs.traces.get(rows[1]?.traceId ?? '')
    expect(trace).toMatchObject({ ok: false, assessments: [] })
  })

  it('fails with the commonest error, and stops asking, when more than half of the questions get no answer', async () => {
    const world = openWorld()
    let asked = 0
    const subject = subjectOf('3', async () => {
      asked += 1
      throw new LakedeskError('MODEL_UNAUTHORIZED', 'The model endpoint refused the credentials.')
    })
    const failing = world.evaluate({ subject, set: setOf(40), concurrency: 2 })
    await expect(failing).rejects.toMatchObject({
      code: 'EVAL_FAILED',
      userMessage: expect.stringContaining('Mostly: MODEL_UNAUTHORIZED: The model endpoint refused the credentials.'),
    })
    expect(asked).toBeLessThan(25)
    const [run] = await runsOf(world)
    expect(run).toMatchObject({ status: 'FAILED' })
    const query = { runs: world.platform.runs, experiment: 'evaluations', model: MODEL, version: '3' }
    expect(await findEvaluation(query)).toBeNull()
    expect((await world.evaluate({ set: setOf(40) })).rows).toHaveLength(40)
  })

  it('has no more questions under way than allowed', async () => {
    const world = openWorld()
    let now = 0
    let most = 0
    const subject = subjectOf('3', async () => {
      now += 1
      most = Math.max(most, now)
      await sleep(5)
      now -= 1
      return toAnswer('Yes.')
    })
    await world.evaluate({ subject, set: setOf(20), concurrency: 3 })
    expect(most).toBe(3)
  })

  it('lets the version prepare itself once before the first question, and not where no question is left', async () => {
    const world = openWorld()
    const said: string[] = []
    const subject = {
      ...subjectOf('3', async () => {
        said.push('asked')
        return toAnswer('Yes.')
      }),
      prepare: async () => void said.push('prepared'),
    }
    const onProgress = ({ done }: { done: number }) => {
      if (done === 2) throw new Error('died')
    }
    await expect(world.evaluate({ subject, set: setOf(2), onProgress })).rejects.toThrow('died')
    await world.evaluate({ subject, set: setOf(2) })
    expect(said).toEqual(['prepared', 'asked', 'asked'])
  })

  it('hands a follow-up what was said before it', async () => {
    const world = openWorld()
    const thread = [{ role: 'user' as const, text: 'How do I export to S3?' }]
    const seen: unknown[] = []
    const subject = subjectOf('3', async (_question, _signal, said) => {
      seen.push(said)
      return toAnswer('Yes.')
    })
    const { rows } = await world.evaluate({
      subject,
      set: toSet([toCase('q1', { thread }), toCase('q2')]),
      concurrency: 1,
    })
    expect(seen).toEqual([thread, []])
    expect(rows[0]?.case.thread).toEqual(thread)
  })
})

describe('an evaluation that was broken off', () => {
  it.each([1, 2, 5, 6])('after %i rows goes on with the missing ones alone, in the same run', async (rows) => {
    const world = openWorld()
    const crash = new Error('the process died')
    const onProgress = ({ done }: { done: number }) => {
      if (done === rows) throw crash
    }
    await expect(world.evaluate({ onProgress, concurrency: 2 })).rejects.toBe(crash)
    const before = world.asked.length
    expect(before).toBeGreaterThanOrEqual(rows)
    const progress: number[] = []
    const evaluation = await world.evaluate({ onProgress: ({ done }) => void progress.push(done) })
    expect(progress).toEqual(Array.from({ length: 7 - before }, (_, at) => before + at))
    expect(world.asked.toSorted()).toEqual(setOf(6).cases.map((one) => one.question))
    expect((await runsOf(world)).map((run) => run.status)).toEqual(['FINISHED'])
    expect(evaluation.rows.map((row) => row.case.id)).toEqual(setOf(6).cases.map((one) => one.id))
    expect(new Set(evaluation.rows.map((row) => row.traceId)).size).toBe(6)
  })

  it('is the same when it was aborted, whose rows under way are asked again', async () => {
    const world = openWorld()
    const stop = new AbortController()
    const reason = new Error('the server stops')
    const subject = subjectOf('3', async (question, signal) => {
      world.asked.push(question)
      if (question.includes('q04')) stop.abort(reason)
      signal.throwIfAborted()
      return toAnswer('Yes.')
    })
    await expect(world.evaluate({ subject, signal: stop.signal, concurrency: 1 })).rejects.toBe(reason)
    expect((await runsOf(world)).map((run) => run.status)).toEqual(['RUNNING'])
    const { rows } = await world.evaluate({ subject: subjectOf('3', subject.answer), concurrency: 1 })
    expect(rows.every((row) => row.error === null)).toBe(true)
    expect(world.asked.filter((question) => question.includes('q04'))).toHaveLength(2)
    expect(world.asked).toHaveLength(7)
    expect(await runsOf(world)).toHaveLength(1)
  })

  /** Every write to the tracking server may be the last one before a crash: both before it took effect and after. */
  it('has one run, one trace a row and no question asked twice, whichever write it died at', async () => {
    const clean = openWorld()
    const writes = countWrites(clean)
    await clean.evaluate({ runs: writes.runs, concurrency: 1, set: setOf(2) })
    expect(writes.count()).toBeGreaterThan(10)
    for (let at = 1; at <= writes.count(); at++) {
      for (const when of ['before', 'after'] as const) {
        const world = openWorld()
        const dying = countWrites(world, { at, when })
        const options = { concurrency: 1, set: setOf(2) }
        await expect(world.evaluate({ runs: dying.runs, ...options })).rejects.toThrow('died')
        const { rows, runId } = await world.evaluate({ ...options, runs: dying.runs })
        const label = `${when} write ${at} (${dying.last()})`
        expect(world.asked.toSorted(), label).toEqual(['What is q01?', 'What is q02?'])
        expect(
          (await runsOf(world)).map((run) => [run.runId, run.status]),
          label,
        ).toEqual([[runId, 'FINISHED']])
        expect(await world.platform.runs.metricHistory(runId, 'rows'), label).toHaveLength(1)
        expect(new Set(dying.assessed()).size, label).toBe(dying.assessed().length)
        for (const row of rows) {
          const trace = await world.platform.runs.traces.get(row.traceId ?? '')
          expect(trace?.assessments, label).toHaveLength(1)
        }
      }
    }
  }, 60_000)

  it('starts a new run where the old one was killed on the server, and still asks nothing twice', async () => {
    const world = openWorld()
    const onProgress = ({ done }: { done: number }) => {
      if (done === 3) throw new Error('died')
    }
    await expect(world.evaluate({ onProgress, concurrency: 1 })).rejects.toThrow('died')
    const [old] = await runsOf(world)
    await world.platform.runs.finishRun(old?.runId ?? '', 'KILLED')
    const { runId, rows } = await world.evaluate()
    expect(runId).not.toBe(old?.runId)
    expect(world.asked).toHaveLength(6)
    for (const row of rows) {
      const trace = await world.platform.runs.traces.get(row.traceId ?? '')
      expect(trace?.runId).toBe(runId)
    }
  })

  it('is refused while the same one is under way, and is another one for another version', async () => {
    const world = openWorld()
    const first = world.evaluate()
    await expect(world.evaluate()).rejects.toMatchObject({
      code: 'EVAL_FAILED',
      userMessage: expect.stringContaining('under way already'),
    })
    const [three, four] = await Promise.all([first, world.evaluate({ version: '4' })])
    expect(three.runId).not.toBe(four.runId)
    expect((await world.evaluate()).runId).not.toBe(three.runId)
  })

  it('leaves no checkpoint behind', async () => {
    const world = openWorld()
    const jobs = new Set<string>()
    const checkpoints = {
      ...world.store.checkpoints,
      put: (job: string, key: string, value: unknown) => {
        jobs.add(job)
        return world.store.checkpoints.put(job, key, value)
      },
    }
    await world.evaluate({ checkpoints })
    expect(jobs.size).toBe(1)
    for (const job of jobs) expect(await world.store.checkpoints.list(job)).toEqual(new Map())
  })

  it('is not taken up by another store, nor by a job of another name', async () => {
    const world = openWorld()
    const other = openWorld()
    const onProgress = ({ done }: { done: number }) => {
      if (done === 3) throw new Error('died')
    }
    await expect(world.evaluate({ onProgress, concurrency: 1 })).rejects.toThrow('died')
    await world.evaluate({ checkpoints: other.store.checkpoints })
    await world.evaluate({ job: 'again' })
    expect((await runsOf(world)).map((run) => run.status)).toEqual(['FINISHED', 'FINISHED', 'RUNNING'])
    expect(world.asked).toHaveLength(15)
    await world.evaluate()
    expect((await runsOf(world)).map((run) => run.status)).toEqual(['FINISHED', 'FINISHED', 'FINISHED'])
    expect(world.asked).toHaveLength(18)
  })
})

describe('finding an evaluation', () => {
  it('reads back what was evaluated, row by row', async () => {
    const world = openWorld()
    const set = toSet([
      toCase('a', { facts: ['one', 'two'], also: ['b.md'], tags: ['hard'], page: null, expected: null }),
      toCase('b', { unanswerable: true, thread: [{ role: 'assistant', text: 'Zürich – “ok”' }] }),
      toCase('c'),
    ])
    const subject = subjectOf('3', async (question) => {
      if (question.includes('c')) throw new LakedeskError('MODEL_EMPTY', 'Nothing came.')
      return toAnswer('Ja.', { costUsd: 0.0001, refused: question.includes('b') })
    })
    const made = await world.evaluate({ subject, set })
    const query = { runs: world.platform.runs, experiment: 'evaluations', model: MODEL, version: '3' }
    const found = await findEvaluation(query)
    expect(found).toEqual(made)
    expect(found?.rows.map((row) => row.case)).toEqual(set.cases)
    expect(found?.rows[0]?.answer).toEqual(toAnswer('Ja.', { costUsd: 0.0001 }))
    expect(found?.rows[0]?.scores).toMatchObject({
      faithfulness: { kind: 'score', value: 0.75, rationale: 'Mostly.' },
      cost: { kind: 'score', value: 0.0001 },
    })
    expect(found?.rows[2]).toMatchObject({ answer: null, error: 'MODEL_EMPTY: Nothing came.', scores: {} })
  })

  it('takes the newest of this version, set and judge, and null where there is none', async () => {
    const world = openWorld()
    await world.evaluate()
    const newest = await world.evaluate()
    const small = await world.evaluate({ set: setOf(2) })
    const query = { runs: world.platform.runs, experiment: 'evaluations', model: MODEL, version: '3' }
    expect((await findEvaluation(query))?.runId).toBe(small.runId)
    expect((await findEvaluation({ ...query, setDigest: setOf(6).digest, judge: 'offline' }))?.runId).toBe(newest.runId)
    expect(await findEvaluation({ ...query, judge: 'another' })).toBeNull()
    expect(await findEvaluation({ ...query, version: '4' })).toBeNull()
  })

  it('keeps the form of the judge: another form is evaluated anew, and not compared with', async () => {
    const world = openWorld()
    const judge = (digest: string): Judge => ({ ...judgeOf(() => ({ toxicity: { kind: 'score', value: 0 } })), digest })
    const before = await world.evaluate({ judge: judge('aaaa1111') })
    const after = await world.evaluate({ judge: judge('bbbb2222') })
    expect([before.judgeDigest, after.judgeDigest]).toEqual(['aaaa1111', 'bbbb2222'])
    expect(after.runId).not.toBe(before.runId)
    expect(whyNotComparable(before, after)).toMatch(
      /another form of the judge offline \(aaaa1111\) than v3 \(bbbb2222\)/,
    )
    const query = { runs: world.platform.runs, experiment: 'evaluations', model: MODEL, version: '3' }
    expect((await findEvaluation({ ...query, judgeDigest: 'aaaa1111' }))?.runId).toBe(before.runId)
  })

  it.each([
    ['cut', (text: string) => text.slice(0, -20), 'is damaged'],
    ['of another shape', () => '{"columns": ["id"], "data": [["q01"]]}', 'is damaged'],
    [
      'with a word for a score',
      (text: string) => text.replace('"data":[["q01"', '"data":[[7').replace('0.75', '"good"'),
      'is damaged',
    ],
    [
      'short of a row',
      (text: string) => {
        const table = JSON.parse(text) as { columns: unknown; data: unknown[] }
        return JSON.stringify({ ...table, data: table.data.slice(1) })
      },
      'holds 5 rows, but 6 questions were asked',
    ],
    ['with a question twice', (text: string) => text.replace('["q02"', '["q01"'), 'holds a question twice'],
  ])('says in a sentence that a table is %s', async (_how, damage, why) => {
    const world = openWorld()
    const { runId } = await world.evaluate()
    const { artifacts } = world.platform.runs
    const body = new TextDecoder().decode((await artifacts.read(runId, 'eval_results_table.json')) ?? undefined)
    await artifacts.put(runId, 'eval_results_table.json', damage(body))
    await expect(readEvaluation(world.platform.runs, runId)).rejects.toMatchObject({
      code: 'PLATFORM_FAILED',
      userMessage: expect.stringContaining(why),
    })
  })

  it('names a run that is not there, and one that is no evaluation', async () => {
    const world = openWorld()
    await expect(readEvaluation(world.platform.runs, 'nope')).rejects.toMatchObject({ code: 'PLATFORM_NOT_FOUND' })
    const experimentId = await world.platform.runs.ensureExperiment('evaluations')
    const { runId } = await world.platform.runs.createRun({ experimentId, name: 'training' })
    await expect(readEvaluation(world.platform.runs, runId)).rejects.toThrow('its tags are not those of an evaluation')
  })
})

/** The tracking server of a world whose nth write throws, before or after it took effect. */
function countWrites(world: ReturnType<typeof openWorld>, death?: { at: number; when: 'before' | 'after' }) {
  let writes = 0
  let last = ''
  const assessed: string[] = []
  const dying = <A extends unknown[], R>(name: string, write: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      writes += 1
      if (writes === death?.at) last = name
      if (writes === death?.at && death.when === 'before') throw new Error('died')
      const result = await write(...args)
      // A trace is named by the server's answer: where that is lost, one trace is left that no row names.
      if (writes === death?.at) throw new Error('died')
      return result
    }
  }
  const { runs } = world.platform
  const wrapped: Runs = {
    ...runs,
    createRun: dying('createRun', runs.createRun),
    logBatch: dying('logBatch', runs.logBatch),
    finishRun: dying('finishRun', runs.finishRun),
    artifacts: { ...runs.artifacts, put: dying('put', runs.artifacts.put) },
    traces: {
      ...runs.traces,
      log: dying('log', runs.traces.log),
      assess: dying('assess', async (traceId, assessment) => {
        assessed.push(`${traceId} ${assessment.name}`)
        await runs.traces.assess(traceId, assessment)
      }),
    },
  }
  return { runs: wrapped, count: () => writes, last: () => last, assessed: () => assessed }
}
