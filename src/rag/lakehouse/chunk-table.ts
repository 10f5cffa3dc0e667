// What the chunking job does, carried out by our own chunker over any SQL: equal documents give equal rows.
import { createHash } from 'node:crypto'
import { LakedeskError } from '../../core/errors.ts'
import {
  CHUNK_COLUMN_NAMES,
  type ChunkRow,
  toCreateChunks,
  toDeleteChunks,
  toMergeChunks,
} from '../../platform/ports/chunk-table.ts'
import { readObjects, type Sql, type SqlStatement, type SqlValue } from '../../platform/ports/sql.ts'
import { chunkDocument } from '../chunk/chunk-document.ts'
import { describeStrategy, WINDOW, type WindowStrategy } from '../chunk/strategy.ts'

export interface ChunkTableOptions {
  /** Table of whole documents: doc_id, title, doc_type, last_updated, content, and url where it has one. */
  documents: string
  /** Table of chunks; made where it is missing. */
  chunks: string
  size?: number
  overlap?: number
  /** Name of the source in the table of chunks; by default that of the documents. */
  source?: string
  signal?: AbortSignal
  /** Lines as the job prints them. */
  log?: (line: string) => void
}

/** As the job prints it in its last line. */
export interface ChunkCounts {
  documents: number
  chunks: number
  inserted: number
  updated: number
  deleted: number
}

/** A whole document, as its row has it. */
export interface WholeDocument {
  doc_id: string
  title: string
  url: string
  doc_type: string
  last_updated: string
  content: string
}

const NEEDED = ['doc_id', 'title', 'doc_type', 'last_updated', 'content']
const BATCH_ROWS = 500
const NAME = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){0,2}$/

/** The rows of one document, in order. */
export function toDocumentRows(document: WholeDocument, strategy: WindowStrategy, source: string): ChunkRow[] {
  const { content, ...fields } = document
  const parts = [fields.title, fields.url, fields.doc_type, fields.last_updated, content]
  const told = [describeStrategy(strategy), strategy.size, strategy.overlap, ...parts].join('\0')
  const content_hash = createHash('sha256').update(told).digest('hex')
  return chunkDocument({ doc_id: fields.doc_id, body: content, tree: null }, strategy).map((chunk) => ({
    chunk_id: chunk.chunk_id,
    ...fields,
    title: fields.title || fields.doc_id,
    heading_path: '[]',
    chunk_index: chunk.ordinal,
    content: chunk.text,
    content_hash,
    source,
  }))
}

/**
 * Cuts the documents into windows and merges them by chunk_id; chunks of this source that are gone are deleted, others never touched. The
 * second time it changes nothing. Throws SQL_*, and JOB_FAILED for documents without or with the same id, for none at all, and for a table of
 * chunks whose key is not unique.
 */
export async function chunkTable(sql: Sql, options: ChunkTableOptions): Promise<ChunkCounts> {
  const { documents, chunks, size = WINDOW.size, overlap = WINDOW.overlap, log = () => {} } = options
  const { source = documents, signal = new AbortController().signal } = options
  if (size < 1 || overlap < 0 || overlap >= size) {
    throw refused('The overlap must be smaller than the window, and neither may be negative.')
  }
  const wrong = [documents, chunks].find((name) => !NAME.test(name))
  if (wrong !== undefined) throw refused(`${wrong.slice(0, 200)} is no name of a table. Write catalog.schema.table.`)
  const run = async (statement: SqlStatement) => readObjects(await sql.run(statement, signal))
  const whole = await readWhole(run, documents)
  log(`${whole.length} documents in ${documents}`)
  const strategy = { ...WINDOW, size, overlap }
  const rows = whole.flatMap((document) => toDocumentRows(document, strategy, source))
  log(`${rows.length} chunks`)
  await run(toCreateChunks(chunks))
  const counts = { documents: whole.length, chunks: rows.length, ...(await merge(run, chunks, rows, source)) }
  log(JSON.stringify(counts))
  return counts
}

type Run = (statement: SqlStatement) => Promise<Record<string, SqlValue>[]>

async function readWhole(run: Run, table: string): Promise<WholeDocument[]> {
  const found = await run({ text: `SELECT * FROM ${table}`, mode: 'read' })
  const [first] = found
  if (!first) {
    throw refused('The table of documents is empty. Nothing was changed: fill it, or delete the chunks by hand.')
  }
  const missing = NEEDED.filter((name) => !(name in first))
  if (missing.length > 0) {
    throw refused(`The documents have no column ${missing.join(', ')}. Needed are ${NEEDED.join(', ')}.`)
  }
  const whole = found.map((row) => ({
    doc_id: toText(row.doc_id),
    title: toText(row.title),
    url: toText(row.url),
    doc_type: toText(row.doc_type),
    last_updated: toDay(row.last_updated),
    content: toText(row.content),
  }))
  checkKeys(whole)
  return whole
}

function checkKeys(whole: readonly WholeDocument[]): void {
  const counts = new Map<string, number>()
  for (const { doc_id } of whole) counts.set(doc_id, (counts.get(doc_id) ?? 0) + 1)
  if (counts.has('')) throw refused('Some documents have no doc_id. Give each one its own.')
  const repeated = [...counts].flatMap(([id, count]) => (count > 1 ? [id] : [])).sort()
  if (repeated.length === 0) return
  const some = repeated.slice(0, 5).join(', ')
  throw refused(`doc_id is not unique: ${repeated.length} ids stand in more than one row, such as ${some}.`)
}

async function merge(run: Run, table: string, rows: readonly ChunkRow[], source: string) {
  const stored = await run({ text: `SELECT ${CHUNK_COLUMN_NAMES.join(', ')} FROM ${table}`, mode: 'read' })
  const before = new Map(stored.map((row) => [toText(row.chunk_id), row]))
  if (before.size < stored.length) {
    throw refused(
      `${table} holds ${stored.length - before.size} chunk_ids more than once, as appending leaves them. Delete those rows, then run this again.`,
    )
  }
  const isNew = ({ chunk_id }: ChunkRow) => !before.has(chunk_id)
  const inserted = rows.filter(isNew)
  const updated = rows.filter((row) => !isNew(row) && differs(before.get(row.chunk_id) ?? {}, row))
  const changed = [...inserted, ...updated]
  for (let at = 0; at < changed.length; at += BATCH_ROWS) {
    await run(toMergeChunks(table, changed.slice(at, at + BATCH_ROWS)))
  }
  const kept = new Set(rows.map(({ chunk_id }) => chunk_id))
  const gone = [...before].flatMap(([id, row]) => (row.source === source && !kept.has(id) ? [id] : []))
  if (gone.length > 0) await run(toDeleteChunks(table, gone))
  return { inserted: inserted.length, updated: updated.length, deleted: gone.length }
}

function differs(before: Readonly<Record<string, SqlValue>>, row: ChunkRow): boolean {
  return Object.entries(row).some(([name, value]) => toText(before[name]) !== String(value))
}

function toText(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The day of a timestamp; a text as it is. */
function toDay(value: SqlValue | undefined): string {
  const text = toText(value)
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z?$/.test(text) ? text.slice(0, 10) : text
}

function refused(why: string): LakedeskError {
  return new LakedeskError('JOB_FAILED', why)
}
