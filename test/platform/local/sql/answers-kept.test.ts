// Which answers are kept, which are not, and what a budget counts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects, type SqlStatement } from '../../../../src/platform/ports/sql.ts'
import { codeOf, sentenceOf } from '../../contract-basics.ts'
import { createScriptedEngine, type ScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal
const USAGE = { inputTokens: 10, outputTokens: 5 }
let folder: string
let engine: ScriptedEngine
let sql: LocalSql

const numbers = (count: number) => `(SELECT explode(sequence(1, ${count})) AS id)`

const open = () =>
  createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 8, perMinute: null }, waitMs: 2_000 })
const run = async (statement: SqlStatement) => {
  const result = await sql.run(statement, never)
  return { rows: await readObjects(result), usage: result.usage }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-kept-'))
  engine = createScriptedEngine()
  sql = open()
})
afterEach(async () => {
  await sql.close()
  rmSync(folder, { recursive: true })
})

it('asks again where the answer did not fit the type that was wanted', async () => {
  const text = "SELECT ai_query('m', 'how many?', returnType => 'INT', failOnError => false) AS n"
  engine.script = () => ({ value: 'about forty two', error: null, usage: USAGE })
  const first = await run({ text })
  expect(first.rows).toEqual([{ n: { response: null, errorMessage: expect.stringContaining('CAST') } }])
  engine.script = () => ({ value: '42', error: null, usage: USAGE })
  expect((await run({ text })).rows).toEqual([{ n: { response: 42, errorMessage: null } }])
  expect((await run({ text })).usage).toMatchObject({ calls: 0, cached: 1 })
})

it('looks now and then whether another process was answered in the meantime', async () => {
  const text = `SELECT ai_gen('hello ' || id) AS g FROM ${numbers(2_100)}`
  const other = open()
  let first = true
  engine.script = async () => {
    if (first) {
      first = false
      await readObjects(await other.run({ text }, never))
    }
    return undefined
  }
  expect((await run({ text })).usage).toMatchObject({ calls: 2_000 })
  await other.close()
})

it('counts rows in a budget of rows, not the functions on each', async () => {
  const text = `SELECT ai_gen('a' || id) AS a, ai_summarize('b' || id) AS b FROM ${numbers(60)}`
  expect((await run({ text, budget: { rows: 60 } })).rows).toHaveLength(60)
  const more = run({ text: text.replaceAll("'a'", "'c'"), budget: { rows: 59 } })
  expect(await codeOf(more)).toBe('SQL_BUDGET')
})

it('frees the tables where nobody reads the first page', async () => {
  await run({ text: `CREATE TABLE numbers AS SELECT id FROM ${numbers(30000)}`, mode: 'create' })
  const result = await sql.run({ text: 'SELECT id FROM numbers' }, never)
  const pages = result.pages[Symbol.asyncIterator]()
  await pages.return?.()
  const started = performance.now()
  await sql.close()
  expect(performance.now() - started).toBeLessThan(1_500)
})

it('stops what computes too long, and is free for the next', async () => {
  await run({ text: `CREATE TABLE many AS SELECT id FROM ${numbers(100000)}`, mode: 'create' })
  await sql.close()
  sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 8, perMinute: null }, limitMs: 300 })
  const endless = run({ text: 'SELECT count(*) FROM many a JOIN many b ON a.id * 7 % 11 <> b.id * 5 % 13' })
  expect(await sentenceOf(endless)).toContain('so it was stopped')
  expect((await run({ text: 'SELECT count(*) AS n FROM many' })).rows).toEqual([{ n: 100000 }])
})

it('keeps to its memory with long texts, and still knows them again', async () => {
  await run({
    text: `CREATE TABLE long AS SELECT id, repeat('x', 9000) || id AS body FROM ${numbers(300)}`,
    mode: 'create',
  })
  const first = await run({ text: 'SELECT ai_summarize(body) AS s FROM long' })
  expect(first.usage).toMatchObject({ calls: 300 })
  expect((await run({ text: 'SELECT ai_summarize(body) AS s FROM long' })).usage).toMatchObject({
    calls: 0,
    cached: 300,
  })
})
