// Tickets on the command line: load a file or the sample, print the SQL of a pipeline.
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { readObjects, type SqlColumn } from '../platform/ports/sql.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { writePipeline, writeReviewPipeline } from '../tickets/write-pipeline.ts'
import { type BuiltSql, buildSql } from './build-sql.ts'
import type { Terminal } from './ingest.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { readCorrections } from './read-corrections.ts'
import { sampleFolder, sampleTicketPlanPath } from './sample.ts'
import { bringSampleLabels, SAMPLE_LABELS } from './sample-labels.ts'
import { loadFile, type SqlOptions, toLoading } from './sql.ts'
import { stopSignal } from './stop-signal.ts'

const SAMPLE = join(sampleFolder, 'tickets.csv')
const DAY_MS = 86_400_000

function needLocal({ local }: BuiltSql): LocalSql {
  if (local) return local
  throw new LakedeskError(
    'CONFIG_INVALID',
    'The tickets are in a warehouse, so files are loaded there. To use the embedded tables unset DATABRICKS_WAREHOUSE_ID.',
  )
}

async function withLocal<T>(
  settings: Settings,
  log: Log,
  job: (sql: LocalSql, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const built = buildSql({ settings, log, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  try {
    return await job(needLocal(built), stop.signal)
  } finally {
    stop.release()
    await built.close()
  }
}

/** Periods are cut out of this column. Throws TABLE_INVALID where it holds no dates. */
function checkDates(file: string, { created }: TicketPlan, columns: readonly SqlColumn[]): void {
  const column = columns.find(({ name }) => name.toLowerCase() === created.toLowerCase())
  if (column === undefined || /^(DATE|TIMESTAMP)/.test(column.type)) return
  throw new LakedeskError(
    'TABLE_INVALID',
    `The column ${created} of ${file} does not hold dates alone (it was read as ${column.type}), so it was not loaded. Write each as 2026-11-21 or 2026-11-21T09:30:00Z.`,
  )
}

/** Throws TABLE_INVALID where a column of the plan is missing, or holds no dates. */
function checkColumns(file: string, plan: TicketPlan, columns: readonly SqlColumn[]): void {
  const names = columns.map(({ name }) => name)
  const has = new Set(names.map((name) => name.toLowerCase()))
  const missing = [plan.id, plan.text, plan.created].filter((name) => !has.has(name.toLowerCase()))
  if (missing.length === 0) {
    checkDates(file, plan, columns)
    return
  }
  throw new LakedeskError(
    'TABLE_INVALID',
    `${file} has no column ${missing.join(' and ')}, so it was not loaded; it has ${names.join(', ')}. Name its columns in the file of LAKEDESK_TICKETS (docs/tickets.md), or rename them.`,
  )
}

export type LoadTicketsOptions = Pick<SqlOptions, 'skipBroken' | 'encoding'>

export function loadTickets(
  file: string,
  options: LoadTicketsOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const plan = loadTicketPlan(settings.sql.tickets)
  return withLocal(settings, log, async (sql, signal) => {
    const check = (columns: readonly SqlColumn[]) => checkColumns(file, plan, columns)
    try {
      const { rows } = await loadFile(file, sql, { table: plan.table, ...toLoading(options), check, terminal, signal })
      const tickets = `${rows.toLocaleString('en-US')} ${rows === 1 ? 'ticket' : 'tickets'}`
      terminal.stdout.write(`${tickets} loaded as ${plan.table}. Triage them: lakedesk tickets yesterday\n`)
      return true
    } catch (error) {
      if (!signal.aborted) throw error
      terminal.stderr.write('Stopped. Nothing was loaded: the tickets are those of before.\n')
      return false
    }
  })
}

/** Loads the sample, its dates moved by whole days so that the newest ticket is of today. Returns the number of tickets. */
export async function bringSampleTickets(sql: LocalSql, plan: TicketPlan, signal: AbortSignal): Promise<number> {
  const { rows } = await sql.load(SAMPLE, { table: plan.table, replace: true, signal })
  const newest = `SELECT datediff(current_date(), max(CAST(${plan.created} AS DATE))) AS days FROM ${plan.table}`
  const [found] = await readObjects(await sql.run({ text: newest }, signal))
  const days = Math.round(Number(found?.days ?? 0))
  if (days !== 0) {
    const text = `UPDATE ${plan.table} SET ${plan.created} = ${plan.created} + INTERVAL ${days} DAY`
    for await (const _ of (await sql.run({ text, mode: 'own' }, signal)).pages);
  }
  return rows
}

/** Loads the sample where the table of tickets is not there yet. Returns how many it loaded. */
export function bringSampleIfNone(settings: Settings, log: Log): Promise<number> {
  const plan = loadTicketPlan(sampleTicketPlanPath)
  return withLocal(settings, log, async (sql, signal) => {
    const known = (await sql.listTables(signal)).some(({ name }) => name === plan.table)
    return known ? 0 : bringSampleTickets(sql, plan, signal)
  })
}

export function sampleTickets(settings: Settings, log: Log, terminal: Terminal = process): Promise<boolean> {
  const plan = loadTicketPlan(settings.sql.tickets ?? sampleTicketPlanPath)
  return withLocal(settings, log, async (sql, signal) => {
    const rows = await bringSampleTickets(sql, plan, signal)
    const labels = bringSampleLabels(settings.data)
    terminal.stdout.write(
      `${rows} sample tickets of Tallyport, an invented product, loaded as ${plan.table}; the newest is of ${new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString().slice(0, 10)}.\nTriage them: lakedesk tickets yesterday\n${labels} of them with their categories are in ${SAMPLE_LABELS}. Train on them: lakedesk finetune ${SAMPLE_LABELS}\n`,
    )
    return true
  })
}

export function printPipeline(
  { reviews }: { reviews: boolean },
  settings: Settings,
  terminal: Pick<Terminal, 'stdout'> = process,
): void {
  const plan = loadTicketPlan(settings.sql.tickets)
  const endpoint = settings.sql.model === 'offline' ? {} : { endpoint: settings.sql.model }
  const text = reviews
    ? writeReviewPipeline({
        ...{ source: 'raw_product_reviews', target: 'product_reviews_enriched' },
        endpoint: endpoint.endpoint ?? 'databricks-meta-llama-3-3-70b-instruct',
      })
    : writePipeline(plan, { source: plan.table, target: `${plan.table}_enriched`, ...endpoint })
  terminal.stdout.write(`${text}\n`)
}
