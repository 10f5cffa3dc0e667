// One rule of the gate against one metric: a floor, a largest drop, and the sentences that say how it came out.
import { METRICS } from '../evals/metrics.ts'
import { toFigure, toInterval } from './compare-text.ts'
import type { GateEstimates } from './gate-estimates.ts'
import type { MetricRule } from './policy.ts'

export type RuleVerdict = 'pass' | 'fail' | 'investigate'

export interface Judged {
  verdict: RuleVerdict
  /** One sentence for each thing that was asked. */
  reason: string
}

export interface RuleContext {
  key: string
  rule: MetricRule
  /** Null for a key that no metric has. */
  estimates: GateEstimates | null
  minimumSamples: number
  /** Null where there is no Champion yet: then no drop is asked for. */
  champion: string | null
}

/** Sums of floating point numbers are not exact: what differs by less is on the line, which is good enough. */
const EPSILON = 1e-9
const SEVERITY = { pass: 0, investigate: 1, fail: 2 } as const

export function worstOf(verdicts: readonly RuleVerdict[]): RuleVerdict {
  return verdicts.reduce<RuleVerdict>((worst, next) => (SEVERITY[next] > SEVERITY[worst] ? next : worst), 'pass')
}

/** Where an interval of "how good" stands to a line: wholly at or above it, wholly below, or across. */
function judgeInterval(low: number, high: number, line: number): RuleVerdict {
  if (low >= line - EPSILON) return 'pass'
  return high < line - EPSILON ? 'fail' : 'investigate'
}

/** Closed: a key nobody knows, a metric without a value and too few samples fail. */
export function judgeMetric(context: RuleContext): Judged {
  const { key, rule, estimates, minimumSamples, champion } = context
  if (!estimates) {
    return fail(
      `${key} is no metric that Lakedesk knows, so it cannot pass. Correct the key under gate.metrics in the policy.`,
    )
  }
  const { candidate, delta } = estimates
  if (!candidate) {
    return fail(
      `${key} has no value: no question was scored on it. Evaluate the version with a judge that scores ${estimates.metric}.`,
    )
  }
  if (candidate.n < minimumSamples) {
    return fail(
      `${key} rests on ${candidate.n} scored questions, and at least ${minimumSamples} are asked for. Evaluate on more questions.`,
    )
  }
  const judged: Judged[] = []
  if (rule.floor !== undefined) judged.push(judgeFloor(context, rule.floor, estimates))
  if (rule.maxDrop !== undefined && champion !== null) {
    if (!delta || delta.n < minimumSamples) {
      const pairs = delta?.n ?? 0
      return fail(
        `${key} was scored on ${pairs} questions on both sides, and at least ${minimumSamples} are asked for to compare it with Champion. Evaluate Champion again.`,
      )
    }
    judged.push(judgeDrop(context, rule.maxDrop, estimates))
  }
  const verdict = worstOf(judged.map((each) => each.verdict))
  // What passed is no reason why the rest did not.
  const told = judged.filter((each) => verdict === 'pass' || each.verdict !== 'pass').map(({ reason }) => reason)
  if (told.length > 0) return { verdict, reason: told.join(' ') }
  const alone = `${key} ${toFigure(candidate.mean)} (${toInterval(candidate)}); there is no Champion to compare it with.`
  return { verdict, reason: alone }
}

function fail(reason: string): Judged {
  return { verdict: 'fail', reason }
}

function judgeFloor({ key }: RuleContext, floor: number, { metric, candidate }: GateEstimates): Judged {
  if (!candidate) return fail(`${key} has no value.`)
  const { higherIsBetter } = METRICS[metric]
  const verdict = higherIsBetter
    ? judgeInterval(candidate.low, candidate.high, floor)
    : judgeInterval(-candidate.high, -candidate.low, -floor)
  const limit = higherIsBetter ? `at least ${toFigure(floor)} is asked for` : `at most ${toFigure(floor)} is allowed`
  const doubt = verdict === 'investigate' ? ', and the interval lies across that line' : ''
  return { verdict, reason: `${key} ${toFigure(candidate.mean)} (${toInterval(candidate)}): ${limit}${doubt}.` }
}

function judgeDrop({ key, champion }: RuleContext, maxDrop: number, estimates: GateEstimates): Judged {
  const { metric, candidate, delta } = estimates
  if (!candidate || !delta) return fail(`${key} cannot be compared.`)
  const { higherIsBetter } = METRICS[metric]
  const verdict = higherIsBetter
    ? judgeInterval(delta.low, delta.high, -maxDrop)
    : judgeInterval(-delta.high, -delta.low, -maxDrop)
  const better = higherIsBetter ? delta.mean : -delta.mean
  const [least, most] = higherIsBetter ? [delta.low, delta.high] : [-delta.high, -delta.low]
  const moved = toMoved(better)
  const doubt =
    verdict === 'investigate' ? `, and the interval (${toMoved(least)} to ${toMoved(most)}) lies across that line` : ''
  const against = estimates.champion ? ` ${toFigure(estimates.champion.mean)}` : ''
  return {
    verdict,
    reason: `${key} ${toFigure(candidate.mean)} (${toInterval(candidate)}) against Champion v${champion}${against}: ${moved}, at most ${toFigure(maxDrop)} worse is allowed${doubt}.`,
  }
}

function toMoved(better: number): string {
  const size = toFigure(Math.abs(better))
  if (size === '0') return 'no change'
  return `${size} ${better > 0 ? 'better' : 'worse'}`
}
