// Puts a night together from what was measured: the verdict, the failing questions, the candidates, cost and time.
import type { Baseline } from './baseline.ts'
import { type Failing, findWorst } from './failing.ts'
import { groupFailing } from './group-failing.ts'
import { countJudgeErrors, toVerdict } from './judge-night.ts'
import type { Taken } from './measured.ts'
import type { NewCase, Night, NightAsked, NightCandidate, NightMetric } from './night.ts'
import { measureMove, type SharedRow, shareRows } from './paired.ts'

export interface MeasuredCandidate {
  version: string
  taken: Taken | null
  gate: NightCandidate['gate']
  failure: string | null
}

export interface NightFindings {
  asked: NightAsked
  version: string
  facts: Night['facts']
  newCases: readonly NewCase[]
  first: Taken
  again: Taken | null
  third: Taken | null
  baseline: Baseline | null
  note: string | null
  candidates: readonly MeasuredCandidate[]
  muted: ReadonlySet<string>
  shared: readonly SharedRow[]
  sharedAgain: readonly SharedRow[]
  metrics: readonly NightMetric[]
  questions: Night['questions']
  /** Confirmed by a second measurement, or a third; muted ones among them. */
  failing: readonly Failing[]
  durationMs: number
}

export function assembleNight(findings: NightFindings): Night {
  const { asked, version, first, again, third, baseline, facts, shared, muted, note } = findings
  const { id, model, date, zone, at } = asked
  const { metrics, questions } = findings
  const fell = metrics.flatMap(({ metric, state }) => (state === 'fell' ? [metric] : []))
  const loud = findings.failing.filter(({ caseId }) => !muted.has(caseId))
  const { evaluation } = first
  const taken = [
    first,
    ...(again ? [again] : []),
    ...(third ? [third] : []),
    ...findings.candidates.flatMap(({ taken }) => taken ?? []),
  ]
  const costs = taken.map(({ measured }) => measured.costUsd)
  const unanswered = evaluation.rows.filter(({ error }) => error !== null).length
  const worst =
    fell.length > 0 || loud.length > 0
      ? findWorst({ first: evaluation, shared, again: findings.sharedAgain, failing: loud, fell, muted })
      : []
  return {
    ...{ form: 1, state: 'done', id, model, date, zone, at, endedAt: at, version, failure: null, facts, note },
    verdict: toVerdict(metrics, questions, baseline !== null),
    champion: first.measured,
    again: again?.measured ?? null,
    third: third?.measured ?? null,
    baseline: baseline && {
      version: baseline.version,
      nights: baseline.nights.map((night) => night.id),
      shared: shared.length,
    },
    metrics: [...metrics],
    candidates: findings.candidates.map((candidate) => toCandidate(candidate, first, metrics[0]?.metric)),
    failing: groupFailing(loud, evaluation.rows),
    worst,
    newCases: [...findings.newCases],
    muted: findings.failing.length - loud.length,
    questions,
    errors: { unanswered, judge: countJudgeErrors(evaluation) },
    costUsd: costs.includes(null) ? null : costs.reduce<number>((total, cost) => total + (cost ?? 0), 0),
    durationMs: findings.durationMs,
    falseAlarm: null,
  }
}

function toCandidate(
  candidate: MeasuredCandidate,
  champion: Taken,
  main: NightMetric['metric'] | undefined,
): NightCandidate {
  const { version, taken, gate, failure } = candidate
  const move = taken && main ? measureMove(main, shareRows(taken.measured, [champion.measured])) : null
  return {
    ...{ version, gate, failure, runId: taken?.measured.runId ?? null, mean: move?.tonight ?? null },
    delta: move && { mean: move.mean, low: move.low, high: move.high, n: move.n },
  }
}
