// Tables, charts and sentences about many tickets, cut to what a card holds.
import type { Block } from '../core/reply.ts'
import type { EnrichedTicket, TicketReport } from '../tickets/triage.ts'
import { toFieldLabel } from './ticket-card.ts'

/** Bars and lines that a picture holds legibly. */
const MOST_BARS = 30
const MOST_SERIES = 8
const MOST_ROWS = 20
const MOST_CELL = 120

export function cutText(text: string, most = MOST_CELL): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

/** `3 tickets`, `1 ticket`, `1,200 tickets`. */
export function countOf(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}

/** One sentence that is complete without the table. Plain text: whoever shows it escapes it. */
export function describeReport({ period, total, missing, failed, byCategory }: TicketReport): string {
  const { words } = period
  if (total === 0) return `There are no tickets of ${words}.`
  const counts = byCategory.map(({ category, count }) => `${category} ${count.toLocaleString('en-US')}`)
  const found = counts.length > 0 ? `: ${counts.join(', ')}` : ''
  const more = [
    ...(failed > 0 ? [`${countOf(failed, 'ticket')} could not be classified`] : []),
    ...(missing > 0 ? [`${countOf(missing, 'ticket')} have no result yet`] : []),
  ]
  return `${countOf(total, 'ticket')} of ${words}${found}.${more.length > 0 ? ` ${more.join(', ')}.` : ''}`
}

export function toCategoryTable({ byCategory, failed, missing }: TicketReport): Block[] {
  const all = byCategory.reduce((sum, { count }) => sum + count, 0)
  const share = (count: number) => `${Math.round((100 * count) / all)}%`
  const rows = byCategory.map(({ category, count }) => [category, count.toLocaleString('en-US'), share(count)])
  if (failed > 0) rows.push(['(failed)', failed.toLocaleString('en-US'), ''])
  if (missing > 0) rows.push(['(no result yet)', missing.toLocaleString('en-US'), ''])
  return rows.length === 0 ? [] : [{ kind: 'table', columns: ['Category', 'Tickets', 'Share'], rows }]
}

/** Bars by category for one day; lines by day for several. */
export function toReportChart({ byCategory, byDay, period }: TicketReport): Block[] {
  const top = byCategory.slice(0, MOST_SERIES)
  if (top.length === 0) return []
  if (byDay.length > 1 && byDay.length <= 4 * MOST_BARS) {
    const series = top.map(({ category }) => ({
      name: category,
      values: byDay.map(({ counts }) => counts[category] ?? 0),
    }))
    const labels = byDay.map(({ day }) => day)
    return [{ kind: 'chart', type: 'line', title: `Tickets by day, ${period.words}`, labels, series, unit: 'tickets' }]
  }
  const bars = byCategory.slice(0, MOST_BARS)
  const series = [{ name: 'tickets', values: bars.map(({ count }) => count) }]
  const labels = bars.map(({ category }) => category)
  return [
    { kind: 'chart', type: 'bar', title: `Tickets by category, ${period.words}`, labels, series, unit: 'tickets' },
  ]
}

export function toTicketTable(tickets: readonly EnrichedTicket[]): Block[] {
  const shown = tickets.slice(0, MOST_ROWS)
  if (shown.length === 0) return []
  const fields = Object.keys(shown[0]?.fields ?? {}).slice(0, 3)
  const columns = ['Ticket', 'Category', ...fields.map(toFieldLabel), 'Summary']
  const rows = shown.map((ticket) => [
    cutText(ticket.id),
    cutText(ticket.category ?? (ticket.error === null ? '' : 'failed')),
    ...fields.map((name) => cutText(ticket.fields[name] ?? '')),
    cutText(ticket.summary ?? ticket.error ?? ticket.text),
  ])
  return [{ kind: 'table', columns, rows }]
}
