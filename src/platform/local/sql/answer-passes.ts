// Runs the reading part of a statement again and again, and has what was missing answered in between, until nothing is missing.
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import type { AiEngine } from '../../ports/ai-functions.ts'
import type { SqlStatement } from '../../ports/sql.ts'
import { checkBudget } from '../../sql/estimate-result.ts'
import { toPlacedName } from '../../sql/place-tables.ts'
import type { DuckStatement } from '../../sql/statement.ts'
import type { AiCache } from './ai-cache.ts'
import { type AiLookups, createAiLookups } from './ai-lookups.ts'
import type { Asking } from './asking.ts'
import { checkDuckText } from './check-duck-text.ts'
import type { Lease } from './lease.ts'
import { openSession, type Session } from './session.ts'
import { addSpent, createSpent, type Spent, toForecast } from './spending.ts'

export interface Tables {
  lease: Lease
  cache: AiCache
  asking: Asking
  engine: AiEngine
  now(): Date
  /** Milliseconds that a statement of a person may compute. */
  limitMs: number
}

/** One statement on its way. */
export interface Work {
  tables: Tables
  duck: DuckStatement
  statement: SqlStatement
  lookups: AiLookups
  spent: Spent
  /** What the statement takes for now. */
  at: Date
  lastStage: number
  /** Brings about what the statement reads, such as the new rows of a stream, in each of its sessions. */
  prepare?(session: Session): Promise<void>
}

export function createWork(tables: Tables, duck: DuckStatement, statement: SqlStatement): Work {
  const { sites } = duck.read
  return {
    tables,
    duck,
    statement,
    lookups: createAiLookups(sites, tables.engine, tables.cache),
    spent: createSpent(),
    at: tables.now(),
    lastStage: Math.max(0, ...sites.map(({ stage }) => stage)),
  }
}

/** One row more than wanted tells whether there are more; no AI function is asked for rows beyond. Null: all are wanted. */
export function rowsWanted({ rowLimit }: SqlStatement): number | null {
  return rowLimit === undefined ? null : Math.max(0, Math.floor(rowLimit)) + 1
}

export function toQuery({ duck, statement }: Work): string {
  const rows = rowsWanted(statement)
  if (rows === null || duck.read.kind !== 'select') return duck.query ?? duck.text
  return `SELECT * FROM (${duck.query ?? duck.text}) AS lakedesk_limited LIMIT ${rows}`
}

/** More looks than this, each with all its calls answered, and the rows change faster than they are answered. */
const MAX_PASSES = 10

/** Rows of the last pass that are kept; a larger result is computed again from answers that are all known. */
const KEPT_ROWS = 10_000

/**
 * Ends with everything answered, in a session whose tables still are those that were looked at: the caller ends it. `chunks` are the rows of the
 * query where there are few. Throws SQL_BUDGET before anything of a pass is spent, AI_FUNCTION_FAILED when a pass has seen all its rows.
 */
export async function answerPasses(
  work: Work,
  query: string,
  signal: AbortSignal,
): Promise<{ session: Session; result: DuckDBResult; chunks: DuckDBDataChunk[] | null }> {
  const { lookups } = work
  for (let [stage, passes] = [0, 0]; ; ) {
    const session = await openWorkSession(work, signal, false)
    try {
      lookups.begin(stage)
      const { result, chunks } = await drain(work, session, query)
      let { missing } = lookups.count()
      if (missing.length > 0 && mayDiffer(work)) {
        // Looked at twice before anything is spent: what differs each time would be asked for without end.
        const keys = new Set(missing.map(({ key }) => key))
        lookups.begin(stage)
        await drain(work, session, query)
        missing = lookups.count().missing
        if (missing.some(({ key }) => !keys.has(key))) throw toRestless()
      }
      if (missing.length === 0 && stage >= work.lastStage) return { session, result, chunks }
      await session.end()
      if (missing.length === 0) {
        stage += 1
        passes = 0
        continue
      }
      if (!lookups.count().cut) passes += 1
      if (passes > MAX_PASSES) throw toRestless()
      await answerMissing(work, signal)
    } catch (error) {
      await session.end()
      throw lookups.fault ?? error
    }
  }
}

/** Functions that give another value at each look. */
const RESTLESS = new Set(['rand', 'randn', 'random', 'uuid', 'shuffle', 'monotonically_increasing_id'])

function mayDiffer({ duck }: Work): boolean {
  return duck.read.functions.some((name) => RESTLESS.has(name))
}

function toRestless(): LakedeskError {
  const message = `The rows or arguments that the statement's AI functions are given are different each time they are looked at, so no answer would ever be used. Keep what changes (rand(), uuid()) out of the arguments, the conditions and ORDER BY, or store the rows in a table first.`
  return new LakedeskError('SQL_INVALID', message)
}

export async function openWorkSession(work: Work, signal: AbortSignal, writes: boolean): Promise<Session> {
  const { tables, lookups, at } = work
  // Statements of Lakedesk's own work through whole tables and are known to end.
  const hands = { lease: tables.lease, ...(work.statement.mode === 'own' ? {} : { limitMs: tables.limitMs }) }
  const session = await openSession({ ...hands, lookUp: lookups.lookUp, at, writes }, signal)
  try {
    await checkReading(work, session)
    await work.prepare?.(session)
  } catch (error) {
    await session.end()
    throw error
  }
  return session
}

/** Whatever is run for this statement is made of what it reads. */
async function checkReading({ duck }: Work, session: Session): Promise<void> {
  const { read, reading, text, stream } = duck
  if (reading === null || checked.has(duck)) return
  // What an UPDATE or DELETE changes is looked at first.
  const placed = (read.writes === null ? read.reads : [...read.reads, read.writes]).map(toPlacedName)
  const tables = stream ? [...placed, stream.rows] : placed
  await checkDuckText(session.connection, reading, { tables, functions: duck.duckFunctions })
  if (read.kind === 'create-table' && !text.endsWith(reading)) {
    throw new LakedeskError('SQL_REFUSED', 'The statement cannot be written down safely. Write it in simpler words.')
  }
  checked.add(duck)
}

const checked = new WeakSet<DuckStatement>()

export async function drain(
  work: Work,
  session: Session,
  query: string,
): Promise<{ result: DuckDBResult; chunks: DuckDBDataChunk[] | null }> {
  const bound = await session.bind(work.duck.read.parameters, work.statement.parameters ?? {})
  const result = await session.stream(query, bound)
  let chunks: DuckDBDataChunk[] | null = []
  let rows = 0
  for (let chunk = await session.fetch(result); chunk; chunk = await session.fetch(result)) {
    rows += chunk.rowCount
    if (rows > KEPT_ROWS) chunks = null
    chunks?.push(chunk)
  }
  if (work.lookups.fault) throw work.lookups.fault
  return { result, chunks }
}

async function answerMissing(work: Work, signal: AbortSignal): Promise<void> {
  const { tables, lookups, spent, statement } = work
  const count = lookups.count()
  checkBudget(toForecast(count, spent, tables.engine.price), statement.budget)
  const total = spent.keys.size + new Set(count.sites.flatMap((site) => [...site.missing])).size
  let done = spent.keys.size
  statement.onProgress?.({ done, total })
  await tables.asking.ask(count.missing, tables.engine, signal, (wanted, answer, own) => {
    lookups.settle(wanted, answer)
    if (own) addSpent(spent, wanted.key, answer)
    done += 1
    statement.onProgress?.({ done, total })
  })
}
