// The post of a night: the verdict first, then a chart and a small table where something happened; the cases in its thread.
import type { Block, Button, Saying } from '../../core/reply.ts'
import { cutLine, toWords } from '../../core/text/cut-line.ts'
import { toPlainLine } from '../../core/text/plain-markdown.ts'
import { showDelta } from '../../evals/show-number.ts'
import type { Night, NightCandidate, NightCase, NightMetric, NightPostOptions } from './night.ts'
import { toNightChart } from './night-chart.ts'
import { before, isQuiet, nameOf, showOrDash, tellFloor, toFootLine, toVerdictLine } from './night-words.ts'

const MOST_ROWS = 5
const MOST_CASES = 3
const MOST_NAMED = 2
const SHORT = 180

export interface NightPost {
  post: Saying
  /** One message each, in this order. */
  thread: Saying[]
}

/** `history`: nights of the same model, in any order; this one may be among them. A quiet night is one line. */
export function toNightPost(night: Night, history: readonly Night[], options: NightPostOptions = {}): NightPost {
  const earlier = before(night, history)
  const line = toVerdictLine(night, earlier, options.called)
  const buttons = toButtons(night, earlier, options)
  const thread = night.worst.slice(0, MOST_CASES).map((one) => toCaseSaying(night, one, options))
  if (!options.full && isQuiet(night, earlier))
    return { post: { text: line, ...(buttons.length > 0 ? { buttons } : {}) }, thread: [] }
  const users = tellNewCases(night)
  return {
    post: {
      text: [line, ...(users === null ? [] : [users])].join('\n\n'),
      blocks: toBlocks(night, earlier),
      buttons,
      footer: toFootLine(night, earlier),
    },
    thread,
  }
}

function toBlocks(night: Night, history: readonly Night[]): Block[] {
  const chart = toNightChart(night, history)
  if (!chart) return []
  return [{ kind: 'chart', ...chart }, toNightTable(night)]
}

const STATES: readonly NightMetric['state'][] = ['fell', 'down', 'unmeasured', 'recovered', 'suspected']

/** What moved first, then the metrics of the gate: five rows at most. */
export function toNightTable(night: Night, most = MOST_ROWS): Extract<Block, { kind: 'table' }> {
  const place = ({ state }: NightMetric) => (STATES.includes(state) ? STATES.indexOf(state) : STATES.length)
  const rows = night.metrics.toSorted((a, b) => place(a) - place(b)).slice(0, most)
  return {
    kind: 'table',
    columns: [
      'Metric',
      'Tonight',
      night.baseline ? `Before (v${night.baseline.version})` : 'Before',
      'Change, same questions',
      'Gate',
    ],
    rows: rows.map((row) => [
      nameOf(row.metric),
      row.state === 'unmeasured' ? 'not measured' : showOrDash(row.metric, row.tonight),
      showOrDash(row.metric, row.baseline),
      row.delta ? `${showDelta(row.metric, row.delta.mean)}${tellState(row)}` : '–',
      tellFloor(row),
    ]),
  }
}

function tellState({ state, since }: NightMetric): string {
  if (state === 'fell') return ', worse'
  if (state === 'down') return `, down since ${since}`
  if (state === 'recovered') return ', back'
  return state === 'suspected' ? ', not confirmed' : ''
}

function tellNewCases({ newCases }: Night): string | null {
  if (newCases.length === 0) return null
  const named = newCases.slice(0, MOST_NAMED).map(({ question, by }) => {
    const who = by === null ? '' : ` (${toPlainLine(by)})`
    return `“${toPlainLine(cutLine(question, 80))}”${who}`
  })
  const more = newCases.length - named.length
  return `New from users: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

/** Only what makes sense tonight. */
function toButtons(night: Night, history: readonly Night[], { canRollBack }: NightPostOptions): Button[] {
  const { model, verdict } = night
  const isBad = verdict === 'regression' || verdict === 'down'
  const best = bestPassing(night)
  const candidates = night.candidates.map(({ version }) => version).join(' ')
  const asksAgain = !['holds', 'first', 'recovered'].includes(verdict) || night.failing.length > 0
  const isNews = !isQuiet(night, history) || isBad
  return [
    ...(asksAgain ? [{ action: 'nightly-again', label: 'Evaluate again', value: { model, candidates } }] : []),
    ...(best && isNews
      ? [{ action: 'ask-again', label: `Promote v${best.version}`, value: { model, version: best.version } }]
      : []),
    ...(isBad && canRollBack
      ? [{ action: 'ask-rollback', label: 'Roll back', value: { model }, style: 'danger' as const }]
      : []),
  ]
}

/** Of those that the gate lets through, the one that gains most. */
export function bestPassing({ candidates }: Night): NightCandidate | null {
  const passing = candidates.filter(({ gate }) => gate === 'pass')
  return passing.toSorted((a, b) => (b.delta?.mean ?? 0) - (a.delta?.mean ?? 0))[0] ?? null
}

function toCaseSaying(night: Night, one: NightCase, { traceUrl }: NightPostOptions): Saying {
  const { metric, traceId } = one
  const url = traceId === null ? null : (traceUrl?.(traceId) ?? null)
  const trace =
    traceId === null ? [] : [url === null ? `Trace: \`${traceId}\`` : `[Trace ${toPlainLine(traceId)}](${url})`]
  const value = { model: night.model, case: one.caseId }
  const score = one.after === null ? 'no answer' : showOrDash(metric, one.after)
  return {
    text: [
      `**${toPlainLine(one.question)}**\n`,
      `- ${nameOf(metric)}: ${showOrDash(metric, one.before)} before, ${score} tonight`,
      `- Expected: ${toPlainLine(cutLine(toWords(one.expected), SHORT)) || '–'}`,
      `- Got: ${toPlainLine(cutLine(toWords(one.got), SHORT)) || 'nothing'}`,
      ...(one.why === null ? [] : [`- Why: ${toPlainLine(cutLine(one.why, SHORT))}`]),
      ...trace.map((text) => `- ${text}`),
    ].join('\n'),
    buttons: [
      { action: 'assign-case', label: 'Assign', value },
      { action: 'mute-case', label: 'Mute', value },
    ],
  }
}
