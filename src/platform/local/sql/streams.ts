// Streaming tables: new rows of a source are enriched as they arrive, each row once, whatever is killed in between.
import { LakedeskError } from '../../../core/errors.ts'
import {
  type AiBudget,
  addUsage,
  NO_USAGE,
  type SqlEstimate,
  type SqlResult,
  type SqlStatement,
} from '../../ports/sql.ts'
import { checkBudget } from '../../sql/estimate-result.ts'
import { readStatement } from '../../sql/read-statement.ts'
import type { DuckStatement } from '../../sql/statement.ts'
import { toDuckStatement } from '../../sql/to-duck-statement.ts'
import { createWork, openWorkSession, type Tables, type Work } from './answer-passes.ts'
import { inFile, OWN_SCHEMA, quoteName, quoteText } from './duck-file.ts'
import { estimateWork } from './estimate.ts'
import { onePage } from './one-page.ts'
import { changeAnswered } from './run-change.ts'
import { makeSchemaOf } from './run-ddl.ts'
import type { Session } from './session.ts'

export interface StreamState {
  table: string
  source: string
  /** As it was created, in Databricks' dialect. */
  statement: string
  /** Rows of the source that have their result. */
  taken: number
}

export interface StreamRefresh {
  table: string
  /** Rows of the source that were enriched now. */
  rows: number
  /** Why it stopped early; null where all is done. Rows before that stand. */
  fault: LakedeskError | null
}

/** Rows of the source that are enriched, and kept, together. */
const BATCH_ROWS = 1_000
const STREAMS = `${OWN_SCHEMA}.streams`

type Stream = NonNullable<DuckStatement['stream']>

/**
 * Creates or changes the streaming table, and enriches what its source holds now. `num_affected_rows` counts rows of the source. Throws SQL_BUDGET
 * before anything is created where all the rows that wait would cost more.
 */
export async function runStream(work: Work, signal: AbortSignal): Promise<SqlResult> {
  const { duck, statement, tables } = work
  const stream = streamOf(duck)
  if (duck.read.parameters.length > 0) {
    const message = 'The definition of a streaming table is kept, so it cannot hold parameters. Write the values in it.'
    throw new LakedeskError('SQL_INVALID', message)
  }
  if (statement.budget) checkBudget((await estimateStream(work, signal)).total, statement.budget)
  await defineStream(work, stream, signal)
  return refresh(tables, duck, statement, signal)
}

/** Of all the rows that wait. */
export function estimateStream(work: Work, signal: AbortSignal): Promise<SqlEstimate> {
  const stream = streamOf(work.duck)
  return estimateWork({ ...work, prepare: (session) => takeNew(session, stream, null) }, signal)
}

/** Each stream for itself: the fault of one is told and does not keep the others. Rejects only with the reason of the signal. */
export async function refreshStreams(tables: Tables, signal: AbortSignal, budget?: AiBudget): Promise<StreamRefresh[]> {
  const done: StreamRefresh[] = []
  for (const { table, statement: text } of await listStreams(tables, signal)) {
    let rows = 0
    try {
      const statement: SqlStatement = { text, mode: 'create', ...(budget ? { budget } : {}) }
      const duck = toDuckStatement(readStatement(statement))
      await refresh(tables, duck, statement, signal, (count) => {
        rows += count
      })
      done.push({ table, rows, fault: null })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof LakedeskError)) throw error
      done.push({ table, rows, fault: error })
    }
  }
  return done
}

export function listStreams({ lease }: Tables, signal: AbortSignal): Promise<StreamState[]> {
  return lease.use(signal, async (connection) => {
    const found = await connection.run(`SELECT name, source, statement, taken FROM ${STREAMS} ORDER BY name`)
    const rows = await found.getRows()
    return rows.map(([table, source, statement, taken]) => ({
      table: String(table),
      source: String(source),
      statement: String(statement),
      taken: Number(taken),
    }))
  })
}

async function refresh(
  tables: Tables,
  duck: DuckStatement,
  statement: SqlStatement,
  signal: AbortSignal,
  onBatch: (rows: number) => void = () => undefined,
): Promise<SqlResult> {
  const stream = streamOf(duck)
  const engine = await tables.engine.refresh(signal)
  const all: SqlResult[] = []
  for (let total = 0; ; ) {
    const work = {
      ...createWork({ ...tables, engine }, duck, statement),
      prepare: (session: Session) => takeNew(session, stream, BATCH_ROWS),
    }
    let rows = 0
    const result = await changeAnswered(work, duck.query, signal, async (session) => {
      rows = await insertBatch(session, stream)
      return rows
    })
    total += rows
    onBatch(rows)
    all.push(result)
    if (rows < BATCH_ROWS) return toWhole(all, total)
  }
}

function toWhole(batches: SqlResult[], total: number): SqlResult {
  const usages = batches.map(({ usage }) => usage ?? NO_USAGE)
  const usage = usages.reduce(addUsage)
  const notices = batches.flatMap((batch) => batch.notices)
  const columns = [{ name: 'num_affected_rows', type: 'BIGINT' }]
  return { columns, pages: onePage([[total]]), truncated: false, notices, usage }
}

/** Within the transaction that changes: result, mark and tail are kept together or not at all. */
async function insertBatch(session: Session, { table, source, rows: newRows, select }: Stream): Promise<number> {
  const rows = Number(await readOne(session, `SELECT count(*) FROM temp.main.${quoteName(newRows)}`))
  if (rows === 0) return 0
  await session.run(`INSERT INTO ${inFile(table)} ${select}`)
  const taken = (await takenOf(session, table)) + rows
  const tail = await tailOf(session, source, taken)
  await session.run(
    `UPDATE ${STREAMS} SET taken = ${taken}, tail = ${quoteText(tail)} WHERE name = ${quoteText(table)}`,
  )
  return rows
}

/**
 * Puts a temporary table of the new rows in the place of the source, for this connection alone. Throws SQL_FAILED where rows that
 * have a result already are gone or others: new ones cannot be told then.
 */
async function takeNew(session: Session, { table, source, rows }: Stream, limit: number | null): Promise<void> {
  const taken = await takenOf(session, table)
  if (taken > 0) {
    const tail = await readOne(session, `SELECT tail FROM ${STREAMS} WHERE name = ${quoteText(table)}`)
    if ((await tailOf(session, source, taken)) !== tail) {
      const message = `The table ${source} no longer begins with the ${taken} rows that ${table} was made from, so its new rows cannot be told from old ones. Append new rows at the end of the file; to start anew, create a streaming table under another name.`
      throw new LakedeskError('SQL_FAILED', message)
    }
  }
  const cut = `${limit === null ? '' : `LIMIT ${limit} `}OFFSET ${taken}`
  await session.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(rows)} AS SELECT * FROM ${inFile(source)} ${cut}`)
}

/** What tells the last of so many rows from another one; DuckDB keeps rows in the order in which they came. */
async function tailOf(session: Session, source: string, rows: number): Promise<string> {
  const row = `(SELECT * FROM ${inFile(source)} LIMIT 1 OFFSET ${rows - 1}) AS last_row`
  return String((await readOne(session, `SELECT md5(CAST(to_json(last_row) AS VARCHAR)) FROM ${row}`)) ?? '')
}

async function takenOf(session: Session, table: string): Promise<number> {
  return Number((await readOne(session, `SELECT taken FROM ${STREAMS} WHERE name = ${quoteText(table)}`)) ?? 0)
}

async function readOne(session: Session, text: string): Promise<unknown> {
  const result = await session.run(text)
  const chunk = await session.fetch(result)
  return chunk?.getColumnValues(0)[0] ?? null
}

/** Creates the table empty, with the columns of the SELECT; a changed SELECT holds for new rows, if its columns are the same. */
async function defineStream(work: Work, stream: Stream, signal: AbortSignal): Promise<void> {
  const { table, source, select } = stream
  const { text } = work.duck.read
  await makeSchemaOf(work.tables.lease, table, signal)
  const session = await openWorkSession({ ...work, prepare: (one) => takeNew(one, stream, 0) }, signal, true)
  try {
    const known = await readOne(session, `SELECT statement FROM ${STREAMS} WHERE name = ${quoteText(table)}`)
    const follows = await readOne(session, `SELECT source FROM ${STREAMS} WHERE name = ${quoteText(table)}`)
    if (follows !== null && follows !== source) {
      const message = `The streaming table ${table} follows ${String(follows)}, and cannot follow ${source} from now on. Give this one another name.`
      throw new LakedeskError('SQL_REFUSED', message)
    }
    if (known === text) return
    if (known === null) {
      await session.run(`CREATE TABLE ${inFile(table)} AS ${select}`)
      await session.run(`INSERT INTO ${STREAMS} VALUES (${[table, source, text].map(quoteText).join(', ')}, 0, '')`)
    } else {
      // Fails where the columns do not fit, as there is no row to convert.
      await session.run(`INSERT INTO ${inFile(table)} ${select}`)
      const set = `statement = ${quoteText(text)}`
      await session.run(
        `UPDATE ${STREAMS} SET ${set} WHERE name = ${quoteText(table)} AND source = ${quoteText(source)}`,
      )
    }
    await session.commit()
  } finally {
    await session.end()
  }
}

function streamOf({ stream }: DuckStatement): Stream {
  if (!stream) throw new LakedeskError('SQL_INVALID', 'A streaming table needs a SELECT over STREAM(<table>).')
  return stream
}
