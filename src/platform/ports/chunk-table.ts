// The table of chunks that a Delta Sync index follows: its columns, and the statements that change it. The same on every warehouse.
import type { SqlStatement } from './sql.ts'
import type { IndexDocument } from './vector-index.ts'

/** `heading_path` is a JSON list in a STRING: columns of an index are plain values. */
export const CHUNK_COLUMNS = [
  ['chunk_id', 'STRING'],
  ['doc_id', 'STRING'],
  ['title', 'STRING'],
  ['url', 'STRING'],
  ['doc_type', 'STRING'],
  ['last_updated', 'STRING'],
  ['heading_path', 'STRING'],
  ['chunk_index', 'INT'],
  ['content', 'STRING'],
  ['content_hash', 'STRING'],
  ['source', 'STRING'],
] as const

export const CHUNK_COLUMN_NAMES: readonly string[] = CHUNK_COLUMNS.map(([name]) => name)

/** One row, as JSON has it. */
export interface ChunkRow {
  chunk_id: string
  doc_id: string
  title: string
  url: string
  doc_type: string
  last_updated: string
  heading_path: string
  chunk_index: number
  content: string
  content_hash: string
  source: string
}

export function toChunkRows(document: IndexDocument): ChunkRow[] {
  const { chunks, ...fields } = document
  return chunks.map(({ chunk_id, ordinal, text, heading_path }) => ({
    chunk_id,
    ...fields,
    heading_path: JSON.stringify(heading_path),
    chunk_index: ordinal,
    content: text,
  }))
}

/** Does nothing where the table is there. An index follows it by its change data feed. */
export function toCreateChunks(table: string): SqlStatement {
  const columns = CHUNK_COLUMNS.map(([name, type]) => `${name} ${type}${name === 'chunk_id' ? ' NOT NULL' : ''}`)
  const feed = "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
  return { text: `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}) ${feed}`, mode: 'own' }
}

/** Inserts what is new, and updates what is different; the second time it changes nothing. */
export function toMergeChunks(table: string, rows: readonly ChunkRow[]): SqlStatement {
  const type = CHUNK_COLUMNS.map(([name, sql]) => `${name}: ${sql}`).join(', ')
  const read = CHUNK_COLUMN_NAMES.map((name) => `r.${name} AS ${name}`).join(', ')
  const given = `SELECT ${read} FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<${type}>>')) AS r) AS given`
  const others = CHUNK_COLUMN_NAMES.filter((name) => name !== 'chunk_id')
  const differs = others.map((name) => `c.${name} IS DISTINCT FROM n.${name}`).join(' OR ')
  const text = [
    `MERGE INTO ${table} AS c USING (${given}) AS n ON c.chunk_id = n.chunk_id`,
    `WHEN MATCHED AND (${differs}) THEN UPDATE SET ${others.map((name) => `${name} = n.${name}`).join(', ')}`,
    `WHEN NOT MATCHED THEN INSERT (${CHUNK_COLUMN_NAMES.join(', ')}) VALUES (${CHUNK_COLUMN_NAMES.map((name) => `n.${name}`).join(', ')})`,
  ].join(' ')
  return { text, parameters: { rows: JSON.stringify(rows) }, mode: 'own' }
}

/** What stands there of these documents: `chunk_id`, `doc_id`, `digest` of the text that is embedded. */
export function toStoredChunks(table: string, docIds: readonly string[]): SqlStatement {
  const text = `SELECT chunk_id, doc_id, md5(content) AS digest FROM ${table} WHERE doc_id IN (${LISTED})`
  return { text, parameters: { ids: JSON.stringify(docIds) }, mode: 'read' }
}

/** `doc_id`, `content_hash`; of all sources where none is given. */
export function toListDocuments(table: string, source?: string): SqlStatement {
  const where = source === undefined ? '' : ' WHERE source = :source'
  const text = `SELECT doc_id, max(content_hash) AS content_hash FROM ${table}${where} GROUP BY doc_id`
  return { text, mode: 'read', ...(source === undefined ? {} : { parameters: { source } }) }
}

export function toDeleteChunks(table: string, chunkIds: readonly string[]): SqlStatement {
  const text = `DELETE FROM ${table} WHERE chunk_id IN (${LISTED})`
  return { text, parameters: { ids: JSON.stringify(chunkIds) }, mode: 'own' }
}

/** `documents`, `chunks`, `bytes`: characters of text, which are at least as many bytes. */
export function toCountChunks(table: string): SqlStatement {
  const text = `SELECT count(DISTINCT doc_id) AS documents, count(*) AS chunks, sum(length(content)) AS bytes FROM ${table}`
  return { text, mode: 'read' }
}

const LISTED = "SELECT id FROM (SELECT explode(from_json(:ids, 'ARRAY<STRING>')) AS id) AS listed"
