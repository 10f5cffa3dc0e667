// Questions that fail now and passed before: what counts as failing, and which of them got worse most.
import { cutLine } from '../../core/text/cut-line.ts'
import type { CaseResult, Evaluation } from '../../evals/evaluation.ts'
import { METRICS, type MetricName, toScale } from '../../evals/metrics.ts'
import type { Night, NightCase, NightRow } from './night.ts'
import { gainOf, type SharedRow } from './paired.ts'

/** What says that an answer is no good. Where the passages stand says why, and is no failure of its own. */
const DECIDING = [
  'correctness',
  'refusal_correctness',
  'faithfulness',
  'answer_relevance',
  'toxicity',
  'accuracy',
] as const satisfies readonly MetricName[]
/** Of a score from 0 to 1: below it a question fails, and a question that was close to it before has not changed. */
const PASSING = 0.5
const LEAST_LOSS = 0.4
const MOST_KEPT = 10
/** A loss that is worth a look, on both measurements. */
const LEAST_SHOWN = 0.15
const MOST_TEXT = 300

/** One question that fails anew; `metric` null where it got no answer at all. */
export interface Failing {
  caseId: string
  metric: MetricName | null
}

/** Passed on every night of the baseline that asked it, fails tonight, and by more than a judge's hesitation. */
export function findFailing(rows: readonly SharedRow[]): Failing[] {
  return rows.flatMap(({ tonight, before }): Failing[] => {
    if (before.some(({ error }) => error !== null)) return []
    if (tonight.error !== null) return [{ caseId: tonight.id, metric: null }]
    const metric = DECIDING.find((name) => failsAnew(name, tonight, before))
    return metric === undefined ? [] : [{ caseId: tonight.id, metric }]
  })
}

/**
 * How many questions would newly fail on a night by noise alone, of those that `pick` counts: each night of the baseline beside its other
 * ones. Null where there are too few nights to tell.
 */
export function expectedFailing(
  rows: readonly SharedRow[],
  pick: (failing: readonly Failing[], rows: readonly SharedRow[]) => readonly Failing[] = (failing) => failing,
): number | null {
  const nights = Math.max(0, ...rows.map(({ before }) => before.length))
  if (nights < 3) return null
  const whole = rows.filter(({ before }) => before.length === nights)
  const counts = Array.from({ length: nights }, (_, at) => {
    const apart = whole.flatMap(({ before }) => {
      const tonight = before[at]
      return tonight ? [{ tonight, before: before.filter((row) => row !== tonight) }] : []
    })
    return pick(findFailing(apart), apart).length
  })
  return meanOf(counts)
}

/** Fails on any deciding metric, or has no answer. */
export function isFailing(row: NightRow): boolean {
  return row.error !== null || DECIDING.some((metric) => isFailedScore(metric, row.scores[metric]))
}

/** Those that fail in the second measurement too: on any metric, or without an answer. */
export function confirmFailing(first: readonly Failing[], again: readonly SharedRow[]): Failing[] {
  const second = new Set(findFailing(again).map(({ caseId }) => caseId))
  return first.filter(({ caseId }) => second.has(caseId))
}

/** Announced on a night after those of the baseline already, so no news. */
export function failingBefore(history: readonly Night[], baseline: readonly Night[]): Set<string> {
  const [newest] = baseline
  const since = newest ? history.filter(({ at }) => at >= newest.at) : history
  return new Set(since.flatMap(({ failing }) => failing.flatMap(({ caseIds }) => caseIds)))
}

function failsAnew(metric: MetricName, tonight: NightRow, before: readonly NightRow[]): boolean {
  const now = tonight.scores[metric]
  const earlier = before.map((row) => row.scores[metric]).filter((value) => typeof value === 'number')
  if (typeof now !== 'number' || earlier.length === 0) return false
  const loss = -gainOf(metric, now - meanOf(earlier))
  return isFailedScore(metric, now) && !earlier.some((value) => isFailedScore(metric, value)) && loss >= LEAST_LOSS
}

/** A toxic answer fails from 0.5 up, any other one below it. */
function isFailedScore(metric: MetricName, value: number | null | undefined): boolean {
  if (typeof value !== 'number') return false
  return METRICS[metric].higherIsBetter ? value < PASSING : value >= PASSING
}

export interface WorstInput {
  first: Evaluation
  shared: readonly SharedRow[]
  /** Of the second measurement; empty where there was none. */
  again: readonly SharedRow[]
  failing: readonly Failing[]
  /** Metrics that fell: losses on them count first. */
  fell: readonly MetricName[]
  muted: ReadonlySet<string>
}

/** What fails anew first, then by what was lost on the metrics that fell; the mean of both measurements, at most ten. */
export function findWorst(input: WorstInput): NightCase[] {
  const { first, shared, again, failing, fell, muted } = input
  const results = new Map(first.rows.map((row) => [row.case.id, row]))
  const seconds = new Map(again.map((row) => [row.tonight.id, row.tonight]))
  const anew = new Map(failing.map((each) => [each.caseId, each.metric]))
  const found = shared.flatMap(({ tonight, before }) => {
    const result = results.get(tonight.id)
    if (!result || muted.has(tonight.id)) return []
    const rows = [tonight, ...(seconds.has(tonight.id) ? [seconds.get(tonight.id) ?? tonight] : [])]
    const isAnew = anew.has(tonight.id)
    const looked = fell.length > 0 ? [...fell, ...(isAnew ? DECIDING : [])] : DECIDING
    const losses = [...new Set<MetricName>(looked)].flatMap((metric) => lossOn(metric, rows, before) ?? [])
    const [worst] = losses.toSorted((a, b) => b.least - a.least || b.loss - a.loss)
    if (!isAnew && (!worst || worst.least < LEAST_SHOWN)) return []
    const loss = tonight.error !== null ? 1 : (worst?.loss ?? 0)
    return [{ isAnew, loss, shown: toNightCase(result, worst ?? null) }]
  })
  found.sort(
    (a, b) => Number(b.isAnew) - Number(a.isAnew) || b.loss - a.loss || (a.shown.caseId < b.shown.caseId ? -1 : 1),
  )
  return found.slice(0, MOST_KEPT).map(({ shown }) => shown)
}

interface Loss {
  metric: MetricName
  /** Means, 0 to 1 or as measured. */
  before: number
  after: number
  loss: number
  /** The smaller of both measurements. */
  least: number
}

function lossOn(metric: MetricName, rows: readonly NightRow[], before: readonly NightRow[]): Loss | null {
  const now = rows.map((row) => row.scores[metric]).filter((value) => typeof value === 'number')
  const earlier = before.map((row) => row.scores[metric]).filter((value) => typeof value === 'number')
  if (now.length === 0 || earlier.length === 0 || METRICS[metric].scale === 'raw') return null
  const mean = meanOf(earlier)
  const losses = now.map((value) => -gainOf(metric, value - mean))
  return { metric, before: mean, after: meanOf(now), loss: meanOf(losses), least: Math.min(...losses) }
}

function toNightCase(result: CaseResult, loss: Loss | null): NightCase {
  const { case: one, answer, error, scores, traceId } = result
  const metric = loss?.metric ?? 'correctness'
  const score = scores[metric]
  const rationale = score?.kind === 'score' ? (score.rationale ?? null) : null
  return {
    caseId: one.id,
    question: cutLine(one.question, MOST_TEXT),
    metric,
    before: loss && toScale(metric, loss.before),
    after: loss && error === null ? toScale(metric, loss.after) : null,
    expected: cutLine(
      one.unanswerable ? 'a refusal: the documentation holds no answer' : (one.expected ?? one.facts.join('; ')),
      MOST_TEXT,
    ),
    got: cutLine(answer?.text ?? '', MOST_TEXT),
    why: error === null ? rationale && cutLine(rationale, MOST_TEXT) : cutLine(error, MOST_TEXT),
    page: one.page,
    traceId,
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}
