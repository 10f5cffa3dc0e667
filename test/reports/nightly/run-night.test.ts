// One night after another: what is announced, what is not, and what is said once.
import { describe, expect, it } from 'vitest'
import { tellStory } from '../../../bench/lib/night-stories.ts'
import { REALISTIC_JUDGE } from '../../../bench/lib/simulated-nights.ts'
import { LakedeskError } from '../../../src/core/errors.ts'
import type { CaseResult, EvalCase } from '../../../src/evals/evaluation.ts'
import { runNight } from '../../../src/reports/nightly/run-night.ts'
import { MODEL, openRoom, toCase, toCases, toResult, toWrong } from './night-room.ts'

const isSso = ({ page }: EvalCase) => page?.startsWith('sso/') === true
const wrongWhere = (test: (one: EvalCase) => boolean) => (one: EvalCase) => (test(one) ? toWrong(one) : toResult(one))
/** All that counts on correctness is worse by 0.6 of five points. */
const worse = (one: EvalCase): CaseResult => {
  const good = toResult(one)
  return { ...good, scores: { ...good.scores, correctness: { kind: 'score', value: 0.65 } } }
}

describe('ten nights with a judge that wavers', () => {
  it('announces the regression of night 6 and nothing on the other nights', async () => {
    const { nights, evaluations } = await tellStory({
      ...{ seed: 4, judge: REALISTIC_JUDGE, nights: 10, questions: () => 60 },
      change: (night) => (night === 6 ? { everywhere: 0.1 } : {}),
    })
    expect(nights.map(({ verdict }) => verdict)).toEqual([
      ...['first', 'holds', 'holds', 'holds', 'holds', 'regression'],
      ...['recovered', 'holds', 'holds', 'holds'],
    ])
    expect(nights[5]?.metrics.filter(({ state }) => state === 'fell').map(({ metric }) => metric)).toContain(
      'correctness',
    )
    expect(evaluations).toBeGreaterThan(10)
    expect(evaluations).toBeLessThan(16)
  })

  it('misses few and cries wolf hardly ever over many seeds, where the naive rule does often', async () => {
    let [missed, wrong, naiveWrong] = [0, 0, 0]
    for (let seed = 1; seed <= 20; seed++) {
      const { nights, naive } = await tellStory({
        ...{ seed: 90_000 + seed, judge: REALISTIC_JUDGE, nights: 10, questions: () => 60 },
        change: (night) => (night === 6 ? { broken: 0.2 } : {}),
      })
      const alarms = nights.flatMap(({ verdict }, at) => (verdict === 'regression' ? [at + 1] : []))
      missed += alarms.includes(6) ? 0 : 1
      wrong += alarms.filter((night) => night !== 6).length
      naiveWrong += naive.filter((night) => night !== 6).length
    }
    expect(missed).toBeLessThanOrEqual(1)
    expect(wrong).toBeLessThanOrEqual(2)
    expect(naiveWrong).toBeGreaterThan(8)
  })
})

describe('a regression', () => {
  it('is measured twice before it is announced, and the evaluations are told apart by the night', async () => {
    const room = openRoom()
    await room.quiet(3)
    const night = await room.night({ row: worse })
    expect(night.verdict).toBe('regression')
    expect(night.metrics.find(({ metric }) => metric === 'correctness')).toMatchObject({
      state: 'fell',
      tonight: expect.closeTo(3.6),
      baseline: expect.closeTo(4.2),
      again: expect.closeTo(3.6),
      floor: 3,
      belowFloor: false,
    })
    expect(room.evaluated.slice(-2)).toEqual([`${MODEL}:2026-11-04`, `${MODEL}:2026-11-04:again`])
    expect(night.costUsd).toBeCloseTo(2 * 40 * 0.002)
  })

  it('is not announced where the second measurement does not show it', async () => {
    const room = openRoom()
    await room.quiet(3)
    const night = await room.night({ row: (one, again) => (again ? toResult(one) : worse(one)) })
    expect(night.verdict).toBe('holds')
    expect(night.metrics.find(({ metric }) => metric === 'correctness')?.state).toBe('suspected')
    expect(night.again).not.toBeNull()
  })

  it('that persists is down since that night, and its end is said once', async () => {
    const room = openRoom()
    await room.quiet(2)
    const verdicts = [
      await room.night({ row: worse }),
      await room.night({ row: worse }),
      await room.night({ row: worse }),
    ]
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['regression', 'down', 'down'])
    expect(verdicts[2]?.metrics.find(({ state }) => state === 'down')?.since).toBe('2026-11-03')
    const back = [await room.night(), await room.night()]
    expect(back.map(({ verdict }) => verdict)).toEqual(['recovered', 'holds'])
    expect(back[0]?.metrics.find(({ state }) => state === 'recovered')?.since).toBe('2026-11-03')
  })

  it('that is gone the next night with nothing changed counts as a false alarm; after a rollback or new pages it does not', async () => {
    const facts = (docs: string) => ({ parts: { facts: async () => ({ chain: 'c1', docs }) } })
    const alone = openRoom()
    await alone.quiet(2, facts('d1'))
    const { id } = await alone.night({ row: worse, ...facts('d1') })
    await alone.night(facts('d1'))
    const marked = (await alone.history()).find((night) => night.id === id)
    expect(marked?.falseAlarm).toEqual({ by: 'the next night', at: '2026-11-04T03:10:00.000Z' })

    // The same where the process died before it could be marked.
    const entry = await alone.ledger.get(id)
    await alone.ledger.update(id, entry?.revision ?? 0, { ...marked, falseAlarm: null })
    const { parts, asked } = alone.planNight({ date: '2026-11-04', ...facts('d1') })
    await runNight(parts, asked)
    expect((await alone.history()).find((night) => night.id === id)?.falseAlarm).not.toBeNull()

    const mended = openRoom()
    await mended.quiet(2, facts('d1'))
    await mended.night({ row: worse, ...facts('d1') })
    await mended.night(facts('d2'))
    expect((await mended.history()).some(({ falseAlarm }) => falseAlarm !== null)).toBe(false)

    const rolledBack = openRoom()
    await rolledBack.quiet(2, { version: '2' })
    await rolledBack.night({ version: '3', row: worse })
    expect((await rolledBack.night({ version: '2' })).verdict).toBe('recovered')
    expect((await rolledBack.history()).some(({ falseAlarm }) => falseAlarm !== null)).toBe(false)
  })

  it('of a version that was promoted since is measured against the Champion before it, and says so', async () => {
    const room = openRoom()
    await room.quiet(4, { version: '2' })
    const night = await room.night({ version: '3', row: worse })
    expect(night).toMatchObject({
      verdict: 'regression',
      baseline: { version: '2' },
      note: 'v3 is compared with v2, Champion before it.',
    })
    expect(night.baseline?.nights).toHaveLength(4)
  })

  it('through the floor of the gate is one on the first night too', async () => {
    const bad = (one: EvalCase): CaseResult => {
      const good = toResult(one)
      return { ...good, scores: { ...good.scores, faithfulness: { kind: 'score', value: 0.5 } } }
    }
    const night = await openRoom().night({ row: bad })
    expect(night.verdict).toBe('regression')
    expect(night.metrics[0]).toMatchObject({ metric: 'faithfulness', state: 'fell', belowFloor: true, delta: null })
  })
})

describe('the set and the judge', () => {
  it('compares only what was asked unchanged before, also where the set grew overnight', async () => {
    const room = openRoom()
    await room.quiet(3, { cases: toCases(40) })
    const changed = toCases(50).map((one) => (one.id === 'q1' ? { ...one, expected: 'Something else now.' } : one))
    const isOld = ({ id }: EvalCase) => Number(id.slice(1)) <= 40 && id !== 'q1'
    // The new ones and the changed one are all answered wrongly: no regression of what was there.
    const night = await room.night({ cases: changed, row: wrongWhere((one) => !isOld(one)) })
    expect(night.verdict).toBe('holds')
    expect(night.failing).toEqual([])
    expect(night.baseline?.shared).toBe(39)
    expect(night.metrics.find(({ metric }) => metric === 'correctness')?.delta).toMatchObject({ mean: 0, n: 39 })
  })

  it('counts the errors of a judge apart, and says "not measured" where they are many', async () => {
    const room = openRoom()
    await room.quiet(3)
    const failsFor = (share: number) => (one: EvalCase) => {
      const good = toResult(one)
      const isBroken = Number(one.id.slice(1)) <= 40 * share
      return isBroken
        ? { ...good, scores: { ...good.scores, faithfulness: { kind: 'error' as const, why: 'timeout' } } }
        : good
    }
    const few = await room.night({ row: failsFor(0.1) })
    expect(few).toMatchObject({ verdict: 'holds', errors: { judge: 4, unanswered: 0 } })
    expect(few.metrics[0]).toMatchObject({ metric: 'faithfulness', errors: 4, delta: { mean: 0, n: 36 } })
    const many = await room.night({ row: failsFor(0.5) })
    expect(many).toMatchObject({ verdict: 'unmeasured', errors: { judge: 20 } })
    expect(many.metrics[0]).toMatchObject({ state: 'unmeasured', errors: 20 })
    expect((await room.night()).verdict).toBe('holds')
  })

  it('starts anew where the judge changed', async () => {
    const room = openRoom()
    await room.quiet(2)
    const night = await room.night({ judge: 'other', row: worse })
    expect(night).toMatchObject({ verdict: 'first', baseline: null })
    expect(night.note).toBe("The judge is other, no longer careful, so tonight's numbers start anew.")
  })
})

describe('one failing question', () => {
  const story = (judge: typeof REALISTIC_JUDGE, broken: number, seed: number) =>
    tellStory({
      ...{ seed, judge, nights: 6, questions: () => 60 },
      change: (night) => (night === 6 ? { broken: broken / 60 } : {}),
    })

  it('is mostly found by a judge that wavers a little', async () => {
    let named = 0
    for (let seed = 1; seed <= 12; seed++) {
      const { nights } = await story(REALISTIC_JUDGE, 1, 91_000 + seed)
      named += nights[5]?.failing.some(({ caseIds }) => caseIds.includes('q001')) ? 1 : 0
    }
    expect(named).toBeGreaterThanOrEqual(6)
  })

  it('is hardly ever named for the slips of an unsteady one, on the first nights too', async () => {
    let named = 0
    for (let seed = 1; seed <= 12; seed++) {
      const { nights } = await story({ grade: 0.2, flip: 0.06, mood: 0.03 }, 0, 92_000 + seed)
      named += nights.filter(({ verdict, failing }) => verdict !== 'regression' && failing.length > 0).length
    }
    expect(named).toBeLessThanOrEqual(7)
  })

  it('that failed twice is measured a third time where a slip may explain it, and counts with what it cost', async () => {
    const { nights } = await tellStory({
      ...{ seed: 93_001, judge: { grade: 0.2, flip: 0.06, mood: 0.03 }, nights: 30, questions: () => 60 },
      change: () => ({}),
    })
    const thrice = nights.filter(({ third }) => third !== null)
    expect(thrice.length).toBeGreaterThan(0)
    for (const { third, again, champion, costUsd } of thrice) {
      expect(new Set([third?.runId, again?.runId, champion?.runId]).size).toBe(3)
      expect(costUsd).toBeCloseTo(3 * 60 * 0.001)
    }
  })
})

describe('failing questions', () => {
  it('are told where they failed twice and passed before, with what they share in the words of the data', async () => {
    const room = openRoom()
    await room.quiet(3)
    const [a, b] = [toCase(10), toCase(11)]
    const night = await room.night({ row: wrongWhere(({ id }) => [a.id, b.id].includes(id)) })
    expect(night.verdict).toBe('holds')
    expect(night.failing).toEqual([
      { label: 'SSO', cause: 'page', caseIds: ['q10', 'q11'], questions: expect.any(Array) },
    ])
    expect(night.worst[0]).toMatchObject({
      ...{ caseId: 'q10', metric: 'correctness', why: 'It names no step.', traceId: 'tr-q10' },
      ...{ before: expect.closeTo(4.2), after: expect.closeTo(1.4), got: 'I do not know.' },
    })
    // The night after they are no news.
    expect((await room.night({ row: wrongWhere(({ id }) => [a.id, b.id].includes(id)) })).failing).toEqual([])
  })

  it('that are many are a regression, whatever the means say, and are still so the next night', async () => {
    const room = openRoom()
    await room.quiet(3)
    const row = (one: EvalCase) =>
      isSso(one) ? toResult(one, { answer: null, scores: {}, error: 'Timeout after 30 s (id 4711)' }) : toResult(one)
    const night = await room.night({ row })
    expect(night).toMatchObject({ verdict: 'regression', questions: { state: 'fell' } })
    expect(night.failing).toEqual([
      {
        label: 'Timeout after 30 s (id 4711)',
        cause: 'error',
        caseIds: expect.any(Array),
        questions: expect.any(Array),
      },
    ])
    expect(night.failing[0]?.caseIds).toHaveLength(8)
    expect(await room.night({ row })).toMatchObject({
      verdict: 'down',
      questions: { state: 'down', since: '2026-11-04' },
    })
    expect(await room.night()).toMatchObject({ verdict: 'recovered' })
  })

  it('that are muted are measured, counted and not told', async () => {
    const room = openRoom()
    await room.quiet(3)
    const muted = async () => new Set(['q10'])
    const both = await room.night({ row: wrongWhere(({ id }) => ['q10', 'q11'].includes(id)), parts: { muted } })
    expect(both.failing).toEqual([
      { label: null, cause: 'alone', caseIds: ['q11'], questions: ['How does step 11 of SSO work?'] },
    ])
    expect(both).toMatchObject({ muted: 1 })
    expect(both.worst.map(({ caseId }) => caseId)).toEqual(['q11'])
    const alone = openRoom()
    await alone.quiet(3)
    const none = await alone.night({ row: wrongWhere(({ id }) => id === 'q10'), parts: { muted } })
    expect(none).toMatchObject({ verdict: 'holds', failing: [], again: null })
  })
})

describe('a night that cannot be measured', () => {
  it('says why: no Champion, and an evaluation that failed', async () => {
    const room = openRoom()
    expect(await room.night({ version: null })).toMatchObject({
      verdict: 'failed',
      failure: `No version of ${MODEL} is Champion yet, so there was nothing to measure. Promote one first.`,
    })
    const why = 'The promotion policy names no evaluation set, so there is nothing to ask.'
    const evaluate = () => Promise.reject(new LakedeskError('EVAL_SET_INVALID', why))
    expect(await room.night({ parts: { evaluate } })).toMatchObject({ verdict: 'failed', version: '3', failure: why })
    // It is no part of any baseline, and no end of anything.
    expect((await room.night()).verdict).toBe('first')
  })

  it('shows a candidate that failed beside a Champion that was measured', async () => {
    const room = openRoom()
    await room.night()
    const night = await room.night({
      candidates: ['3', '4', '5'],
      rowOf: (version, one) => {
        if (version === '5') throw new LakedeskError('CHAIN_INVALID', 'Version 5 holds no RAG chain.')
        const good = toResult(one)
        return { ...good, scores: { ...good.scores, faithfulness: { kind: 'score', value: 1 } } }
      },
      parts: { judgeCandidate: () => 'pass' },
    })
    expect(night.verdict).toBe('holds')
    expect(night.candidates).toMatchObject([
      { version: '4', gate: 'pass', mean: 5, delta: { mean: expect.closeTo(0.4), n: 40 }, failure: null },
      { version: '5', gate: null, mean: null, failure: 'Version 5 holds no RAG chain.' },
    ])
  })

  it('asks nothing twice after a crash, and is written once', async () => {
    const room = openRoom()
    await room.quiet(3)
    const { parts, asked } = room.planNight({ date: '2026-11-04', row: worse })
    const finished = new Map<string, Awaited<ReturnType<typeof parts.evaluate>>>()
    const counted: string[] = []
    const evaluate: typeof parts.evaluate = async (version, hands) => {
      counted.push(hands.apart)
      const evaluation = await parts.evaluate(version, hands)
      finished.set(evaluation.runId, evaluation)
      return evaluation
    }
    const readEvaluation = async (runId: string) => {
      const found = finished.get(runId)
      if (!found) throw new Error(`no run ${runId}`)
      return found
    }
    // The process dies when the second measurement begins.
    const dies: typeof parts.evaluate = (version, hands) =>
      hands.apart.endsWith(':again') ? Promise.reject(new Error('killed')) : evaluate(version, hands)
    await expect(runNight({ ...parts, readEvaluation, evaluate: dies, isPassing: () => true }, asked)).rejects.toThrow(
      'killed',
    )
    expect(await room.history()).toHaveLength(3)
    const night = await runNight({ ...parts, readEvaluation, evaluate }, asked)
    expect(night.verdict).toBe('regression')
    expect(counted).toEqual([asked.id, `${asked.id}:again`])
    expect(await runNight({ ...parts, evaluate: () => Promise.reject(new Error('asked again')) }, asked)).toEqual(night)
  })
})

describe('questions from users', () => {
  it('are named on the first night that measured them, and on no other', async () => {
    const room = openRoom()
    const since: (string | null)[] = []
    const cases = (count: number) =>
      [...toCases(20), toCase(41, { id: 'c-1' }), toCase(42, { id: 'c-2' })].slice(0, 20 + count)
    const accepted = (ids: string[]) => ({
      newCases: async (after: string | null) => {
        since.push(after)
        return ids.map((caseId) => ({ caseId, question: `What of ${caseId}?`, by: 'Ana' }))
      },
    })
    await room.quiet(1, { cases: toCases(20) })
    // The night ran late: one was accepted after its moment and still measured, the other while it was measured.
    const late = await room.night({ cases: cases(1), parts: accepted(['c-1', 'c-2']) })
    expect(late.newCases.map(({ caseId }) => caseId)).toEqual(['c-1'])
    const next = await room.night({ cases: cases(2), parts: accepted(['c-1', 'c-2']) })
    expect(next.newCases.map(({ caseId }) => caseId)).toEqual(['c-2'])
    expect((await room.night({ cases: cases(2), parts: accepted(['c-1', 'c-2']) })).newCases).toEqual([])
    expect(since).toEqual([null, null, null])
    await room.quiet(14)
    await room.night({ parts: accepted([]) })
    expect(since.at(-1)).not.toBeNull()
  })
})
