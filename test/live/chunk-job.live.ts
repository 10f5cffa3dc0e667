// The program that is shipped to the workspace, run by a real PySpark: its rows are those of our own chunker, one by one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHUNK_COLUMN_NAMES } from '../../src/platform/ports/chunk-table.ts'
import { WINDOW } from '../../src/rag/chunk/strategy.ts'
import { toDocumentRows, type WholeDocument } from '../../src/rag/lakehouse/chunk-table.ts'
import { ODD_DOCUMENTS } from '../rag/lakehouse/odd-documents.ts'
import { installSpark } from './install-spark.ts'
import { runProgram } from './run-program.ts'

const program = fileURLToPath(new URL('../../src/platform/databricks/programs/chunk_documents.py', import.meta.url))
const JOB_MS = 240_000
const SOURCE = 'ml.rag.raw_documents'

const spark = await installSpark()
if (spark.kind === 'missing') console.warn(`not run: the chunking job in PySpark (${spark.why})`)

describe.skipIf(spark.kind === 'missing')('the chunking job in PySpark', () => {
  let folder: string
  let duck: Awaited<ReturnType<typeof connect>>

  async function connect() {
    const instance = await DuckDBInstance.create(':memory:')
    return instance.connect()
  }

  async function putDocuments(documents: readonly Partial<WholeDocument>[], withUrl = true): Promise<string> {
    const path = join(folder, 'documents')
    rmSync(path, { recursive: true, force: true })
    const url = withUrl ? 'url VARCHAR, ' : ''
    await duck.run(
      `CREATE OR REPLACE TABLE documents (doc_id VARCHAR, title VARCHAR, ${url}doc_type VARCHAR, last_updated DATE, content VARCHAR)`,
    )
    for (const one of documents) {
      const { doc_id = null, title = null, doc_type = null, last_updated = null, content = null } = one
      const values = [doc_id, title, ...(withUrl ? [one.url ?? null] : []), doc_type, last_updated, content]
      await duck.run(`INSERT INTO documents VALUES (${values.map((_, i) => `$${i + 1}`).join(', ')})`, values)
    }
    await duck.run(`COPY documents TO '${path}.parquet' (FORMAT parquet)`)
    return `${path}.parquet`
  }

  async function run(documents: string, ...more: string[]) {
    if (spark.kind === 'missing') throw new Error(spark.why)
    const args = [
      '--documents',
      documents,
      '--chunks',
      join(folder, 'chunks'),
      '--format',
      'parquet',
      '--source',
      SOURCE,
    ]
    const conf = '--master local[1] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell'
    const env = { ...spark.env, PYSPARK_SUBMIT_ARGS: conf, PYTHONDONTWRITEBYTECODE: '1' }
    const ended = await runProgram(spark.python, [program, ...args, ...more], JOB_MS, env)
    const last = ended.stdout.trim().split('\n').at(-1) ?? ''
    return { ...ended, counts: ended.exitCode === 0 ? (JSON.parse(last) as unknown) : null }
  }

  async function readRows(): Promise<Record<string, unknown>[]> {
    const result = await duck.runAndReadAll(
      `SELECT ${CHUNK_COLUMN_NAMES.join(', ')} FROM read_parquet('${join(folder, 'chunks')}/*.parquet') ORDER BY chunk_id`,
    )
    return result.getRowObjectsJson()
  }

  const expected = (documents: readonly WholeDocument[], size = WINDOW.size, overlap = WINDOW.overlap) =>
    documents
      .flatMap((document) => toDocumentRows(document, { ...WINDOW, size, overlap }, SOURCE))
      .sort((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1))

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chunk-job-'))
    duck = await connect()
  })
  afterAll(() => {
    duck?.closeSync()
    rmSync(folder, { recursive: true, force: true })
  })

  it(
    'gives our rows whatever the text, changes nothing the second time, and then what changed alone',
    async () => {
      const documents = await putDocuments(ODD_DOCUMENTS)
      const rows = expected(ODD_DOCUMENTS)
      const first = await run(documents)
      expect(first.why).not.toMatch(/Traceback/)
      expect(first.counts).toEqual({
        ...{ documents: ODD_DOCUMENTS.length, chunks: rows.length },
        ...{ inserted: rows.length, updated: 0, deleted: 0 },
      })
      expect(await readRows()).toEqual(rows)

      expect((await run(documents)).counts).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
      expect(await readRows()).toEqual(rows)

      const [, gone, ...rest] = ODD_DOCUMENTS
      const changed = rest.map((one) => (one.doc_id === 'long' ? { ...one, content: one.content.slice(0, 700) } : one))
      const after = expected(changed)
      const kept = new Set(after.map(({ chunk_id }) => chunk_id))
      const dropped = rows.filter(({ chunk_id }) => !kept.has(chunk_id))
      expect(dropped.some(({ doc_id }) => doc_id === gone?.doc_id)).toBe(true)
      const third = await run(await putDocuments(changed))
      expect(third.counts).toMatchObject({ inserted: 0, updated: 2, deleted: dropped.length })
      expect(await readRows()).toEqual(after)
    },
    3 * JOB_MS,
  )

  it(
    'cuts by other sizes, and takes documents without addresses, titles and texts',
    async () => {
      rmSync(join(folder, 'chunks'), { recursive: true, force: true })
      const bare = ODD_DOCUMENTS.map((one) => ({ ...one, url: '' }))
      const given = bare.map(({ doc_id, content, last_updated, doc_type, title }) => ({
        ...{ doc_id, doc_type, last_updated },
        ...(content === '' ? {} : { content }),
        ...(title === '' ? {} : { title }),
      }))
      const ended = await run(await putDocuments(given, false), '--size', '97', '--overlap', '13')
      const rows = expected(bare, 97, 13)
      expect(ended.counts).toMatchObject({ chunks: rows.length })
      expect(await readRows()).toEqual(rows)
    },
    JOB_MS,
  )

  it(
    'refuses ids that are not unique in its last line, and writes nothing',
    async () => {
      const before = await readRows()
      const [one] = ODD_DOCUMENTS
      const ended = await run(await putDocuments([{ ...one }, { ...one }]))
      expect(ended.exitCode).toBe(1)
      expect(ended.why).toContain('doc_id is not unique: 1 ids stand in more than one row, such as empty.')
      expect(await readRows()).toEqual(before)
    },
    JOB_MS,
  )
})
