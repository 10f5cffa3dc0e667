// When a metric has fallen: beyond noise, by enough to matter, or through the gate's floor; and when a second look confirms it.
import { METRICS, type MetricName } from '../../evals/metrics.ts'
import type { NightGate } from './night.ts'
import { gainOf, type Move } from './paired.ts'
import { studentQuantile } from './student.ts'

/** Chance that noise alone makes any of the metrics suspect on one night: a second measurement is all it costs. */
const SUSPECT_ALPHA = 0.15
/** Chance that both measurements together are, by noise alone, as bad on any of the metrics. */
const CONFIRM_ALPHA = 0.01
/** Where the floor is crossed the drop need not be large, but it must be one. */
const FLOOR_ALPHA = 0.05
/** Of the drop that the gate allows for good: half of it, on one night, is worth a word. */
const SHARE_OF_DROP = 0.5
/** Without a rule of the gate, on the scale of the key. */
const LEAST_EFFECT = { 'one-to-five': 0.15, share: 0.05, ratio: 0.05, raw: 0 } as const
/** Of a measured quantity without a rule: a quarter of what it was. */
const LEAST_RAW_SHARE = 0.25
/** Fewer pairs say nothing. */
export const FEWEST_PAIRS = 10
const EPSILON = 1e-9

/** How much worse it must be to matter, on the scale of the key. */
export function leastEffect(metric: MetricName, gate: NightGate, baseline: number): number {
  const { key, scale } = METRICS[metric]
  const drop = gate.metrics[key]?.maxDrop
  if (drop !== undefined && drop > 0) return drop * SHARE_OF_DROP
  return scale === 'raw' ? Math.abs(baseline) * LEAST_RAW_SHARE : LEAST_EFFECT[scale]
}

/** True where `mean` is on the wrong side of the gate's floor. */
export function isBelowFloor(metric: MetricName, mean: number, gate: NightGate): boolean {
  const floor = gate.metrics[METRICS[metric].key]?.floor
  return floor !== undefined && gainOf(metric, mean - floor) < -EPSILON
}

/** Of so many metrics that are looked at together (Bonferroni). */
export function isSuspect(move: Move, gate: NightGate, metrics: number): boolean {
  if (move.n < FEWEST_PAIRS) return false
  if (crossesFloor(move, gate)) return true
  return isLarge(move.metric, move.mean, move.baseline, gate) && isBeyondNoise(move, SUSPECT_ALPHA / metrics)
}

/**
 * `again` is the second measurement beside the same baseline, `both` the two as one. Both together must be large and beyond noise,
 * and the second alone must say at least half of it: it was not chosen for looking bad. What crossed the floor must have crossed it
 * twice.
 */
export function isConfirmed(first: Move, again: Move, both: Move, gate: NightGate, metrics: number): boolean {
  if (again.n < FEWEST_PAIRS) return false
  if (crossesFloor(first, gate) && crossesFloor(again, gate)) return true
  const { metric, mean, baseline } = both
  if (gainOf(metric, again.mean) > -leastEffect(metric, gate, baseline) / 2) return false
  return isLarge(metric, mean, baseline, gate) && isBeyondNoise(both, CONFIRM_ALPHA / metrics)
}

/**
 * Whether what was announced is still so. It is over when less than half of what would matter is left, or when the difference may
 * be noise: the line is lower than for an alarm, so that one night does not say it is over and the next that it is back.
 */
export function isStillDown(move: Move, gate: NightGate): boolean {
  if (isBelowFloor(move.metric, move.tonight, gate) && !isBelowFloor(move.metric, move.baseline, gate)) return true
  const least = leastEffect(move.metric, gate, move.baseline) / 2
  return gainOf(move.metric, move.mean) <= -least + EPSILON && isBeyondNoise(move, 0.1)
}

function crossesFloor(move: Move, gate: NightGate): boolean {
  const { metric, tonight, baseline } = move
  if (!isBelowFloor(metric, tonight, gate) || isBelowFloor(metric, baseline, gate)) return false
  return isBeyondNoise(move, FLOOR_ALPHA)
}

function isLarge(metric: MetricName, mean: number, baseline: number, gate: NightGate): boolean {
  return gainOf(metric, mean) <= -leastEffect(metric, gate, baseline) + EPSILON && gainOf(metric, mean) < -EPSILON
}

/** Worse, by one side of Student's t. */
function isBeyondNoise({ metric, mean, error, degrees }: Move, alpha: number): boolean {
  const gain = gainOf(metric, mean)
  if (error === 0) return gain < -EPSILON
  return gain / error < studentQuantile(alpha, degrees)
}
