// Tonight beside the nights of the baseline, question by question: how far a metric moved, and how sure that is.
import { METRICS, type MetricName, toScale } from '../../evals/metrics.ts'
import type { Measured, NightRow } from './night.ts'
import { studentQuantile } from './student.ts'

/** One metric over the questions that were scored tonight and in the baseline. Tonight minus baseline, on the scale of its key. */
export interface Move {
  metric: MetricName
  /** Shared questions. */
  n: number
  tonight: number
  baseline: number
  mean: number
  /** Standard error of `mean`; 0 where all differences are equal. */
  error: number
  degrees: number
  low: number
  high: number
}

export interface SharedRow {
  tonight: NightRow
  /** The same question on the baseline nights that asked it, newest first. */
  before: NightRow[]
}

/** The questions that were asked, unchanged, on at least one night of the baseline. */
export function shareRows(tonight: Measured, baseline: readonly Measured[]): SharedRow[] {
  const nights = baseline.map(({ rows }) => new Map(rows.map((row) => [`${row.id} ${row.digest}`, row])))
  return tonight.rows.flatMap((row) => {
    const before = nights.flatMap((rows) => rows.get(`${row.id} ${row.digest}`) ?? [])
    return before.length === 0 ? [] : [{ tonight: row, before }]
  })
}

/** Both measurements as one: each question with the mean of its scores, where both scored it. */
export function poolRows(first: readonly SharedRow[], again: readonly SharedRow[]): SharedRow[] {
  const seconds = new Map(again.map((row) => [row.tonight.id, row.tonight]))
  return first.flatMap(({ tonight, before }) => {
    const second = seconds.get(tonight.id)
    if (!second) return []
    const scores: NightRow['scores'] = {}
    for (const [metric, value] of Object.entries(tonight.scores) as [MetricName, number | null][]) {
      const other = second.scores[metric]
      if (value !== null && typeof other === 'number') scores[metric] = (value + other) / 2
    }
    return [{ tonight: { ...tonight, scores }, before }]
  })
}

/**
 * What one more night differs by where nothing is known of nights yet, as a share of the scale, and how many nights this guess is
 * worth beside those that are known.
 */
const GUESSED_SPREAD = 0.01
const GUESS_WEIGHT = 2
const RAW_GUESS = 0.05

/**
 * Null where no shared question was scored on both sides. The standard error has two parts: the spread of the differences over
 * the questions, and what the means of the baseline nights differ by beyond that spread (a judge or an endpoint that has its
 * moods), after DerSimonian and Laird, Meta-analysis in clinical trials, Controlled Clinical Trials 7, 1986, and held to a small
 * guess while the nights are few. The degrees of freedom of both together are Satterthwaite's.
 */
export function measureMove(metric: MetricName, rows: readonly SharedRow[]): Move | null {
  const pairs = rows.flatMap(({ tonight, before }) => {
    const own = scoreOf(tonight, metric)
    const theirs = before.map((row) => scoreOf(row, metric))
    const known = theirs.filter((value) => value !== null)
    return own === null || known.length === 0 ? [] : [{ own, known, theirs }]
  })
  const n = pairs.length
  if (n === 0) return null
  const deltas = pairs.map(({ own, known }) => own - meanOf(known))
  const mean = meanOf(deltas)
  const within = n > 1 ? varianceOf(deltas) / n : 0
  const baseline = meanOf(pairs.map(({ known }) => meanOf(known)))
  const between = betweenNights(
    pairs.filter(({ theirs, known }) => theirs.length === known.length),
    guessFor(metric, baseline),
  )
  const error = Math.sqrt(within + between.variance)
  const degrees = degreesOf(within, n - 1, between)
  const half = error === 0 ? 0 : studentQuantile(0.975, degrees) * error
  return {
    ...{ metric, n, mean, error, degrees, low: mean - half, high: mean + half },
    tonight: meanOf(pairs.map(({ own }) => own)),
    baseline,
  }
}

/** On the scale of the metric's key; null where it was not scored. */
export function scoreOf(row: NightRow, metric: MetricName): number | null {
  const value = row.scores[metric]
  return value === undefined || value === null ? null : toScale(metric, value)
}

/** All that was scored on one night; null where nothing was. */
export function meanOfMetric({ rows }: Measured, metric: MetricName): number | null {
  const values = rows.map((row) => scoreOf(row, metric)).filter((value) => value !== null)
  return values.length === 0 ? null : meanOf(values)
}

/** Positive where it is better, whichever way the metric points. */
export function gainOf(metric: MetricName, difference: number): number {
  return METRICS[metric].higherIsBetter ? difference : -difference
}

interface Between {
  /** Of the difference between one more night and the mean of these. */
  variance: number
  degrees: number
}

/** A variance, on the scale of the metric's key. */
function guessFor(metric: MetricName, baseline: number): number {
  const { scale } = METRICS[metric]
  if (scale === 'raw') return (RAW_GUESS * baseline) ** 2
  return (GUESSED_SPREAD * (scale === 'one-to-five' ? 4 : 1)) ** 2
}

/** Of nights that all scored the same questions. */
function betweenNights(pairs: readonly { theirs: readonly (number | null)[] }[], guess: number): Between {
  const most = Math.max(1, ...pairs.map(({ theirs }) => theirs.length))
  const rows = pairs.filter(({ theirs }) => theirs.length === most).map(({ theirs }) => theirs.map(Number))
  const degrees = GUESS_WEIGHT + (most - 1)
  if (most < 2 || rows.length < 2) return { variance: guess * (1 + 1 / most), degrees: GUESS_WEIGHT }
  const nights = Array.from({ length: most }, (_, at) => meanOf(rows.map((row) => row[at] ?? 0)))
  const expected = meanOf(rows.map(varianceOf)) / rows.length
  const seen = Math.max(0, varianceOf(nights) - expected)
  const spread = (GUESS_WEIGHT * guess + (most - 1) * seen) / degrees
  return { variance: spread * (1 + 1 / most), degrees }
}

function degreesOf(within: number, degrees: number, between: Between): number {
  if (between.variance === 0) return degrees
  const parts = (degrees > 0 ? within ** 2 / degrees : 0) + between.variance ** 2 / between.degrees
  return (within + between.variance) ** 2 / parts
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}

/** Of a sample: divided by one less. */
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1)
}
