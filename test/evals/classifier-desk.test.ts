// Evaluations of a classifier: on which rows, what of them counts, and how good its labels are.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { scoreLabels } from '../../src/core/score-labels.ts'
import { createClassifierDesk } from '../../src/evals/classifier-desk.ts'
import { toEvaluationTable } from '../../src/evals/describe.ts'
import { readLabelSet } from '../../src/evals/eval-set.ts'
import type { EvalSet } from '../../src/evals/evaluation.ts'
import { findEvaluation } from '../../src/evals/find-evaluation.ts'
import { readLabelRows } from '../../src/evals/held-out.ts'
import { macroF1Of } from '../../src/evals/macro-f1.ts'
import { HELD_OUT_FILE, type TextClassifier } from '../../src/platform/ports/classifier.ts'
import { openWorld, type World } from './world.ts'

const MODEL = 'ml.support.intents'
const EXPERIMENT = '/Shared/evals'
const LABELS = ['billing', 'technical', 'other']
const row = (n: number) => ({ text: `Text ${n}`, label: LABELS[n % LABELS.length] ?? '' })
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => row(from + at))

let world: World
let asked: string[] = []
beforeEach(() => {
  world = openWorld()
  asked = []
})
afterEach(async () => {
  await world.platform.close()
  await world.store.close()
})

/** A version whose run keeps these rows as held out; null keeps none. */
async function register(held: readonly { text: string; label: string }[] | null): Promise<string> {
  const { runs, registry } = world.platform
  const { runId } = await runs.createRun({
    experimentId: await runs.ensureExperiment('/Shared/training'),
    name: 'training',
  })
  if (held) await runs.artifacts.put(runId, HELD_OUT_FILE, held.map((one) => `${JSON.stringify(one)}\n`).join(''))
  return (await registry.createVersion({ model: MODEL, source: `runs:/${runId}/classifier`, runId })).version
}

/** Right but for every tenth text, and texts that it does not know. */
const classifier: TextClassifier = {
  digest: 'd1',
  labels: LABELS,
  async classify(texts) {
    asked.push(...texts)
    return texts.map((text) => {
      const n = Number(text.replace('Text ', ''))
      const label = n % 10 === 3 ? 'other' : row(n).label
      return { label, confidence: 0.9, scores: [0.9, 0.05, 0.05] }
    })
  },
}

function desk(readSet?: () => Promise<EvalSet>) {
  return createClassifierDesk({
    ...{ model: MODEL, alias: 'Champion', experiment: EXPERIMENT, registry: world.platform.registry },
    ...{ runs: world.platform.runs, classifierOf: async () => classifier },
    ...{ checkpoints: world.store.checkpoints, log: silentLog },
    ...(readSet ? { readSet } : {}),
  })
}
const hands = { signal: new AbortController().signal, onProgress: async () => {} }
const labelRows = () =>
  readLabelRows({ model: MODEL, alias: 'Champion', registry: world.platform.registry, runs: world.platform.runs })

describe('the rows', () => {
  it('are those held out of Champion, else of the first version that kept some, for every version alike', async () => {
    await expect(labelRows()).rejects.toMatchObject({ code: 'EVAL_SET_INVALID' })
    await register(null)
    await expect(labelRows()).rejects.toThrow('No version of ml.support.intents kept rows')
    const second = await register(rows(0, 12))
    await register(rows(3, 20))
    expect(await labelRows()).toMatchObject({ heldOutOf: second, set: { name: 'held-out/intents-v2' } })
    await world.platform.registry.setAlias(MODEL, 'Champion', '3')
    const now = await labelRows()
    expect(now.heldOutOf).toBe('3')
    expect(now.set.cases).toHaveLength(17)
    // Champion that kept none, such as one from elsewhere, has nothing to give.
    await world.platform.registry.setAlias(MODEL, 'Champion', '1')
    expect((await labelRows()).heldOutOf).toBe(second)
  })

  it('have one digest whichever run they were kept in, so that evaluations on them compare', async () => {
    await register(rows(0, 12))
    const first = await labelRows()
    await register(rows(0, 12).toReversed())
    await world.platform.registry.setAlias(MODEL, 'Champion', '2')
    expect((await labelRows()).set.digest).toBe(first.set.digest)
  })

  it('come from a file or a dataset where the policy names one, in both shapes, and every fault is named', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'labels-')), 'labels.jsonl')
    const { runs } = world.platform
    writeFileSync(
      file,
      '{"text": " Text 1 ", "label": "technical"}\n{"inputs": {"text": "Text 2"}, "expectations": {"label": "other"}}\n',
    )
    const set = await readLabelSet(file, { runs })
    expect(set.cases.map(({ question, expected }) => [question, expected])).toEqual([
      ['Text 1', 'technical'],
      ['Text 2', 'other'],
    ])
    const records = set.cases.map(({ question, expected }) => ({
      inputs: { text: question },
      expectations: { label: expected },
      tags: {},
    }))
    await runs.datasets.write('intents', records)
    expect((await readLabelSet('dataset:intents', { runs })).digest).toBe(set.digest)
    await expect(readLabelSet('dataset:none', { runs })).rejects.toThrow('no dataset named "none"')

    writeFileSync(
      file,
      '{"text": "", "label": "a"}\n{"text": "x"}\nnonsense\n{"text": "y", "label": "a"}\n{"text": "Y", "label": "b"}\n',
    )
    const faults = await readLabelSet(file, { runs }).catch((error: unknown) => String(error))
    for (const part of ['line 1: text: is blank', 'line 2: label:', 'line 3: this is not JSON', 'line 5: the same row'])
      expect(faults).toContain(part)
    expect(faults).toContain('{"text": "I was charged twice.", "label": "billing"}')
  })
})

describe('an evaluation', () => {
  it('labels every row, logs accuracy and macro-F1 on the run, and can be found and read again', async () => {
    const version = await register(rows(0, 30))
    const prepared = await desk().prepare(version)
    expect(prepared).toMatchObject({ judge: 'labels', set: { size: 30 }, estimate: { costUsd: 0 } })
    expect(prepared.note).toBeUndefined()
    const evaluation = await desk().run(version, hands)
    // 3, 13 and 23 were said to be other; 23 is.
    expect(evaluation.metrics).toMatchObject({ 'accuracy/v1/mean': 28 / 30, 'accuracy/mean': 28 / 30, rows: 30 })
    const f1 = scoreLabels(
      evaluation.rows.map((one) => one.answer?.text),
      evaluation.rows.map((one) => one.case.expected ?? ''),
    ).macroF1
    expect(evaluation.metrics.macro_f1).toBeCloseTo(f1, 12)
    const found = await findEvaluation({ runs: world.platform.runs, experiment: EXPERIMENT, model: MODEL, version })
    expect(found).toEqual(evaluation)
    const { table, summary } = toEvaluationTable(evaluation)
    expect(summary).toBe(
      `v1 labelled 30 rows of held-out/intents-v1: accuracy 0.93, macro-F1 ${f1.toFixed(2)} (run ${evaluation.runId}).`,
    )
    expect(table.rows[1]).toEqual(['macro_f1', f1.toFixed(2), '30', '0'])
    const files = await world.platform.runs.artifacts.list(evaluation.runId)
    expect(files.map(({ path }) => path)).toEqual(['classifier.json', 'eval_results_table.json'])
  })

  it('gives no score to rows that the version may have learned, and tells how many', async () => {
    await register(rows(0, 30))
    const second = await register(rows(12, 40))
    expect((await desk().prepare(second)).note).toBe(
      '12 of 30 rows held out of v1 do not count for v2, which may have been trained on them',
    )
    const evaluation = await desk().run(second, hands)
    const counted = evaluation.rows.filter(({ scores }) => scores.accuracy?.kind === 'score')
    expect(counted.map((one) => one.case.question)).toEqual(rows(12, 30).map(({ text }) => text))
    expect(evaluation.rows[0]?.scores.accuracy).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('may have been'),
    })
    expect(evaluation.metrics.macro_f1).toBeCloseTo(macroF1Of(counted) ?? -1, 12)
    expect(toEvaluationTable(evaluation).summary).toContain('12 rows did not count')
  })

  it('of a version that tells nothing of its training counts no row, unless the policy names the rows', async () => {
    await register(rows(0, 12))
    const other = await register(null)
    const evaluation = await desk().run(other, hands)
    expect(evaluation.metrics).not.toHaveProperty('macro_f1')
    expect(toEvaluationTable(evaluation).summary).toContain('none of which counts')
    const set = (await labelRows()).set
    const named = desk(async () => set)
    expect((await named.prepare(other)).note).toContain('whether v2 was trained on some of them is not known here')
    expect((await named.run(other, hands)).metrics).toHaveProperty('macro_f1')
  })

  it('that was broken off goes on where it was, and asks no row twice', async () => {
    const version = await register(rows(0, 30))
    const stop = new AbortController()
    const onProgress = async ({ done }: { done: number }) => {
      if (done >= 10) stop.abort(new Error('draining'))
    }
    await expect(desk().run(version, { signal: stop.signal, onProgress })).rejects.toThrow('draining')
    const evaluation = await desk().run(version, hands)
    expect(evaluation.rows).toHaveLength(30)
    const texts = asked.filter((text) => text.startsWith('Text'))
    expect(texts.length).toBe(new Set(texts).size)
    const experimentId = await world.platform.runs.ensureExperiment(EXPERIMENT)
    expect(await world.platform.runs.searchRuns({ experimentId })).toHaveLength(1)
  })
})
