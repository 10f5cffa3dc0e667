// `lakedesk sql`: one statement over the tables of the data folder or the warehouse, with its AI functions, its budget and its cost.
import { renderConsoleTail } from '../bots/console/render-console-text.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { toPlainReply } from '../core/reply.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import type { Encoding } from '../platform/local/sql/load/decode-file.ts'
import type { LoadOptions, LoadReport } from '../platform/local/sql/load/load-table.ts'
import {
  readObjects,
  type SqlResult,
  type SqlStatement,
  type SqlUsage,
  type SqlValue,
  toUniqueNames,
} from '../platform/ports/sql.ts'
import { type BuiltSql, buildSql } from './build-sql.ts'
import type { Terminal } from './ingest.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { createProgressBar } from './progress-bar.ts'
import { readCorrections } from './read-corrections.ts'
import { nameOption, refuseOwnTables, tellNotices, tellStopped } from './sql-faults.ts'
import { stopSignal } from './stop-signal.ts'

export interface SqlOptions {
  load: readonly string[]
  json: boolean
  /** CREATE TABLE AS is allowed. */
  write: boolean
  /** `name=value`, each a string parameter. */
  param: readonly string[]
  limit?: number
  /** Spend without a budget. */
  yes: boolean
  /** Keep the good rows of a file with broken ones. */
  skipBroken: boolean
  encoding?: Encoding
}

const SHOWN_ROWS = 100
const CELL_WIDTH = 60
const SHOWN_FAULTS = 20

function readParameters(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const match = /^:?([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair)
      if (match?.[1] !== undefined) return [match[1], match[2] ?? '']
      throw new LakedeskError('CONFIG_INVALID', `--param takes name=value such as --param day=2026-11-21, not ${pair}.`)
    }),
  )
}

/** What one statement may spend without --yes: the budget of the tickets. What costs nothing has none. */
function toBudget(built: BuiltSql, settings: Settings, yes: boolean): Pick<SqlStatement, 'budget'> {
  return yes || built.free ? {} : { budget: loadTicketPlan(settings.sql.tickets).budget }
}

/** `from`: as many have been told before. */
export function tellLeftOut({ skipped, faults }: LoadReport, terminal: Terminal, from = 0): void {
  const named = faults.slice(from, from + SHOWN_FAULTS)
  for (const { line, fault } of named) terminal.stderr.write(`left out: line ${line}: ${fault}\n`)
  const more = skipped - from - named.length
  if (more > 0) terminal.stderr.write(`and ${more} more rows left out\n`)
}

/** How a file is to be read, of the options of a command. */
export function toLoading({
  skipBroken,
  encoding,
}: Pick<SqlOptions, 'skipBroken' | 'encoding'>): Pick<LoadOptions, 'skipBroken' | 'encoding'> {
  return { skipBroken, ...(encoding === undefined ? {} : { encoding }) }
}

/** Loads a file as a table, with a progress bar and what had to be left out. Throws TABLE_INVALID. */
export async function loadFile(
  file: string,
  sql: LocalSql,
  { terminal, ...options }: LoadOptions & { terminal: Terminal },
): Promise<LoadReport> {
  const bar = createProgressBar(terminal.stderr)
  try {
    const onProgress = (rows: number) => bar.update(`Loading ${file}`, rows, rows, { count: rows, unit: 'rows' })
    const report = await sql.load(file, { ...options, replace: true, onProgress })
    bar.end()
    tellLeftOut(report, terminal)
    return report
  } finally {
    bar.end()
  }
}

async function loadAll(
  files: readonly string[],
  { local }: BuiltSql,
  hands: LoadOptions & { terminal: Terminal },
): Promise<void> {
  if (files.length > 0 && !local) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      'Files are loaded into the embedded tables, and a warehouse is configured. Load them there, or unset DATABRICKS_WAREHOUSE_ID.',
    )
  }
  for (const file of files) {
    if (!local) continue
    const { table, rows, format } = await loadFile(file, local, hands)
    hands.terminal.stderr.write(`Loaded ${file} as ${table}: ${countRows(rows)} (${format}).\n`)
  }
}

const count = (value: number): string => value.toLocaleString('en-US')
export const countRows = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`

/** As a person reads a value in a table. */
function toCell(value: SqlValue): string {
  const text = value === null ? 'NULL' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const line = text.replace(/\s+/g, ' ')
  return line.length > CELL_WIDTH ? `${line.slice(0, CELL_WIDTH - 1)}…` : line
}

export function describeUsage({ distinct, cached, calls, inputTokens, outputTokens, usd }: SqlUsage): string {
  const tokens = inputTokens + outputTokens
  const cost =
    usd === null ? 'cost not known (set LAKEDESK_PRICE_INPUT and LAKEDESK_PRICE_OUTPUT)' : `$${usd.toFixed(4)}`
  const paid = tokens === 0 ? '' : `, ${count(tokens)} tokens, ${cost}`
  return `AI functions: ${count(distinct)} distinct inputs, ${count(cached)} remembered, ${count(calls)} asked now${paid}.`
}

async function print(result: SqlResult, json: boolean, terminal: Terminal): Promise<void> {
  const rows = await readObjects(result)
  if (json) {
    const names = toUniqueNames(result.columns.map(({ name }) => name))
    const columns = result.columns.map(({ type }, i) => ({ name: names[i], type }))
    terminal.stdout.write(`${JSON.stringify({ columns, rows }, null, 2)}\n`)
  } else {
    const shown = rows.slice(0, SHOWN_ROWS).map((row) => Object.values(row).map(toCell))
    const columns = result.columns.map(({ name }) => name)
    const reply = toPlainReply('sql', 'table', { blocks: [{ kind: 'table', columns, rows: shown }] })
    if (columns.length > 0) terminal.stdout.write(`${renderConsoleTail(reply, { color: false })}\n`)
    const more = rows.length > shown.length ? `, the first ${shown.length} shown (--json prints all)` : ''
    terminal.stderr.write(`${countRows(rows.length)}${more}.\n`)
  }
  if (result.truncated) terminal.stderr.write('There are more rows than the limit: raise --limit.\n')
}

/** False where the statement stopped half-way through a stop of the process. */
export async function sql(
  text: string,
  options: SqlOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const built = buildSql({ settings, log, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  const bar = createProgressBar(terminal.stderr)
  try {
    const parameters = readParameters(options.param)
    if (options.write) {
      const { writes } = await built.sql.read({ text, parameters, mode: 'create' })
      refuseOwnTables(writes, loadTicketPlan(settings.sql.tickets))
    }
    await loadAll(options.load, built, { ...toLoading(options), terminal, signal: stop.signal })
    const result = await built.sql.run(
      {
        text,
        parameters,
        mode: options.write ? 'create' : 'read',
        ...(options.limit === undefined ? {} : { rowLimit: options.limit }),
        ...toBudget(built, settings, options.yes),
        onProgress: ({ done, total }) => bar.update('Asking', done, total),
      },
      stop.signal,
    )
    bar.end()
    await print(result, options.json, terminal)
    tellNotices(result, terminal)
    if (result.usage && result.usage.rows > 0) terminal.stderr.write(`${describeUsage(result.usage)}\n`)
    return true
  } catch (error) {
    bar.end()
    if (stop.signal.aborted) return tellStopped(terminal)
    throw await nameOption(error, text, built.sql, options)
  } finally {
    bar.end()
    stop.release()
    await built.close()
  }
}
