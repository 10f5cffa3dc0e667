// Values pass through the embedded tables as they are: names of Lakedesk's own are refused, numbers keep their digits.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { parseJson } from '../../../../src/platform/local/sql/parse-json.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { createScriptedEngine, type ScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal
let folder: string
let engine: ScriptedEngine
let sql: LocalSql

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-exact-'))
  engine = createScriptedEngine()
  sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 4, perMinute: null } })
  await load('tickets.csv', 'id,body\n1,NaN\n2,billing\n')
})

afterAll(async () => {
  await sql.close()
  rmSync(folder, { recursive: true })
})

const load = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return sql.load(join(folder, name), { signal: never })
}
const rowsOf = async (text: string) => readObjects(await sql.run({ text }, never))
/** What the calls of a statement were asked. */
const promptsOf = async (text: string) => {
  const before = engine.asked.length
  await rowsOf(text)
  return engine.asked.slice(before).map((call) => ('prompt' in call ? call.prompt : call))
}

describe('A name that begins with lakedesk_', () => {
  const refused = {
    code: 'TABLE_INVALID',
    message: expect.stringMatching(/begins with lakedesk_.*Rename it in the file/),
  }

  it('is refused as the column of a CSV, whatever its capitals', async () => {
    await expect(load('a.csv', 'id,lakedesk_column_1\n1,x\n')).rejects.toMatchObject(refused)
    await expect(load('b.csv', 'id,LakeDesk_place\n1,x\n')).rejects.toMatchObject(refused)
    expect((await rowsOf('SHOW TABLES')).map((row) => row.tableName)).toEqual(['tickets'])
  })

  it('is refused as a field of JSON and as a column of Parquet', async () => {
    await expect(load('a.jsonl', '{"id":1,"lakedesk_args":2}\n')).rejects.toMatchObject(refused)
    const file = join(folder, 'a.parquet')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT 1 AS lakedesk_rows) TO '${file}' (FORMAT parquet)`)
    connection.closeSync()
    instance.closeSync()
    await expect(sql.load(file, { signal: never })).rejects.toMatchObject(refused)
  })

  it.each([
    'SELECT body AS lakedesk_column_1, ai_gen(body) AS g FROM tickets ORDER BY id LIMIT 1',
    'SELECT *, ai_gen(body) AS g FROM (SELECT id, body AS `LAKEDESK_place` FROM tickets) ORDER BY id LIMIT 1',
    'WITH lakedesk_rows AS (SELECT 1 AS a) SELECT a FROM lakedesk_rows',
    'SELECT t.a FROM (SELECT 1 AS a) AS t(lakedesk_a)',
    'SELECT transform(array(1), lakedesk_item -> lakedesk_item)',
    "SELECT s.* FROM (SELECT named_struct('lakedesk_place', 1) AS s)",
    "SELECT s.* FROM (SELECT from_json(body, 'lakedesk_place INT') AS s FROM tickets)",
  ])('is refused in %s', async (text) => {
    await expect(rowsOf(text)).rejects.toMatchObject({ code: expect.stringMatching(/^SQL_(INVALID|REFUSED)$/) })
  })
})

describe('A VARIANT', () => {
  it('has NaN and infinities as texts', async () => {
    const text = `SELECT try_parse_json(body) AS v, CAST(CAST('NaN' AS DOUBLE) AS VARIANT) AS n,
      CAST(CAST('-Infinity' AS DOUBLE) AS VARIANT) AS i FROM tickets ORDER BY id`
    expect(await rowsOf(text)).toEqual([
      { v: 'NaN', n: 'NaN', i: '-Infinity' },
      { v: null, n: 'NaN', i: '-Infinity' },
    ])
  })

  it('keeps the digits of long numbers', async () => {
    const json = '{"a":12345678901234567890,"b":[9007199254740993,0.5],"c":"nan 12345678901234567890 \\\\"inf"}'
    expect(await rowsOf(`SELECT parse_json('${json}') AS v`)).toEqual([
      { v: { a: '12345678901234567890', b: ['9007199254740993', 0.5], c: 'nan 12345678901234567890 "inf' } },
    ])
  })

  it.each([
    ['0.30000000000000004', 0.30000000000000004],
    ['1.2345678901234567890', '1.2345678901234567890'],
    ['1e400', '1e400'],
    ['123456789012345', 123456789012345],
    ['[1,]', '[1,]'],
  ])('%s is read as %j', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })
})

describe('What an AI function is told', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['CAST(1.10 AS DECIMAL(10,2))', '1.10'],
    ["CAST('NaN' AS DOUBLE)", 'NaN'],
    ["CAST('-Infinity' AS FLOAT)", '-Infinity'],
    ['true', 'true'],
    ["DATE '2026-11-01'", '2026-11-01'],
    ['parse_json(\'{"a":[1,null]}\')', '{"a":[1,null]}'],
    ['parse_json(\'"plain"\')', 'plain'],
    ["array('a', 'b')", '["a","b"]'],
    ["named_struct('a', 1)", '{"a":1}'],
    ["concat('a', 1)", 'a1'],
  ])('of %s is %j', async (value, prompt) => {
    expect(await promptsOf(`SELECT ai_gen(v) AS g FROM (SELECT ${value} AS v)`)).toEqual([prompt])
    expect(await promptsOf(`SELECT ai_gen(${value}) AS g`)).toEqual([])
  })

  it('is nothing for a NULL, and a number that is no content stays one', async () => {
    expect(await rowsOf('SELECT ai_gen(CAST(NULL AS INT)) AS g')).toEqual([{ g: null }])
    expect(await promptsOf("SELECT ai_summarize('a long text', 7) AS s")).toMatchObject([{ maxWords: 7 }])
    expect(await promptsOf("SELECT ai_similarity(1.50, 'x') AS s")).toMatchObject([{ left: '1.50', right: 'x' }])
    expect(await promptsOf("SELECT ai_query('m', request => 2.50) AS s")).toMatchObject([{ request: '2.50' }])
  })

  it('may be the answer to another, of each element or of each row that is taken apart', async () => {
    expect(await promptsOf("SELECT ai_gen(coalesce(ai_fix_grammar('one'), 'two')) AS g")).toHaveLength(2)
    expect(await promptsOf('SELECT transform(array(11, 12), x -> ai_gen(x)) AS g')).toEqual(['11', '12'])
    expect(await promptsOf("SELECT ai_gen(explode(array('r', 's'))) AS g")).toEqual(['r', 's'])
    expect(await promptsOf('SELECT ai_gen((SELECT count(*) FROM tickets)) AS g')).toEqual(['2'])
  })
})
