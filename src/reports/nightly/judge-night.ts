// What a night says of each metric: pure, from tonight's measurements, the baseline and what was down before.
import type { Evaluation } from '../../evals/evaluation.ts'
import { METRIC_NAMES, METRICS, type MetricName, QUALITY_METRICS } from '../../evals/metrics.ts'
import { isBelowFloor, isConfirmed, isStillDown, isSuspect } from './alarm.ts'
import type { Measured, Night, NightGate, NightMetric } from './night.ts'
import { type Move, meanOfMetric, measureMove, type SharedRow } from './paired.ts'

/** Above this share of rows whose judge failed, the rest speaks for too few. */
const MAX_ERROR_SHARE = 0.2

export interface Look {
  metric: MetricName
  tonight: number | null
  errors: number
  isMeasured: boolean
  /** Null without a baseline. */
  move: Move | null
}

/** Those of the gate in its order, then the other ones that say how good a version is, as far as anything is known of them. */
export function metricsOf(gate: NightGate, rows: readonly { scores: object }[]): MetricName[] {
  const gated = Object.keys(gate.metrics).flatMap((key) => METRIC_NAMES.find((name) => METRICS[name].key === key) ?? [])
  const quality = gated.filter((name) => METRICS[name].scale !== 'raw')
  const rest = gated.filter((name) => METRICS[name].scale === 'raw')
  const known = QUALITY_METRICS.filter((name) => !gated.includes(name) && rows.some(({ scores }) => name in scores))
  return [...quality, ...rest, ...known]
}

/** One look at one measurement beside the baseline. */
export function lookAt(measured: Measured, shared: readonly SharedRow[], metrics: readonly MetricName[]): Look[] {
  return metrics.map((metric) => {
    const errors = measured.rows.filter(({ scores }) => scores[metric] === null).length
    const asked = measured.rows.filter(({ scores }) => metric in scores).length
    const tonight = meanOfMetric(measured, metric)
    const isMeasured = tonight !== null && errors <= MAX_ERROR_SHARE * asked
    return { metric, tonight, errors, isMeasured, move: isMeasured ? measureMove(metric, shared) : null }
  })
}

/** Metrics that were announced on an earlier night and not said to be over, with the date of the announcement. */
export function downBefore(history: readonly Night[]): Map<MetricName, string> {
  const last = history.find(({ champion }) => champion !== null)
  const down = (last?.metrics ?? []).flatMap(({ metric, state, since }) => {
    if (state === 'fell') return [[metric, last?.date ?? ''] as const]
    return since !== null && state !== 'recovered' ? [[metric, since] as const] : []
  })
  return new Map(down)
}

/** What must be measured once more. What is down already is no news; without a baseline only the floor speaks. */
export function findSuspects(
  looks: readonly Look[],
  down: ReadonlyMap<MetricName, string>,
  gate: NightGate,
): MetricName[] {
  const judged = looks.filter(({ isMeasured }) => isMeasured)
  return judged.flatMap(({ metric, move, tonight }) => {
    if (down.has(metric) || tonight === null) return []
    const isBad = move ? isSuspect(move, gate, judged.length) : isBelowFloor(metric, tonight, gate)
    return isBad ? [metric] : []
  })
}

export interface Verdicts {
  looks: readonly Look[]
  /** Of the second measurement, and of both as one; empty where there was none. */
  again: readonly Look[]
  both: readonly Look[]
  suspects: readonly MetricName[]
  down: ReadonlyMap<MetricName, string>
  gate: NightGate
}

export function toNightMetrics(verdicts: Verdicts): NightMetric[] {
  const { looks, again, gate, down } = verdicts
  return looks.flatMap((look) => {
    const { metric, tonight, errors, move } = look
    if (tonight === null && errors === 0) return []
    const { key } = METRICS[metric]
    const state = stateOf(look, verdicts)
    return {
      ...{ metric, key, tonight, errors, state },
      baseline: move?.baseline ?? null,
      delta: move && { mean: move.mean, low: move.low, high: move.high, n: move.n },
      again: again.find((each) => each.metric === metric)?.tonight ?? null,
      floor: gate.metrics[key]?.floor ?? null,
      belowFloor: tonight !== null && isBelowFloor(metric, tonight, gate),
      since: ['down', 'recovered', 'unmeasured'].includes(state) ? (down.get(metric) ?? null) : null,
    }
  })
}

function stateOf(look: Look, { looks, again, both, suspects, down, gate }: Verdicts): NightMetric['state'] {
  const { metric, move, tonight, isMeasured } = look
  if (!isMeasured || tonight === null) return 'unmeasured'
  if (down.has(metric)) {
    const isDown = move ? isStillDown(move, gate) : isBelowFloor(metric, tonight, gate)
    // Nothing to compare with any more, and above the floor: what was announced cannot be seen.
    return isDown ? 'down' : move || gate.metrics[METRICS[metric].key]?.floor !== undefined ? 'recovered' : 'new'
  }
  if (suspects.includes(metric)) {
    const find = (among: readonly Look[]) => among.find((each) => each.metric === metric) ?? null
    const judged = looks.filter((each) => each.isMeasured).length
    return isConfirmedBy([look, find(again), find(both)], gate, judged) ? 'fell' : 'suspected'
  }
  return move ? 'steady' : 'new'
}

type Three = readonly [first: Look, second: Look | null, both: Look | null]

function isConfirmedBy([first, second, both]: Three, gate: NightGate, metrics: number): boolean {
  if (!second?.isMeasured || second.tonight === null) return false
  if (!first.move) return isBelowFloor(first.metric, second.tonight, gate)
  return second.move !== null && both?.move !== null && both?.move !== undefined
    ? isConfirmed(first.move, second.move, both.move, gate, metrics)
    : false
}

/** The worst that any metric says, and whether more questions fail. */
export function toVerdict(
  metrics: readonly NightMetric[],
  questions: Night['questions'],
  hasBaseline: boolean,
): Night['verdict'] {
  const states = [...metrics.map(({ state }) => state), questions.state]
  if (states.includes('fell')) return 'regression'
  if (states.includes('down')) return 'down'
  const [main] = metrics
  // A metric that is down and cannot be measured tonight is not over.
  if (
    !main ||
    main.state === 'unmeasured' ||
    metrics.some(({ state, since }) => state === 'unmeasured' && since !== null)
  ) {
    return 'unmeasured'
  }
  if (states.includes('recovered')) return 'recovered'
  return hasBaseline ? 'holds' : 'first'
}

/** Rows whose judge failed on any metric. */
export function countJudgeErrors({ rows }: Pick<Evaluation, 'rows'>): number {
  return rows.filter(({ scores }) => Object.values(scores).some((score) => score?.kind === 'error')).length
}
