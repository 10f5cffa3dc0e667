// A night as one HTML file for the browser and for printing: no script, nothing loaded, light and dark.
import { toChartSentence } from '../../core/text/chart-text.ts'
import { showDelta } from '../../evals/show-number.ts'
import { GRID, INK, PAPER, SOFT_INK } from '../chart-spec.ts'
import { drawChartSvg } from '../draw-chart.ts'
import type { FailingGroup, Night, NightCase } from './night.ts'
import { toCharted, toNightChart } from './night-chart.ts'
import { type Cell, escapeHtml, toCells, toPage, toTable } from './night-page.ts'
import { toNightTable } from './night-post.ts'
import { before, nameOf, showOrDash, toFootLine, toVerdictLine } from './night-words.ts'

const CHART_SIZE = { width: 800, height: 340 }
const ALT_LENGTH = 1500
const MOST_NIGHTS = 14

/** `history` as for the post. `traceUrl`: address of a trace where a tracking UI exists. */
export async function toNightHtml(
  night: Night,
  history: readonly Night[],
  options: { traceUrl?(traceId: string): string | null; called?: string } = {},
): Promise<string> {
  const earlier = before(night, history)
  const verdict = toVerdictLine(night, earlier, options.called)
  const sections = [
    await toChart(night, earlier),
    toSection(
      'Metrics',
      night.metrics.length > 0 ? toTable(...toCells(toNightTable(night, night.metrics.length))) : '',
    ),
    toSection('Candidates', toCandidates(night)),
    toSection('New failing questions', night.failing.map(toGroup).join('')),
    toSection('What got worse', night.worst.map((one) => toCase(one, options.traceUrl)).join('')),
    toSection('New questions from users', toNewCases(night)),
    toSection(`The last ${MOST_NIGHTS} nights`, toNights(night, earlier)),
  ]
  return toPage({
    title: `${night.model}, night of ${night.date}`,
    state: night.verdict,
    verdict,
    about: `${night.model} · night of ${night.date} (${night.zone}) · measured at ${night.at.slice(0, 16).replace('T', ' ')} UTC`,
    body: sections.join('\n'),
    foot: toFootLine(night, earlier),
  })
}

function toSection(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${escapeHtml(title)}</h2>${content}</section>`
}

/** Its ink is that of the page, so that it can be read on light and dark. The table of nights holds the same numbers. */
async function toChart(night: Night, history: readonly Night[]): Promise<string> {
  const chart = toNightChart(night, history)
  if (!chart) return ''
  const svg = (await drawChartSvg(chart, CHART_SIZE))
    .replaceAll(new RegExp(`(fill|stroke)="(?:${INK}|${SOFT_INK})"`, 'gi'), '$1="currentColor"')
    .replaceAll(new RegExp(`(fill|stroke)="${GRID}"`, 'gi'), '$1="currentColor" stroke-opacity="0.15"')
    .replaceAll(new RegExp(`fill="${PAPER}"|fill="white"`, 'gi'), 'fill="none"')
    .replace('<svg ', '<svg aria-hidden="true" ')
  return `<figure role="img" aria-label="${escapeHtml(toChartSentence(chart, ALT_LENGTH))}">${svg}</figure>`
}

function toCandidates({ candidates, metrics }: Night): string {
  const main = metrics[0]?.metric
  if (candidates.length === 0 || !main) return ''
  const rows = candidates.map(({ version, mean, delta, gate, failure }): Cell[] => [
    `v${version}`,
    showOrDash(main, mean),
    delta ? `${showDelta(main, delta.mean)} (${showDelta(main, delta.low)} to ${showDelta(main, delta.high)})` : '–',
    failure ?? gate ?? '–',
  ])
  return toTable(['Version', nameOf(main), 'Against Champion (95% interval)', 'Gate'], rows)
}

function toGroup({ label, cause, questions }: FailingGroup): string {
  const title =
    label === null && cause !== 'refusal'
      ? ''
      : `<h3>${escapeHtml(label ?? 'Should have been refused')} <small>${escapeHtml(TOLD[cause])}</small></h3>`
  return `${title}<ul>${questions.map((question) => `<li>${escapeHtml(question)}</li>`).join('')}</ul>`
}

const TOLD: Record<FailingGroup['cause'], string> = {
  error: 'the same error',
  refusal: 'the documentation does not answer them',
  page: 'their expected pages',
  tag: 'a tag they share',
  words: 'a word they share',
  metric: 'they fail on the same metric',
  alone: '',
}

function toCase(one: NightCase, traceUrl?: (traceId: string) => string | null): string {
  const { metric, traceId } = one
  const told = traceId === null ? null : (traceUrl?.(traceId) ?? null)
  const url = told !== null && /^https?:\/\//i.test(told) ? told : null
  const trace =
    traceId === null
      ? '–'
      : url === null
        ? escapeHtml(traceId)
        : `<a href="${escapeHtml(url)}">${escapeHtml(traceId)}</a>`
  const after = one.after === null ? 'no answer' : showOrDash(metric, one.after)
  const facts = [
    [nameOf(metric), escapeHtml(`${showOrDash(metric, one.before)} before, ${after} tonight`)],
    ['Expected', escapeHtml(one.expected || '–')],
    ['Got', escapeHtml(one.got || 'nothing')],
    ...(one.why === null ? [] : [['Why', escapeHtml(one.why)]]),
    ...(one.page === null ? [] : [['Page', escapeHtml(one.page)]]),
    ['Trace', trace],
  ]
  const list = facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')
  return `<article><h3>${escapeHtml(one.question)}</h3><dl>${list}</dl></article>`
}

function toNewCases({ newCases }: Night): string {
  const items = newCases.map(
    ({ question, by }) => `<li>${escapeHtml(question)}${by === null ? '' : ` <small>${escapeHtml(by)}</small>`}</li>`,
  )
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`
}

const VERDICTS: Record<Night['verdict'], string> = {
  first: 'first night',
  holds: 'holds',
  regression: 'got worse',
  down: 'still down',
  recovered: 'is back',
  unmeasured: 'not measured',
  failed: 'failed',
}

function toNights(night: Night, history: readonly Night[]): string {
  const main = [night, ...history].flatMap((each) => toCharted(each)?.metric ?? [])[0]
  const rows = [night, ...history]
    .slice(0, MOST_NIGHTS)
    .map((each): Cell[] => [
      each.date,
      each.version === null ? '–' : `v${each.version}`,
      main === undefined ? '–' : showOrDash(main, each.metrics.find(({ metric }) => metric === main)?.tonight ?? null),
      `${VERDICTS[each.verdict]}${each.falseAlarm ? ' (false alarm)' : ''}`,
    ])
  return toTable(['Night', 'Champion', main === undefined ? 'Value' : nameOf(main), 'Verdict'], rows)
}
