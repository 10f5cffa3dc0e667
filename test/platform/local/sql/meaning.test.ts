// The embedded warehouse keeps what Databricks promises where a database alone would not: streams, tables that are there, types.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { createScriptedEngine, type ScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal
let folder: string
let engine: ScriptedEngine
let sql: LocalSql

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-meaning-'))
  engine = createScriptedEngine()
  sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 4, perMinute: null } })
  for (const [name, text] of Object.entries({
    tickets: 'id,body,n\n1,billing is wrong,10\n2,technical fault,20\n',
    areas: 'area,owner\nbilling,Ada\n',
  })) {
    writeFileSync(join(folder, `${name}.csv`), text)
    await sql.load(join(folder, `${name}.csv`), { replace: true, signal: never })
  }
})

afterEach(async () => {
  await sql.close()
  rmSync(folder, { recursive: true })
})

describe('A streaming table', () => {
  it.each([
    'SELECT count(*) AS c FROM STREAM(tickets)',
    'SELECT n, max(body) AS m FROM STREAM(tickets) GROUP BY n',
    'SELECT DISTINCT n FROM STREAM(tickets)',
    'SELECT id FROM STREAM(tickets) LIMIT 1',
    'SELECT id FROM STREAM(tickets) ORDER BY id',
    'SELECT id, row_number() OVER (ORDER BY id) AS r FROM STREAM(tickets)',
    'SELECT t.id FROM STREAM(tickets) t JOIN tickets u ON t.n = u.n',
    'SELECT id, (SELECT max(n) FROM tickets) AS m FROM STREAM(tickets)',
    'SELECT a.owner FROM STREAM(tickets) t RIGHT JOIN areas a ON t.body = a.area',
    'SELECT collect_list(id) AS c FROM STREAM(tickets)',
  ])('is refused as %s', async (select) => {
    const made = sql.run({ text: `CREATE STREAMING TABLE s AS ${select}`, mode: 'create' }, never)
    await expect(made).rejects.toMatchObject({ code: 'SQL_REFUSED', message: expect.stringContaining('in batches') })
  })

  it('may read other tables whole', async () => {
    const text =
      'CREATE STREAMING TABLE s AS SELECT id, (SELECT count(*) FROM areas) AS c FROM STREAM(tickets) t LEFT JOIN areas a ON t.body = a.area'
    await sql.run({ text, mode: 'create' }, never)
    expect(await readObjects(await sql.run({ text: 'SELECT id, c FROM s ORDER BY id' }, never))).toEqual([
      { id: 1, c: 1 },
      { id: 2, c: 1 },
    ])
  })
})

describe('CREATE TABLE IF NOT EXISTS', () => {
  it('asks nothing where the table is there, and leaves it as it is', async () => {
    const text = 'CREATE TABLE IF NOT EXISTS Areas AS SELECT ai_gen(body) AS area FROM tickets'
    expect((await sql.estimate({ text, mode: 'create' }, never)).total.calls).toBe(0)
    expect(await readObjects(await sql.run({ text, mode: 'create' }, never))).toEqual([{ num_affected_rows: 0 }])
    expect(engine.asked).toEqual([])
    expect(await readObjects(await sql.run({ text: 'SELECT area FROM areas' }, never))).toEqual([{ area: 'billing' }])
  })

  it('makes the table where there is none', async () => {
    const text = 'CREATE TABLE IF NOT EXISTS fresh AS SELECT ai_gen(body) AS g FROM tickets'
    expect(await readObjects(await sql.run({ text, mode: 'create' }, never))).toEqual([{ num_affected_rows: 2 }])
    expect(engine.asked.length).toBe(2)
  })
})

describe('A result', () => {
  it('has sums and counts as BIGINT', async () => {
    const result = await sql.run({ text: 'SELECT sum(n) AS s, count_if(n > 10) AS c FROM tickets' }, never)
    expect(result.columns.map(({ type }) => type)).toEqual(['BIGINT', 'BIGINT'])
    expect(await readObjects(result)).toEqual([{ s: 30, c: 1 }])
  })

  it('has texts of a list in a prompt, and not the list', async () => {
    await readObjects(
      await sql.run({ text: "SELECT ai_gen(concat_ws(',', collect_list(body))) AS g FROM tickets" }, never),
    )
    expect(JSON.stringify(engine.asked)).toContain('billing is wrong,technical fault')
  })

  it('tells a division by zero', async () => {
    const result = sql.run({ text: 'SELECT n / (n - 10) AS v FROM tickets' }, never).then(readObjects)
    await expect(result).rejects.toMatchObject({ message: expect.stringContaining('DIVIDE_BY_ZERO') })
  })
})
