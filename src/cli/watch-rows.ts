// `lakedesk tickets watch`: follows a file that grows, and enriches its new rows through a streaming table.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { type AiBudget, readObjects } from '../platform/ports/sql.ts'
import { readStatement } from '../platform/sql/read-statement.ts'
import { buildLocalSql } from './build-sql.ts'
import type { Terminal } from './ingest.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { tellWhy } from './out-file.ts'
import { readCorrections } from './read-corrections.ts'
import { readGiven } from './read-given.ts'
import { countRows } from './sql.ts'
import { stopSignal } from './stop-signal.ts'

export interface WatchOptions {
  into: string
  once: boolean
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

function openToRead(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw new LakedeskError('TABLE_INVALID', `${file} cannot be read: ${tellWhy(error)}.`, error)
  }
}

/** Bytes of the file, and whether its last line is ended. Throws TABLE_INVALID. */
function lookAt(file: string): { size: number; ended: boolean } {
  const handle = openToRead(file)
  try {
    const { size } = fstatSync(handle)
    const last = Buffer.alloc(1)
    readSync(handle, last, 0, 1, Math.max(0, size - 1))
    return { size, ended: last[0] === 0x0a }
  } finally {
    closeSync(handle)
  }
}

interface Following {
  file: string
  sql: LocalSql
  /** Of each thousand rows. */
  budget: AiBudget | undefined
  terminal: Terminal
  signal: AbortSignal
}

interface Taken {
  rows: number
  failed: boolean
}

/** Once through: what the file has grown by, and a result for each new row. */
async function takeUp({ file, sql, budget, terminal, signal }: Following): Promise<Taken> {
  await sql.load(file, { append: true, signal })
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

/** Looks again and again. A line that is being written is left until it is ended, or nobody goes on with it. */
async function follow(following: Following): Promise<never> {
  const { file, terminal, signal } = following
  let [size, told] = [-1, '']
  for (;;) {
    try {
      const now = lookAt(file)
      const isWhole = now.ended || now.size === size
      size = now.size
      if (isWhole) await takeUp(following)
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
    if (rows === 0) return !failed
  }
}

/** Goes on until it is stopped; what a stop broke off is taken up again by the next start, no row twice. */
export async function watchRows(
  file: string,
  { into, once, yes }: WatchOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const { text, table } = readInto(into)
  const isFree = yes || settings.sql.model === 'offline'
  const budget = isFree ? undefined : loadTicketPlan(settings.sql.tickets).budget
  const sql = buildLocalSql({ settings, log, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  try {
    // The source has to be there before a statement can name it.
    await sql.load(file, { append: true, signal: stop.signal })
    const made = await sql.run({ text, mode: 'create', ...(budget ? { budget } : {}) }, stop.signal)
    const [first] = await readObjects(made)
    terminal.stdout.write(`${table}: ${countRows(Number(first?.num_affected_rows ?? 0))} taken up\n`)
    for (const { message } of made.notices) terminal.stderr.write(`${table}: ${message}\n`)
    const following = { file, sql, budget, terminal, signal: stop.signal }
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
