// The gate: whether an evaluation is good enough to become Champion, by the policy, metric by metric, with reasons.
import { whyNotComparable } from '../evals/compare.ts'
import type { Estimate } from '../evals/comparison.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import { METRICS, type MetricName } from '../evals/metrics.ts'
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

/** Above this share of rows without a score for a technical reason, the scores speak for too few. */
const MAX_ERROR_SHARE = 0.05
const HOUR_MS = 3_600_000
/** Clocks of two machines may differ. */
const CLOCK_SKEW_MS = 60_000

export function judge(gate: GatePolicy, input: GateInput): GateResult {
  const { evaluation, champion } = input
  if (!evaluation) return notEvaluated('It has no finished evaluation. Evaluate it first.', 'candidate')
  const stale = whyNotCurrent(gate, evaluation, input)
  if (stale !== null) return notEvaluated(stale, 'candidate')
  const other = champion?.evaluation ?? null
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
  const errors = [tellErrors(evaluation), other && tellErrors(other)].filter((told) => told !== null)
  const verdict = worstOf([...metrics.map((each) => each.verdict), ...errors.map(() => 'investigate' as const)])
  const bad = metrics.filter((each) => each.verdict === 'fail')
  const doubtful = metrics.filter((each) => each.verdict === 'investigate')
  const reasons = [...bad, ...doubtful].map(({ reason }) => reason).concat(errors)
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

function whyNotCurrent(gate: GatePolicy, evaluation: Evaluation, { now, setDigest }: GateInput): string | null {
  const finished = Date.parse(evaluation.finishedAt)
  const age = now - finished
  if (!Number.isFinite(age)) return 'The time of its evaluation cannot be read. Evaluate it again.'
  if (age < -CLOCK_SKEW_MS) {
    return `Its evaluation is dated ${evaluation.finishedAt}, which is in the future. Check the clocks, then evaluate it again.`
  }
  if (age > gate.freshForHours * HOUR_MS) {
    return `Its evaluation is ${Math.floor(age / HOUR_MS)} hours old, and the policy takes none older than ${gate.freshForHours} hours. Evaluate it again.`
  }
  if (setDigest !== undefined && setDigest !== evaluation.set.digest) {
    return `It was evaluated on ${evaluation.set.name} as it was (digest ${evaluation.set.digest.slice(0, 8)}), and the questions have changed since (digest ${setDigest.slice(0, 8)}). Evaluate it again.`
  }
  return null
}

function whyNoChampion(gate: GatePolicy, champion: GateInput['champion']): string | null {
  if (!champion || champion.evaluation) return null
  if (Object.values(gate.metrics).every(({ maxDrop }) => maxDrop === undefined)) return null
  return `Champion v${champion.version} has no evaluation to compare with. Evaluate v${champion.version} on the same questions first.`
}

/** Rows that got no answer, or whose judge failed: kept apart from scores, and said where there are too many. */
function tellErrors({ version, rows, set }: Evaluation): string | null {
  const broken = rows.filter(
    (row) => row.error !== null || Object.values(row.scores).some((score) => score?.kind === 'error'),
  ).length
  if (broken <= MAX_ERROR_SHARE * Math.max(rows.length, 1)) return null
  const share = Math.round((100 * broken) / Math.max(rows.length, 1))
  return `${broken} of the ${set.size} questions (${share}%) ended in an error for v${version}, so its scores speak for the rest alone. Look at these rows, then evaluate it again.`
}
