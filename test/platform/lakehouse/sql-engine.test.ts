// The tables behind the lakehouse's statements: what is told of their columns, and what is not mistaken for that question.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { engineOf } from '../../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql } from '../../../src/platform/local/sql/create-local-sql.ts'
import { createScriptedEngine } from '../local/sql/scripted-engine.ts'

describe('the tables of the lakehouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakehouse-engine-'))
  const rate = { concurrency: 1, perMinute: null }
  const sql = createLocalSql({ folder, engine: createScriptedEngine(), rate, log: silentLog })
  const engine = engineOf(sql)
  const { signal } = new AbortController()
  const run = async (text: string, place?: { catalog: string; schema: string }) =>
    (await engine.run({ text, parameters: [], signal, ...(place ? { place } : {}) })).rows
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })

  it('lists columns of the schema that is asked for, and of no other', async () => {
    await run('CREATE TABLE ml.s.src (n INT, said STRING)')
    await run('CREATE TABLE elsewhere (a INT)')
    const listing =
      'SELECT table_name, column_name, full_data_type FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position'
    expect(await run(listing, { catalog: 'ml', schema: 's' })).toEqual([
      ['src', 'n', 'int'],
      ['src', 'said', 'string'],
    ])
    expect(await run(listing)).toEqual([['elsewhere', 'a', 'int']])
  })

  it('carries out a statement that only speaks of it', async () => {
    await run("INSERT INTO ml.s.src SELECT 1, 'see information_schema.columns'")
    expect(await run("SELECT said FROM ml.s.src WHERE said LIKE '%information_schema.columns%'")).toEqual([
      ['see information_schema.columns'],
    ])
  })
})
