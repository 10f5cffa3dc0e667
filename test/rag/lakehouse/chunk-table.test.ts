// Chunking a table of documents with our own chunker: rows, keys, and what a second time changes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { createLocalSql } from '../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects, type Sql, type SqlValue } from '../../../src/platform/ports/sql.ts'
import { chunkDocument } from '../../../src/rag/chunk/chunk-document.ts'
import { WINDOW } from '../../../src/rag/chunk/strategy.ts'
import { chunkTable, type WholeDocument } from '../../../src/rag/lakehouse/chunk-table.ts'
import { createScriptedEngine } from '../../platform/local/sql/scripted-engine.ts'
import { ODD_DOCUMENTS } from './odd-documents.ts'

const DOCUMENTS = 'raw_documents'
const CHUNKS = 'product_docs'
const never = new AbortController().signal

let folder: string
let sql: Sql

const run = async (text: string, parameters = {}): Promise<Record<string, SqlValue>[]> =>
  readObjects(await sql.run({ text, parameters, mode: 'own' }, never))

async function putDocuments(documents: readonly Partial<WholeDocument>[]): Promise<void> {
  await run(
    `CREATE TABLE IF NOT EXISTS ${DOCUMENTS} (doc_id STRING, title STRING, url STRING, doc_type STRING, last_updated DATE, content STRING)`,
  )
  await run(`DELETE FROM ${DOCUMENTS}`)
  const fields = ['doc_id', 'title', 'url', 'doc_type', 'last_updated', 'content']
  const type = fields.map((name) => `${name}: STRING`).join(', ')
  const read = fields.map((name) => (name === 'last_updated' ? 'CAST(r.last_updated AS DATE)' : `r.${name}`))
  const given = `SELECT explode(from_json(:rows, 'ARRAY<STRUCT<${type}>>')) AS r`
  await run(`INSERT INTO ${DOCUMENTS} SELECT ${read.join(', ')} FROM (${given}) AS given`, {
    rows: JSON.stringify(documents),
  })
}

const chunk = (size?: number, overlap?: number) =>
  chunkTable(sql, {
    documents: DOCUMENTS,
    chunks: CHUNKS,
    ...(size ? { size } : {}),
    ...(overlap ? { overlap } : {}),
  })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chunk-table-'))
  sql = createLocalSql({
    folder,
    engine: createScriptedEngine(),
    log: silentLog,
    rate: { concurrency: 1, perMinute: null },
  })
})
afterEach(async () => {
  await sql.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('chunking a table', () => {
  it('gives the rows of the local chunker, whatever the text', async () => {
    await putDocuments(ODD_DOCUMENTS)
    const counts = await chunk()
    const rows = await run(`SELECT * FROM ${CHUNKS} ORDER BY doc_id, chunk_index`)
    const expected = ODD_DOCUMENTS.flatMap(({ doc_id, content }) =>
      chunkDocument({ doc_id, body: content, tree: null }, WINDOW).map((one) => ({ doc_id, ...one })),
    )
    expect(counts).toEqual({
      documents: ODD_DOCUMENTS.length,
      chunks: expected.length,
      inserted: expected.length,
      updated: 0,
      deleted: 0,
    })
    const byId = new Map(rows.map((row) => [row.chunk_id, row]))
    expect(byId.size).toBe(expected.length)
    for (const { chunk_id, doc_id, ordinal, text } of expected) {
      expect(byId.get(chunk_id)).toMatchObject({ doc_id, chunk_index: ordinal, content: text, source: DOCUMENTS })
    }
    expect(rows.find(({ doc_id }) => doc_id === 'one-letter')).toMatchObject({
      title: 'Page one-letter',
      last_updated: '2026-01-02',
      heading_path: '[]',
    })
  })

  it('changes nothing the second time', async () => {
    await putDocuments(ODD_DOCUMENTS)
    await chunk()
    const before = await run(`SELECT * FROM ${CHUNKS} ORDER BY chunk_id`)
    expect(await chunk()).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    expect(await run(`SELECT * FROM ${CHUNKS} ORDER BY chunk_id`)).toEqual(before)
  })

  it('inserts, updates and deletes by what changed, and leaves other sources alone', async () => {
    const page = (doc_id: string, content: string) => ({
      ...{ doc_id, content, title: doc_id, url: '', doc_type: 'guide', last_updated: '2026-01-01' },
    })
    await putDocuments([page('a', 'x'.repeat(1_000)), page('b', 'old'), page('c', 'gone')])
    await chunk()
    await run(`INSERT INTO ${CHUNKS} (chunk_id, doc_id, source) VALUES ('file-1', 'file', '/docs')`)
    await putDocuments([page('a', 'x'.repeat(500)), page('b', 'new'), page('d', 'fresh')])
    expect(await chunk()).toEqual({ documents: 3, chunks: 3, inserted: 1, updated: 2, deleted: 3 })
    const rows = await run(`SELECT doc_id, content FROM ${CHUNKS} ORDER BY doc_id`)
    expect(rows.map(({ doc_id }) => doc_id)).toEqual(['a', 'b', 'd', 'file'])
    expect(rows[1]?.content).toBe('new')
  })

  it('refuses what has no unique key, and none at all, before it writes', async () => {
    const page = { title: '', url: '', doc_type: '', last_updated: '2026-01-01', content: 'x' }
    await putDocuments([
      { doc_id: 'a', ...page },
      { doc_id: 'a', ...page },
    ])
    await expect(chunk()).rejects.toMatchObject({
      code: 'JOB_FAILED',
      userMessage: expect.stringContaining('such as a.'),
    })
    await putDocuments([{ ...page }])
    await expect(chunk()).rejects.toMatchObject({ userMessage: expect.stringContaining('have no doc_id') })
    await putDocuments([])
    await expect(chunk()).rejects.toMatchObject({ userMessage: expect.stringContaining('is empty') })
    await putDocuments([{ doc_id: 'a', ...page }])
    await expect(chunk(64, 64)).rejects.toMatchObject({
      userMessage: expect.stringContaining('smaller than the window'),
    })
    await chunk()
    await run(`INSERT INTO ${CHUNKS} SELECT * FROM ${CHUNKS}`)
    await expect(chunk()).rejects.toMatchObject({ userMessage: expect.stringContaining('more than once') })
  })

  it('names the columns that are missing', async () => {
    await run(`CREATE TABLE ${DOCUMENTS} AS SELECT 'a' AS doc_id, 'text' AS content`)
    await expect(chunk()).rejects.toMatchObject({
      userMessage: expect.stringContaining('no column title, doc_type, last_updated'),
    })
  })
})
