// `lakedesk tickets watch`: follows a file that grows, and enriches its new rows through a streaming table.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { type AiBudget, readObjects } from '../platform/ports/sql.ts'
import { readStatement } from '../platform/sql/read-statement.ts'
import { buildLocalSql } from './build-sql.ts'
import { findEndedLines } from './ended-lines.ts'
import type { Terminal } from './ingest.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { readCorrections } from './read-corrections.ts'
import { readGiven } from './read-given.ts'
import { countRows, tellLeftOut } from './sql.ts'
import { refuseOwnTables } from './sql-faults.ts'
import { stopSignal } from './stop-signal.ts'

export interface WatchOptions {
  into: string
  once: boolean
  /** Leave broken rows out, each named once. */
  skipBroken: boolean
  /** Spend without a budget. */
  yes: boolean
}

const LOOK_EVERY_MS = 2_000
/** What may be gone at the next look: a file that somebody is writing, tables that somebody else has. */
const PASSING = ['TABLE_INVALID', 'SQL_BUSY']

/** Throws CONFIG_INVALID where the statement makes no streaming table: nothing would ever follow the file. */
function readInto(given: string): { text: string; table: string } {
  const text = readGiven('--into', given)
  const { kind, writes } = readStatement({ text, mode: 'create' })
  if (kind === 'create-streaming-table' && writes !== null) return { text, table: writes }
  const shape = 'CREATE OR REFRESH STREAMING TABLE <name> AS SELECT ... FROM STREAM(<table of the file>)'
  throw new LakedeskError('CONFIG_INVALID', `--into takes the statement of a streaming table. Write ${shape}.`)
}

interface Following {
  file: string
  sql: LocalSql
  /** Of each thousand rows. */
  budget: AiBudget | undefined
  skipBroken: boolean
  terminal: Terminal
  signal: AbortSignal
  /** What has been told already: rows left out, and that the last line waits. */
  told: { leftOut: number; waits: boolean }
}

/** Loads what the file has grown by, up to its last ended line. */
async function loadMore({ file, sql, skipBroken, terminal, signal, told }: Following): Promise<void> {
  const { endAt } = findEndedLines(file)
  const report = await sql.load(file, { append: true, skipBroken, signal, ...(endAt === undefined ? {} : { endAt }) })
  tellLeftOut(report, terminal, told.leftOut)
  told.leftOut = report.skipped
}

function tellWaits({ file, terminal, told }: Following): void {
  if (!told.waits) terminal.stderr.write(`The last line of ${file} has no line break yet, so it waits for one.\n`)
  told.waits = true
}

interface Taken {
  rows: number
  failed: boolean
}

/** Once through: what the file has grown by, and a result for each new row. */
async function takeUp(following: Following): Promise<Taken> {
  const { sql, budget, terminal, signal } = following
  await loadMore(following)
  const refreshed = await sql.refreshStreams(signal, budget)
  for (const { table, rows, fault } of refreshed) {
    if (rows > 0) terminal.stdout.write(`${table}: ${countRows(rows)} more\n`)
    if (fault) terminal.stderr.write(`${table}: ${fault.userMessage}\n`)
  }
  return {
    rows: refreshed.reduce((sum, { rows }) => sum + rows, 0),
    failed: refreshed.some(({ fault }) => fault !== null),
  }
}

/** Looks again and again. A line that is being written is left until it is ended. */
async function follow(following: Following): Promise<never> {
  const { file, terminal, signal } = following
  let [size, told] = [-1, '']
  for (;;) {
    try {
      const now = findEndedLines(file)
      if (now.hasRest && now.size === size) tellWaits(following)
      size = now.size
      await takeUp(following)
      told = ''
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof LakedeskError) || !PASSING.includes(error.code)) throw error
      if (told !== error.userMessage) terminal.stderr.write(`${error.userMessage} It is tried again.\n`)
      told = error.userMessage
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** All that is there now. False where a result could not be had. */
async function takeUpAll(following: Following): Promise<boolean> {
  for (;;) {
    const { rows, failed } = await takeUp(following)
    if (rows > 0) continue
    if (findEndedLines(following.file).hasRest) tellWaits(following)
    return !failed
  }
}

/** Goes on until it is stopped; what a stop broke off is taken up again by the next start, no row twice. */
export async function watchRows(
  file: string,
  { into, once, skipBroken, yes }: WatchOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const { text, table } = readInto(into)
  const isFree = yes || settings.sql.model === 'offline'
  const plan = loadTicketPlan(settings.sql.tickets)
  refuseOwnTables(table, plan)
  const budget = isFree ? undefined : plan.budget
  const sql = buildLocalSql({ settings, log, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  const told = { leftOut: 0, waits: false }
  const following = { file, sql, budget, skipBroken, terminal, signal: stop.signal, told }
  try {
    // The source has to be there before a statement can name it.
    await loadMore(following)
    const made = await sql.run({ text, mode: 'create', ...(budget ? { budget } : {}) }, stop.signal)
    const [first] = await readObjects(made)
    terminal.stdout.write(`${table}: ${countRows(Number(first?.num_affected_rows ?? 0))} taken up\n`)
    for (const { message } of made.notices) terminal.stderr.write(`${table}: ${message}\n`)
    if (once) return await takeUpAll(following)
    terminal.stderr.write(`Following ${file}. Ctrl-C ends it; the same command goes on there.\n`)
    return await follow(following)
  } catch (error) {
    if (stop.signal.aborted) return true
    throw error
  } finally {
    stop.release()
    await sql.close()
  }
}
