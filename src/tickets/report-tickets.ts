// What a period holds: counted by the database, by category and by day, and the tickets themselves as far as they fit.
import { z } from 'zod'
import { readObjects, type SqlValue } from '../platform/ports/sql.ts'
import { toFieldText } from './read-parts.ts'
import { tableExists } from './run-statement.ts'
import { toCountStatement, toFailuresStatement, toListStatement, toPendingCount } from './ticket-statements.ts'
import type { EnrichedTicket, Period, TicketReport } from './triage.ts'
import type { DeskParts } from './triage-ticket.ts'

/** Name of what has a result without a category: no label fits, a person has to choose. */
export const UNDECIDED = 'undecided'

const countSchema = z.object({
  day: z.string(),
  state: z.enum(['missing', 'failed', 'done']),
  category: z.string().nullable(),
  tickets: z.coerce.number(),
  unsure: z.coerce.number(),
})

/** Of the tickets that could not be classified so many are named. */
const MOST_NAMED = 3

/** Throws SQL_*, PLATFORM_*. `limit`: tickets listed at most. */
export async function reportTickets(
  period: Period,
  limit: number,
  parts: DeskParts,
  signal: AbortSignal,
): Promise<TicketReport> {
  const { sql, plan } = parts
  const none = {
    ...{ period, total: 0, missing: 0, failed: 0, failures: [], unsure: 0 },
    ...{ byCategory: [], byDay: [], tickets: [], truncated: false },
  }
  if (!(await tableExists(parts, signal))) {
    const [row] = await readObjects(await sql.run(toPendingCount(plan, { period, run: '', exists: false }), signal))
    const total = Number(row?.pending ?? 0)
    return { ...none, total, missing: total }
  }
  const rows = (await readObjects(await sql.run(toCountStatement(plan, period), signal))).map((row) =>
    countSchema.parse(row),
  )
  const list = await sql.run(toListStatement(plan, period, limit), signal)
  const tickets = (await readObjects(list)).map((row) => toTicket(row, Object.keys(plan.fields)))
  const sum = (of: readonly { tickets: number }[]) => of.reduce((all, each) => all + each.tickets, 0)
  const done = rows.filter(({ state }) => state === 'done')
  const failed = sum(rows.filter(({ state }) => state === 'failed'))
  return {
    period,
    total: sum(rows),
    missing: sum(rows.filter(({ state }) => state === 'missing')),
    failed,
    failures: failed === 0 ? [] : await findFailures(period, parts, signal),
    unsure: done.reduce((all, { unsure }) => all + unsure, 0),
    byCategory: toCategories(done, Object.keys(plan.labels)),
    byDay: toDays(done),
    tickets,
    truncated: list.truncated,
  }
}

async function findFailures(
  period: Period,
  { sql, plan }: DeskParts,
  signal: AbortSignal,
): Promise<TicketReport['failures']> {
  const found = await readObjects(await sql.run(toFailuresStatement(plan, period, MOST_NAMED), signal))
  return found.map((row) => ({ id: toFieldText(row.ticket_id) ?? '', error: toFieldText(row.error) ?? '' }))
}

type Count = z.infer<typeof countSchema>

/** Most first; of equal counts in the order of the plan. */
function toCategories(rows: readonly Count[], labels: readonly string[]): TicketReport['byCategory'] {
  const counts = new Map<string, number>()
  for (const { category, tickets } of rows) {
    const name = category ?? UNDECIDED
    counts.set(name, (counts.get(name) ?? 0) + tickets)
  }
  const place = (name: string) => (labels.includes(name) ? labels.indexOf(name) : labels.length)
  return [...counts]
    .map(([category, count]) => ({ category, count }))
    .sort((a, b) => b.count - a.count || place(a.category) - place(b.category))
}

function toDays(rows: readonly Count[]): TicketReport['byDay'] {
  const days = new Map<string, Record<string, number>>()
  for (const { day, category, tickets } of rows) {
    const counts = days.get(day) ?? {}
    counts[category ?? UNDECIDED] = (counts[category ?? UNDECIDED] ?? 0) + tickets
    days.set(day, counts)
  }
  return [...days].map(([day, counts]) => ({ day, counts })).sort((a, b) => (a.day < b.day ? -1 : 1))
}

function toTicket(row: Record<string, SqlValue>, fields: readonly string[]): EnrichedTicket {
  return {
    id: toFieldText(row.ticket_id) ?? '',
    created: toFieldText(row.created_at) ?? '',
    text: toFieldText(row.ticket_text) ?? '',
    category: toFieldText(row.category),
    confidence: typeof row.confidence === 'number' ? row.confidence : null,
    fields: Object.fromEntries(fields.map((name) => [name, toFieldText(row[name])])),
    summary: toFieldText(row.summary),
    error: toFieldText(row.error),
    correctedBy: toFieldText(row.corrected_by),
  }
}
