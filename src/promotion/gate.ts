// The gate: whether an evaluation is good enough to become Champion, by the policy, metric by metric, with reasons.
import { whyNotComparable } from '../evals/compare.ts'
import type { Estimate } from '../evals/comparison.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import { METRICS, type MetricName } from '../evals/metrics.ts'
import { whyNotCurrent } from './gate-current.ts'
import { tellErrors, tellUnanswered } from './gate-errors.ts'
import { estimateForGate, type GateEstimates } from './gate-estimates.ts'
import { judgeMetric, type RuleVerdict, worstOf } from './gate-metric.ts'
import type { GatePolicy } from './policy.ts'

export interface GateInput {
  /** Of the version that is asked for; null where it was never evaluated. */
  evaluation: Evaluation | null
  /** Null where there is no Champion yet: then floors decide alone. */
  champion: { version: string; evaluation: Evaluation | null } | null
  /** Milliseconds since 1970. */
  now: number
  /** Digest of the questions that the policy names today, where that is known. */
  setDigest?: string
  /** By policy key, where they are known already; absent keys are drawn here. */
  estimates?: ReadonlyMap<string, GateEstimates | null>
}

export interface GateMetric {
  key: string
  /** Null for a key that no metric has. */
  metric: MetricName | null
  unit: string
  verdict: RuleVerdict
  reason: string
  candidate: Estimate | null
  champion: Estimate | null
  delta: Estimate | null
}

export interface GateResult {
  verdict: RuleVerdict | 'not evaluated'
  /** In the order of the policy; empty where it was not evaluated. */
  metrics: readonly GateMetric[]
  /** Sentences that say what, why and how to fix it. Of what did not pass; one that says so where all did. */
  reasons: readonly string[]
  /** Whose evaluation is missing or does not count, where the verdict is `not evaluated`. */
  missing: 'candidate' | 'champion' | 'both' | null
}

export function judge(gate: GatePolicy, input: GateInput): GateResult {
  const { evaluation, champion } = input
  if (!evaluation) return notEvaluated('It has no finished evaluation. Evaluate it first.', 'candidate')
  const other = champion?.evaluation ?? null
  const { now, setDigest } = input
  const today = { now, ...(setDigest === undefined ? {} : { setDigest }) }
  const stale = whyNotCurrent(gate, evaluation, today)
  // Where only floors are asked for, Champion's evaluation decides nothing.
  const staleOther =
    other && asksForDrop(gate) ? whyNotCurrent(gate, other, { ...today, champion: other.version }) : null
  if (stale !== null || staleOther !== null) {
    const missing = stale === null ? 'champion' : staleOther === null ? 'candidate' : 'both'
    return notEvaluated([stale, staleOther].filter((why) => why !== null).join(' '), missing)
  }
  const apart = other && whyNotComparable(evaluation, other)
  if (apart) return notEvaluated(apart, 'both')
  const bare = whyNoChampion(gate, champion)
  if (bare !== null) return notEvaluated(bare, 'champion')
  const keys = Object.entries(gate.metrics)
  if (keys.length === 0) {
    const reason =
      'The policy gates no metric, so nothing can pass. Name at least one under gate.metrics in the policy.'
    return { verdict: 'fail', metrics: [], reasons: [reason], missing: null }
  }
  const metrics = keys.map(([key, rule]): GateMetric => {
    const known = input.estimates?.get(key)
    const estimates = known === undefined ? estimateForGate(key, evaluation, other) : known
    const judged = judgeMetric({
      key,
      rule,
      estimates,
      minimumSamples: gate.minimumSamples,
      champion: champion?.version ?? null,
    })
    const unit = estimates ? METRICS[estimates.metric].unit : ''
    return { key, unit, metric: null, candidate: null, champion: null, delta: null, ...estimates, ...judged }
  })
  const unanswered = tellUnanswered(evaluation, other)
  const errors = [unanswered === null ? tellErrors(evaluation) : null, other && tellErrors(other)].filter(
    (told) => told !== null,
  )
  const verdict = worstOf([
    ...metrics.map((each) => each.verdict),
    ...(unanswered === null ? [] : (['fail'] as const)),
    ...errors.map(() => 'investigate' as const),
  ])
  const bad = metrics.filter((each) => each.verdict === 'fail')
  const doubtful = metrics.filter((each) => each.verdict === 'investigate')
  const reasons = [
    ...(unanswered === null ? [] : [unanswered]),
    ...[...bad, ...doubtful].map(({ reason }) => reason),
    ...errors,
  ]
  return {
    verdict,
    metrics,
    reasons: reasons.length > 0 ? reasons : [tellPassed(metrics.length, champion)],
    missing: null,
  }
}

function notEvaluated(reason: string, missing: GateResult['missing']): GateResult {
  return { verdict: 'not evaluated', metrics: [], reasons: [reason], missing }
}

function tellPassed(count: number, champion: GateInput['champion']): string {
  const against = champion ? ` against Champion v${champion.version}` : ''
  const alone = champion ? '' : ' There is no Champion yet, so only floors were asked for.'
  return `${count === 1 ? 'The gated metric passes' : `All ${count} gated metrics pass`}${against}.${alone}`
}

function asksForDrop(gate: GatePolicy): boolean {
  return Object.values(gate.metrics).some(({ maxDrop }) => maxDrop !== undefined)
}

function whyNoChampion(gate: GatePolicy, champion: GateInput['champion']): string | null {
  if (!champion || champion.evaluation) return null
  if (!asksForDrop(gate)) return null
  return `Champion v${champion.version} has no evaluation to compare with. Evaluate v${champion.version} on the same questions first.`
}
