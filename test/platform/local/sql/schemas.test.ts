// Tables in catalogs and schemas of the embedded file: named in full, with a place of the statement, made, described and dropped.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import type { SqlMode, SqlPlace, SqlRow } from '../../../../src/platform/ports/sql.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const TABLE = 'ml_catalog.rag_data.product_docs'

describe('schemas of the embedded tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-schemas-'))
  const never = new AbortController().signal
  let sql: LocalSql

  async function run(text: string, mode: SqlMode = 'own', place?: SqlPlace): Promise<SqlRow[]> {
    const { pages } = await sql.run({ text, mode, ...(place ? { place } : {}) }, never)
    const rows: SqlRow[] = []
    for await (const page of pages) rows.push(...page)
    return rows
  }

  beforeAll(() => {
    const engine = createScriptedEngine()
    sql = createLocalSql({ folder, engine, rate: { concurrency: 1, perMinute: null }, log: silentLog })
  })
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })

  it('makes a table with the options of Delta, and tells its properties', async () => {
    await run('CREATE CATALOG IF NOT EXISTS ml_catalog')
    await run('CREATE SCHEMA IF NOT EXISTS ml_catalog.rag_data')
    await run(
      `CREATE TABLE IF NOT EXISTS ${TABLE} (chunk_id STRING NOT NULL COMMENT 'a, (b)', n INT, path ARRAY<STRING>)
        USING DELTA PARTITIONED BY (n) TBLPROPERTIES (delta.enableChangeDataFeed = true, 'a' = 'b') COMMENT 'Chunks'`,
    )
    await run(`ALTER TABLE ${TABLE} SET TBLPROPERTIES ('a' = 'c')`)
    expect(await sql.listTables(never)).toEqual([
      {
        name: TABLE,
        columns: [
          { name: 'chunk_id', type: 'STRING' },
          { name: 'n', type: 'INT' },
          { name: 'path', type: 'ARRAY<STRING>' },
        ],
        rows: 0,
        properties: { 'delta.enableChangeDataFeed': 'true', a: 'c' },
      },
    ])
    expect(await run(`DESCRIBE TABLE ${TABLE}`)).toContainEqual(['n', 'int', null])
    expect(await run('SHOW TABLES', 'read')).toEqual([['ml_catalog.rag_data', 'product_docs', false]])
  })

  it('merges into it by the names of columns, and drops what the source no longer has', async () => {
    const merge = (rows: string) =>
      run(`MERGE INTO ${TABLE} t USING (SELECT * FROM VALUES ${rows} AS v(n, chunk_id, path)) s ON t.chunk_id = s.chunk_id
        WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT * WHEN NOT MATCHED BY SOURCE THEN DELETE`)
    await merge("(1, 'a', array('x')), (2, 'b', array())")
    await merge("(3, 'b', array('y')), (4, 'c', array())")
    expect(await run(`SELECT chunk_id, n FROM ${TABLE} ORDER BY 1`, 'read')).toEqual([
      ['b', 3],
      ['c', 4],
    ])
  })

  it('takes short names in the place of the statement, and never those of a WITH', async () => {
    const place = { catalog: 'ml_catalog', schema: 'rag_data' }
    expect(await run('SELECT count(*) FROM product_docs', 'read', place)).toEqual([[2]])
    expect(await run('SELECT count(*) FROM rag_data.product_docs', 'read', { catalog: 'ml_catalog' })).toEqual([[2]])
    const shadowed = 'WITH product_docs AS (SELECT 7 AS n) SELECT n FROM product_docs'
    expect(await run(shadowed, 'read', place)).toEqual([[7]])
    await expect(run('SELECT * FROM product_docs', 'read')).rejects.toMatchObject({ code: 'SQL_INVALID' })
    const read = await sql.read({ text: 'SELECT * FROM product_docs', place })
    expect(read.reads).toEqual([TABLE])
  })

  it('knows its plain tables as those of workspace.default', async () => {
    await run('CREATE TABLE plain AS SELECT 1 AS a')
    for (const name of ['plain', 'default.plain', 'workspace.default.plain', 'WORKSPACE.Default.PLAIN']) {
      expect(await run(`SELECT a FROM ${name}`, 'read')).toEqual([[1]])
    }
  })

  it('drops a table with its properties, and says which is not there', async () => {
    await run(`DROP TABLE ${TABLE}`)
    await run(`DROP TABLE IF EXISTS ${TABLE}`)
    await expect(run(`DROP TABLE ${TABLE}`)).rejects.toMatchObject({ code: 'SQL_INVALID' })
    await run(`CREATE TABLE ${TABLE} AS SELECT 1 AS a`)
    expect((await sql.listTables(never)).find(({ name }) => name === TABLE)?.properties).toBeUndefined()
  })

  it('tells a table from a query of WITH by where each can be seen', async () => {
    const place = { catalog: 'ml', schema: 's' }
    await run("CREATE TABLE tk AS SELECT 'plain' AS who")
    await run("CREATE TABLE ml.s.tk AS SELECT 'placed' AS who")
    expect(await run('WITH tk AS (SELECT * FROM tk) SELECT * FROM tk', 'read', place)).toEqual([['placed']])
    const inner = 'WITH q AS (WITH tk AS (SELECT 1 AS x) SELECT x FROM tk) SELECT q.x, tk.who FROM q, tk'
    expect(await run(inner, 'read', place)).toEqual([[1, 'placed']])
    await run("INSERT INTO tk WITH tk AS (SELECT 'new' AS who) SELECT who FROM tk", 'own', place)
    await run("UPDATE tk SET who = 'changed' WHERE who = 'new'", 'own', place)
    expect(await run('SELECT who FROM ml.s.tk ORDER BY 1', 'read')).toEqual([['changed'], ['placed']])
    expect(await run('SELECT who FROM tk', 'read')).toEqual([['plain']])
    const stream = 'CREATE OR REFRESH STREAMING TABLE followed AS SELECT who FROM STREAM(tk)'
    expect(await run(stream, 'create', place)).toEqual([[2]])
    expect(await run('SELECT count(*) FROM ml.s.followed', 'read')).toEqual([[2]])
    expect((await sql.listStreams(never)).map(({ table, source }) => [table, source])).toEqual([
      ['ml.s.followed', 'ml.s.tk'],
    ])
    await run('DROP TABLE followed', 'own', place)
    expect(await run(stream, 'create', place)).toEqual([[2]])
    expect(await run('SELECT count(*) FROM ml.s.followed', 'read')).toEqual([[2]])
    await run('DROP TABLE tk', 'own', place)
    expect(await run('SELECT who FROM tk', 'read')).toEqual([['plain']])
    await expect(run('SELECT * FROM workspace.main.tk', 'read')).rejects.toMatchObject({ code: 'SQL_INVALID' })
  })

  it('follows a table of a schema by a streaming table of another', async () => {
    await run("CREATE TABLE ml_catalog.support.raw AS SELECT 'a' AS id UNION ALL SELECT 'b'")
    // A plain table of the same name is another one.
    await run("CREATE TABLE raw AS SELECT 'z' AS id")
    const stream = `CREATE OR REFRESH STREAMING TABLE ml_catalog.enriched.rows AS
      SELECT raw.id, concat(raw.id, '!') AS said FROM STREAM(ml_catalog.support.raw)`
    expect(await run(stream, 'create')).toEqual([[2]])
    await run("INSERT INTO ml_catalog.support.raw VALUES ('c')")
    expect(await sql.refreshStreams(never)).toContainEqual({ table: 'ml_catalog.enriched.rows', rows: 1, fault: null })
    expect(await run('SELECT id, said FROM ml_catalog.enriched.rows ORDER BY 1', 'read')).toEqual([
      ['a', 'a!'],
      ['b', 'b!'],
      ['c', 'c!'],
    ])
  })

  it('lets nobody but Lakedesk itself do so', async () => {
    for (const mode of ['read', 'create'] as const) {
      for (const text of [
        'CREATE SCHEMA a.b',
        'DROP TABLE plain',
        "ALTER TABLE plain SET TBLPROPERTIES ('a' = 'b')",
        'CREATE CATALOG c',
      ]) {
        await expect(run(text, mode), `${mode}: ${text}`).rejects.toMatchObject({ code: 'SQL_REFUSED' })
      }
    }
    expect(await run('SELECT a FROM plain', 'read')).toEqual([[1]])
  })

  it.each([
    "CREATE TABLE t (a INT) LOCATION 's3://bucket/x'",
    'CREATE TABLE t (a INT) USING csv',
    'DROP TABLE lakedesk_own.properties',
    'CREATE TABLE lakedesk_own.x AS SELECT 1 AS a',
    'ALTER TABLE plain ADD COLUMN b INT',
    "ALTER TABLE plain RENAME TO other, SET TBLPROPERTIES ('a' = 'b')",
    'DROP TABLE plain, other',
    'DROP TABLE plain; DROP TABLE other',
    'CREATE SCHEMA information_schema',
    'DROP TABLE `a/b.csv`',
  ])('refuses %s', async (text) => {
    await expect(run(text)).rejects.toMatchObject({ code: expect.stringMatching(/^SQL_(REFUSED|INVALID)$/) })
  })
})
