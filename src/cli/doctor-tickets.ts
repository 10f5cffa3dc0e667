// What `doctor` checks of tickets: the file that describes them, where their table is, and who answers AI functions.
import { z } from 'zod'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { isCatchAll } from '../platform/offline/ai/classify/label-names.ts'
import type { Sql, SqlColumn, SqlTable } from '../platform/ports/sql.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { toAllColumns } from '../tickets/ticket-statements.ts'
import { buildSql } from './build-sql.ts'
import { loadChampion, openOwnChampion } from './champion-classifier.ts'
import type { Check } from './doctor-promotion.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { readCorrections } from './read-corrections.ts'

const TIMEOUT_MS = 60_000

function checkResults(plan: TicketPlan, { columns }: SqlTable): void {
  const has = new Set(columns.map(({ name }) => name.toLowerCase()))
  const missing = toAllColumns(plan).filter((name) => !has.has(name.toLowerCase()))
  if (missing.length === 0) return
  throw new LakedeskError(
    'TABLE_INVALID',
    `The table ${plan.enrichment} has no column ${missing.join(', ')}, so results cannot be written to it. Name another table as enrichment in the file of LAKEDESK_TICKETS (Lakedesk makes it), or add the columns; docs/tickets.md describes the file.`,
  )
}

function checkColumns(plan: TicketPlan, { columns }: SqlTable): void {
  const has = new Set(columns.map(({ name }) => name.toLowerCase()))
  const missing = [plan.id, plan.text, plan.created].filter((name) => !has.has(name.toLowerCase()))
  if (missing.length === 0) return
  throw new LakedeskError(
    'TABLE_INVALID',
    `The table ${plan.table} has no column ${missing.join(' and ')}. Name its columns in the file of LAKEDESK_TICKETS; docs/tickets.md describes it.`,
  )
}

const describedSchema = z.tuple([z.string(), z.string()]).rest(z.unknown())

/** A warehouse lists the tables of one schema: one that is named in full is asked for by its name. */
async function findTable(sql: Sql, listed: readonly SqlTable[], wanted: string): Promise<SqlTable | undefined> {
  const found = listed.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  if (found || !wanted.includes('.')) return found
  const columns: SqlColumn[] = []
  try {
    const { pages } = await sql.run({ text: `DESCRIBE TABLE ${wanted}` }, AbortSignal.timeout(TIMEOUT_MS))
    for await (const page of pages) {
      for (const row of page) {
        const [name, type] = describedSchema.parse(row)
        // A warehouse tells partitions and more behind an empty line.
        if (name === '' || name.startsWith('#')) return { name: wanted, columns, rows: null }
        columns.push({ name, type })
      }
    }
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'SQL_INVALID') return undefined
    throw error
  }
  return { name: wanted, columns, rows: null }
}

async function describeTickets(settings: Settings): Promise<string> {
  const plan = loadTicketPlan(settings.sql.tickets)
  const { sql, local, close } = buildSql({ settings, log: silentLog, examples: () => readCorrections(settings) })
  try {
    const tables = await sql.listTables(AbortSignal.timeout(TIMEOUT_MS))
    const [table, results] = [await findTable(sql, tables, plan.table), await findTable(sql, tables, plan.enrichment)]
    if (results) checkResults(plan, results)
    const who = local
      ? `AI functions by ${settings.sql.model === 'offline' ? 'offline rules' : settings.sql.model}`
      : sql.name
    if (!table) return `no table ${plan.table} yet (lakedesk tickets load <file>, or tickets sample); ${who}`
    checkColumns(plan, table)
    const rows = table.rows === null ? '' : `, ${table.rows} tickets`
    return `${plan.table}${rows}, ${Object.keys(plan.labels).length} labels; ${who}`
  } finally {
    await close()
  }
}

/** Who answers ai_classify: the promoted version, or the rules. Throws CLASSIFIER_INVALID, PLATFORM_*. */
async function describeClassifier(settings: Settings): Promise<string> {
  const { platform, sql, training } = settings
  if (platform.kind === 'databricks' && sql.warehouse) return 'the warehouse answers ai_classify'
  const otherwise = sql.model === 'offline' ? 'offline rules answer' : `${sql.model} answers`
  const { parts, close } = openOwnChampion(settings, silentLog)
  try {
    const champion = await loadChampion(parts)
    if (champion === null) return `no version of ${training.classifier} is promoted; ${otherwise} ai_classify`
    const labels = champion.classifier?.labels ?? []
    const unknown = Object.keys(loadTicketPlan(settings.sql.tickets).labels).filter(
      (label) => !labels.includes(label) && !isCatchAll({ label }),
    )
    const told = unknown.length === 0 ? '' : `; not of tickets, since it does not know ${unknown.join(', ')}`
    return `${champion.model} v${champion.version} (${champion.alias}) answers ai_classify, ${labels.length} labels${told}`
  } finally {
    await close()
  }
}

export function ticketChecks(settings: Settings): Check[] {
  return [
    { name: 'tickets', run: () => describeTickets(settings) },
    { name: 'classifier', run: () => describeClassifier(settings) },
  ]
}
