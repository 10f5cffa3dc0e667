import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { EvalSet } from '../../src/evals/evaluation.ts'
import { createEvaluationDesk } from '../../src/evals/evaluation-desk.ts'
import { judgeOf, MODEL, openWorld, setOf, subjectOf, toAnswer } from './world.ts'

function openDesk(set: () => Promise<EvalSet> = async () => setOf(8)) {
  const world = openWorld()
  const desk = createEvaluationDesk({
    model: MODEL,
    experiment: 'evaluations',
    readSet: set,
    subjectOf: async (version) => subjectOf(version, async () => toAnswer('Yes.', { latencyMs: 30_000 })),
    judge: judgeOf(() => ({ faithfulness: { kind: 'score', value: 1 } })),
    judgeCalls: 0,
    runs: world.platform.runs,
    checkpoints: world.store.checkpoints,
    log: silentLog,
    concurrency: 4,
    price: { input: 0, output: 0 },
  })
  const run = () => desk.run('3', { signal: new AbortController().signal, onProgress: async () => {} })
  return { world, desk, run }
}

describe('the evaluation desk', () => {
  it('says what an evaluation will take, by what the one before took', async () => {
    const { desk, run } = openDesk()
    const before = await desk.prepare('3')
    expect(before).toMatchObject({ set: { size: 8 }, judge: 'offline' })
    expect(before.estimate.words).toBe('8 questions, about 2 seconds, no cost: the offline model and judge run here')
    const evaluation = await run()
    expect(evaluation.metrics).toMatchObject({ 'faithfulness/mean': 1, rows: 8 })
    expect((await desk.prepare('3')).estimate.words).toContain('8 questions, about 60 seconds')
  })

  it('still prepares a new one where the one before is damaged', async () => {
    const { world, desk, run } = openDesk()
    const { runId } = await run()
    await world.platform.runs.artifacts.put(runId, 'eval_results_table.json', '{')
    expect((await desk.prepare('3')).estimate.words).toContain('8 questions, about 2 seconds')
    expect((await run()).runId).not.toBe(runId)
  })

  it('passes on what is wrong with the set', async () => {
    const { desk } = openDesk(() => Promise.reject(new LakedeskError('EVAL_SET_INVALID', 'No question.')))
    await expect(desk.prepare('3')).rejects.toMatchObject({ code: 'EVAL_SET_INVALID' })
  })
})
