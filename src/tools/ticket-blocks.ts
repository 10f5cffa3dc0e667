// Tables, charts and sentences about many tickets, cut to what a card holds.
import type { Block } from '../core/reply.ts'
import { cutLine } from '../core/text/cut-line.ts'
import { toConfidenceWords } from '../tickets/confidence.ts'
import type { EnrichedTicket, TicketReport } from '../tickets/triage.ts'
import { toFieldLabel } from './ticket-card.ts'
import { toTimeSteps } from './time-steps.ts'

/** Bars and lines that a picture holds legibly. */
export const MOST_BARS = 30
const MOST_SERIES = 8
/** What the table of a card shows; the rest is in the file. */
export const MOST_ROWS = 20
export const MOST_CELL = 120
const MOST_ID = 40

/** A cell of a table. */
export function cutText(text: string, most = MOST_CELL): string {
  return cutLine(text, most)
}

/** `3 tickets`, `1 ticket`, `1,200 tickets`. */
export function countOf(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}

/** Complete without the table. Plain text: whoever shows it escapes it. */
export function describeReport(report: TicketReport): string {
  const { period, total, missing, byCategory, unsure } = report
  if (total === 0) return `There are no tickets of ${period.words}.`
  const counts = withOthers(byCategory, MOST_SERIES).map(
    ({ category, count }) => `${category} ${count.toLocaleString('en-US')}`,
  )
  const found = counts.length > 0 ? `: ${counts.join(', ')}` : ''
  const sentences = [
    `${countOf(total, 'ticket')} of ${period.words}${found}.`,
    unsure > 0 ? `${unsure.toLocaleString('en-US')} of these categories ${unsure === 1 ? 'is' : 'are'} unsure.` : '',
    describeFailures(report),
    missing > 0 ? `${countOf(missing, 'ticket')} ${missing === 1 ? 'has' : 'have'} no result yet.` : '',
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

/** `2 tickets could not be classified: T-1 (The ticket has no text), T-2 (...).` */
function describeFailures({ failed, failures }: TicketReport): string {
  if (failed === 0) return ''
  const named = failures.map(({ id, error }) => `${cutText(id, MOST_ID)} (${cutText(error).replace(/[.\s]+$/, '')})`)
  const more = failed - failures.length
  const rest = named.length > 0 && more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''
  const which = named.length > 0 ? `: ${named.join(', ')}${rest}` : ''
  return `${countOf(failed, 'ticket')} could not be classified${which}.`
}

export function toCategoryTable({ byCategory, failed, missing }: TicketReport): Block[] {
  const all = byCategory.reduce((sum, { count }) => sum + count, 0)
  const rows = withOthers(byCategory, MOST_ROWS).map(({ category, count }) => [
    category,
    count.toLocaleString('en-US'),
    toShare(count, all),
  ])
  if (failed > 0) rows.push(['(failed)', failed.toLocaleString('en-US'), ''])
  if (missing > 0) rows.push(['(no result yet)', missing.toLocaleString('en-US'), ''])
  const columns = ['Category', 'Tickets', `Share of the ${all.toLocaleString('en-US')} with a result`]
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }]
}

function toShare(count: number, all: number): string {
  const percent = (100 * count) / all
  return percent > 0 && percent < 1 ? '<1%' : `${Math.round(percent)}%`
}

type Counts = TicketReport['byCategory']

/** At most so many, the last of them the sum of those that do not fit. */
function withOthers(counts: Counts, most: number): Counts {
  if (counts.length <= most) return counts
  const rest = counts.slice(most - 1)
  const count = rest.reduce((sum, each) => sum + each.count, 0)
  return [...counts.slice(0, most - 1), { category: `${rest.length} others`, count }]
}

/** Bars by category for one day; lines over every day of several, over weeks or more where there are many. */
export function toReportChart({ byCategory, byDay, period }: TicketReport): Block[] {
  if (byCategory.length === 0) return []
  const { unit, labels, labelOf } = toTimeSteps(period.from, period.until)
  if (unit === 'day' && labels.length === 1) return toBars(byCategory, period.words)
  const shown = withOthers(byCategory, MOST_SERIES)
  const alone = byCategory.slice(0, byCategory.length > MOST_SERIES ? MOST_SERIES - 1 : MOST_SERIES)
  const own = new Map(alone.map(({ category }, at) => [category, at]))
  const series = shown.map(({ category }) => ({ name: category, values: labels.map(() => 0) }))
  const place = new Map(labels.map((label, at) => [label, at]))
  for (const { day, counts } of byDay) {
    const at = place.get(labelOf(day))
    if (at === undefined) continue
    for (const [category, count] of Object.entries(counts)) {
      const values = series[own.get(category) ?? series.length - 1]?.values
      if (values) values[at] = (values[at] ?? 0) + count
    }
  }
  const title = `Tickets by ${unit}, ${period.words}`
  return [{ kind: 'chart', type: 'line', title, labels, series, unit: 'tickets' }]
}

function toBars(byCategory: Counts, words: string): Block[] {
  const bars = withOthers(byCategory, MOST_BARS)
  const series = [{ name: 'tickets', values: bars.map(({ count }) => count) }]
  const labels = bars.map(({ category }) => category)
  return [{ kind: 'chart', type: 'bar', title: `Tickets by category, ${words}`, labels, series, unit: 'tickets' }]
}

export function toTicketTable(tickets: readonly EnrichedTicket[]): Block[] {
  const shown = tickets.slice(0, MOST_ROWS)
  if (shown.length === 0) return []
  const fields = Object.keys(shown[0]?.fields ?? {}).slice(0, 3)
  const columns = ['Ticket', 'Category', ...fields.map(toFieldLabel), 'Summary']
  const rows = shown.map((ticket) => [
    cutText(ticket.id),
    toCategoryCell(ticket),
    ...fields.map((name) => cutText(ticket.fields[name] ?? '')),
    cutText(ticket.summary ?? ticket.error ?? ticket.text),
  ])
  return [{ kind: 'table', columns, rows }]
}

function toCategoryCell({ category, confidence, error }: EnrichedTicket): string {
  if (category === null) return error === null ? '' : 'failed'
  const guess = toConfidenceWords(confidence) === 'unsure' ? ' (unsure)' : ''
  return `${cutText(category, MOST_CELL - guess.length)}${guess}`
}
