// The evidence of a promotion: two evaluations, the gate's word on them, and the questions that got worse.
import type { Comparison } from '../evals/comparison.ts'
import type { CaseResult, Evaluation } from '../evals/evaluation.ts'
import { LABEL_JUDGE } from '../evals/judges/label-judge.ts'
import { macroF1Of } from '../evals/macro-f1.ts'
import { METRICS } from '../evals/metrics.ts'
import { cutText, toFigure } from './compare-text.ts'
import type { Evidence } from './evidence.ts'
import { type GateResult, judge } from './gate.ts'
import { findMetric } from './gate-estimates.ts'
import type { GateMemory } from './gate-memory.ts'
import { type Policy, policyDigest } from './policy.ts'

const MAX_REGRESSIONS = 3
/** Characters of each question and answer that the evidence keeps. */
const MAX_KEPT = 600

export interface Measured {
  evaluation: Evaluation | null
  champion: { version: string; evaluation: Evaluation | null } | null
  comparison: Comparison | null
  gate: GateResult
  /** Which of the finished evaluations of the version on these questions it is. */
  attempt: Evidence['attempt']
}

export async function measure(
  policy: Policy,
  input: Pick<Measured, 'evaluation' | 'champion'> & { now: number; setDigest?: string },
  memory: GateMemory,
): Promise<Omit<Measured, 'attempt'>> {
  const { evaluation, champion } = input
  const keys = Object.keys(policy.gate.metrics)
  const weighed = evaluation && (await memory.weigh(keys, evaluation, champion?.evaluation ?? null))
  const known = weighed ? { estimates: weighed.estimates } : {}
  const gate = judge(policy.gate, { ...input, ...known })
  return { evaluation, champion, comparison: weighed?.comparison ?? null, gate }
}

export interface EvidenceFacts {
  policy: Policy
  candidate: string
  champion: string | null
  measured: Measured
  changes: string[]
  quorum: number
  notes: string[]
}

export function toEvidence({ policy, candidate, champion, measured, changes, quorum, notes }: EvidenceFacts): Evidence {
  const { evaluation, comparison, gate } = measured
  return {
    kind: 'promotion',
    model: policy.model,
    alias: policy.alias,
    endpoint: policy.endpoint,
    candidate,
    champion,
    candidateRun: evaluation?.runId ?? null,
    championRun: measured.champion?.evaluation?.runId ?? null,
    set: evaluation ? { ...evaluation.set } : null,
    judge: evaluation?.judge ?? null,
    evaluatedAt: evaluation?.finishedAt ?? null,
    attempt: measured.attempt,
    metrics: [...toGated(gate), ...toUngated(gate, comparison)],
    verdict: gate.verdict,
    reasons: [...gate.reasons],
    notes: [...notes, ...tellLabels(measured)],
    regressions: toRegressions(comparison),
    changes,
    approvers: [...policy.approval.approvers],
    quorum,
    policy: policyDigest(policy),
  }
}

/** Of classifiers: macro-F1 over the rows that count on both sides, and how many do not count. Empty for answers in words. */
function tellLabels({ evaluation, champion }: Measured): string[] {
  if (evaluation?.judge !== LABEL_JUDGE) return []
  const isCounted = ({ scores }: CaseResult) => scores.accuracy?.kind === 'score'
  const other = champion?.evaluation ?? null
  const theirs = other?.rows.filter(isCounted)
  const known = new Set(theirs?.map((row) => row.case.id))
  const own = evaluation.rows.filter((row) => isCounted(row) && (!other || known.has(row.case.id)))
  const ids = new Set(own.map((row) => row.case.id))
  const [mine, its] = [macroF1Of(own), macroF1Of(theirs?.filter((row) => ids.has(row.case.id)) ?? [])]
  const left = evaluation.rows.length - own.length
  const against = its === null || !champion ? '' : `, and of Champion v${champion.version} ${toFigure(its)}`
  return [
    ...(mine === null
      ? []
      : [`macro-F1 of v${evaluation.version} is ${toFigure(mine)}${against}, on the ${own.length} rows that count.`]),
    ...(left === 0
      ? []
      : [`${left} of ${evaluation.rows.length} rows do not count: without an answer, or perhaps seen in a training.`]),
  ]
}

/** A gated metric without a value has no row: its reason says so. */
function toGated(gate: GateResult): Evidence['metrics'] {
  return gate.metrics.flatMap(({ key, unit, candidate, champion, delta, verdict, reason }) =>
    candidate ? [{ key, unit, candidate, champion, delta, verdict, reason }] : [],
  )
}

function toUngated(gate: GateResult, comparison: Comparison | null): Evidence['metrics'] {
  const gated = new Set(gate.metrics.map(({ key }) => findMetric(key)?.metric))
  const rest = comparison?.metrics.filter(({ metric }) => !gated.has(metric)) ?? []
  return rest.map(({ metric, key, candidate, champion, delta }) => ({
    key,
    unit: METRICS[metric].unit,
    candidate,
    champion,
    delta,
    verdict: 'not gated',
    reason: 'The policy asks nothing of it.',
  }))
}

function toRegressions(comparison: Comparison | null): Evidence['regressions'] {
  const worst = comparison?.regressions.slice(0, MAX_REGRESSIONS) ?? []
  return worst.map((each) => ({
    question: cutText(each.question, MAX_KEPT),
    metric: each.metric,
    from: each.championScore,
    to: each.candidateScore,
    candidateAnswer: cutText(each.candidateAnswer, MAX_KEPT),
    championAnswer: cutText(each.championAnswer, MAX_KEPT),
    trace: each.candidateTrace,
  }))
}
