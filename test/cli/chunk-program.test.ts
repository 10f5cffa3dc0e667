// The shipped chunking job, submitted to the local lakehouse by Databricks' own client, and carried out over its tables.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Time, TimeUnits, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readChunkProgram } from '../../src/cli/build-ingestion.ts'
import { createChunkProgram } from '../../src/cli/chunk-program.ts'
import { silentLog } from '../../src/core/log.ts'
import { engineOf } from '../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql } from '../../src/platform/local/sql/create-local-sql.ts'
import { readObjects, type Sql } from '../../src/platform/ports/sql.ts'
import { createScriptedEngine } from '../platform/local/sql/scripted-engine.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'

const FILE = '/Volumes/ml/rag/code/lakedesk/chunk_documents-1.py'

describe('the shipped chunking job on the local lakehouse', () => {
  let folder: string
  let sql: Sql
  let standIn: DatabricksStandIn
  let client: WorkspaceClient

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chunking-'))
    const rate = { concurrency: 1, perMinute: null }
    sql = createLocalSql({ folder, engine: createScriptedEngine(), log: silentLog, rate })
    standIn = await startDatabricks({
      engine: engineOf(sql),
      programs: [createChunkProgram(sql)],
    })
    const { host, token } = standIn
    client = new WorkspaceClient({ host, token, authType: 'pat' })
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${host}/api/2.0/fs/files${FILE}`, { method: 'PUT', headers, body: Buffer.from(readChunkProgram()) })
    await run(
      'CREATE TABLE raw_documents (doc_id STRING, title STRING, doc_type STRING, last_updated STRING, content STRING)',
    )
    await run(`INSERT INTO raw_documents SELECT 'a', 'One', 'guide', '2026-11-01', repeat('word ', 200)`)
    await run(`INSERT INTO raw_documents SELECT 'b', 'Two', 'guide', '2026-11-02', 'short'`)
  })
  afterAll(async () => {
    await standIn?.close()
    await sql?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = async (text: string) => readObjects(await sql.run({ text, mode: 'own' }, new AbortController().signal))
  async function submit(parameters: string[]) {
    const wait = await client.jobs.submit({
      tasks: [{ task_key: 'chunk', spark_python_task: { python_file: FILE, parameters } }],
    })
    const ended = await wait.wait({ timeout: new Time(20, TimeUnits.seconds) })
    return { ended, output: await client.jobs.getRunOutput({ run_id: ended.tasks?.[0]?.run_id ?? 0 }) }
  }

  it('writes the chunks, says in its last line what it did, and changes nothing the second time', async () => {
    const parameters = ['--documents', 'raw_documents', '--chunks', 'product_docs', '--size', '512', '--overlap=64']
    const { ended, output } = await submit(parameters)
    expect(ended.state?.result_state).toBe('SUCCESS')
    const last = output.logs?.trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toEqual({ documents: 2, chunks: 4, inserted: 4, updated: 0, deleted: 0 })
    const rows = await run('SELECT doc_id, chunk_index FROM product_docs ORDER BY doc_id, chunk_index')
    expect(rows.map((row) => `${row.doc_id}${row.chunk_index}`)).toEqual(['a0', 'a1', 'a2', 'b0'])
    const again = await submit(parameters)
    expect(again.output.logs).toContain('"inserted":0,"updated":0,"deleted":0')
  })

  it('fails with the sentence of the chunker', async () => {
    const { ended, output } = await submit([
      '--documents',
      'raw_documents',
      '--chunks',
      'product_docs',
      '--size',
      '10',
      '--overlap',
      '10',
    ])
    expect(ended.state?.result_state).toBe('FAILED')
    expect(ended.state?.state_message).toMatch(/^Task chunk failed with message: The overlap must be smaller/)
    expect(output.error).toContain('The overlap must be smaller than the window')
  })
})
