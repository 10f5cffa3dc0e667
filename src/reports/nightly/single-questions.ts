// Whether a question that fails anew is news by itself: far beyond the noise of its own history, and too often for a slip of the judge.
import type { MetricName } from '../../evals/metrics.ts'
import { expectedFailing, type Failing, findFailing } from './failing.ts'
import type { NightRow } from './night.ts'
import { gainOf, type SharedRow } from './paired.ts'
import { normalQuantile } from './student.ts'

/** Chance that noise alone lets any question of the set be told on one night (Bonferroni over the questions). */
const ALPHA = 0.02
/** How many measurements of one question the noise of all questions counts as, beside its own. */
const SHARED_WEIGHT = 6

export interface Looks {
  /** The first measurement beside the baseline, and the same of each later one. */
  shared: readonly SharedRow[]
  more: readonly (readonly SharedRow[])[]
}

/** Those of `failing`, which failed in each look, that noise does not explain. */
export function findBeyondNoise(failing: readonly Failing[], looks: Looks): Failing[] {
  return judgeSingles(failing, looks, 1 + looks.more.length)
}

/** True where one more measurement that comes out the same would make one of them news. */
export function isWorthAnotherLook(failing: readonly Failing[], looks: Looks): boolean {
  return judgeSingles(failing, looks, 2 + looks.more.length).length > 0
}

/** Those that one measurement puts far below what noise explains, by the metric they fail on: one look is not enough to tell them. */
export function findFar(failing: readonly Failing[], shared: readonly SharedRow[]): Failing[] {
  return failing.filter((each) => isFar(each, { shared, more: [] }, 1))
}

function judgeSingles(failing: readonly Failing[], looks: Looks, count: number): Failing[] {
  const { length } = looks.shared
  return failing.filter((each) => length * slipRate(each.metric, looks) ** count <= ALPHA && isFar(each, looks, count))
}

function isFar({ caseId, metric }: Failing, looks: Looks, count: number): boolean {
  const row = looks.shared.find(({ tonight }) => tonight.id === caseId)
  if (!row) return false
  // No answer in any of them: nothing to measure, and no judge that slips.
  if (metric === null) return true
  const tonight = [
    row.tonight,
    ...looks.more.flatMap((rows) => rows.find((each) => each.tonight.id === caseId)?.tonight ?? []),
  ]
  const questions = looks.shared.length
  return isFarBelow(metric, { tonight, before: row.before }, pooledNoise(metric, looks), { questions, count })
}

/** Chance that a question which passes by itself fails on this metric in one measurement. */
function slipRate(metric: Failing['metric'], { shared, more }: Looks): number {
  if (shared.length === 0) return 0
  const ofMetric = (failing: readonly Failing[]) => failing.filter((each) => each.metric === metric)
  const known = expectedFailing(shared, ofMetric)
  if (known !== null) return known / shared.length
  const all = [shared, ...more].map((rows) => ofMetric(findFailing(rows)).map(({ caseId }) => caseId))
  const ids = new Set(all.flat())
  // What fails in some of them alone has slipped: so often a measurement.
  const slips = [...ids].map((id) => all.filter((each) => each.includes(id)).length).filter((n) => n < all.length)
  return slips.reduce((total, n) => total + n, 0) / (all.length * shared.length)
}

interface OneQuestion {
  tonight: readonly NightRow[]
  before: readonly NightRow[]
}

function isFarBelow(
  metric: MetricName,
  { tonight, before }: OneQuestion,
  pooled: number,
  { questions, count }: { questions: number; count: number },
): boolean {
  const [now, earlier] = [valuesOf(metric, tonight), valuesOf(metric, before)]
  if (now.length === 0 || earlier.length === 0) return false
  const own = spreadOf([now, earlier])
  const variance = (own.squares + SHARED_WEIGHT * pooled) / (own.degrees + SHARED_WEIGHT)
  const error = Math.sqrt(variance * (1 / count + 1 / earlier.length))
  const gain = gainOf(metric, meanOf(now) - meanOf(earlier))
  return error === 0 ? gain < 0 : gain / error < normalQuantile(ALPHA / questions)
}

/** Variance of one score when the same question is measured once more: within the nights before, and within tonight. */
function pooledNoise(metric: MetricName, { shared, more }: Looks): number {
  const later = more.map((rows) => new Map(rows.map((row) => [row.tonight.id, row.tonight])))
  let [squares, degrees] = [0, 0]
  for (const { tonight, before } of shared) {
    const now = [tonight, ...later.flatMap((rows) => rows.get(tonight.id) ?? [])]
    const spread = spreadOf([valuesOf(metric, now), valuesOf(metric, before)])
    squares += spread.squares
    degrees += spread.degrees
  }
  return degrees === 0 ? 0 : squares / degrees
}

function spreadOf(groups: readonly (readonly number[])[]): { squares: number; degrees: number } {
  let [squares, degrees] = [0, 0]
  for (const values of groups.filter(({ length }) => length > 1)) {
    const mean = meanOf(values)
    squares += values.reduce((total, value) => total + (value - mean) ** 2, 0)
    degrees += values.length - 1
  }
  return { squares, degrees }
}

function valuesOf(metric: MetricName, rows: readonly NightRow[]): number[] {
  return rows.map(({ scores }) => scores[metric]).filter((value) => typeof value === 'number')
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}
