// Strings and names of a statement that try to become SQL: none reads or drops a table that the statement may not name.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../../src/core/errors.ts'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { INJECTIONS } from '../../sql/injections.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal

describe('strings that try to become SQL', () => {
  let folder: string
  let sql: LocalSql

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-injections-'))
    sql = createLocalSql({
      folder,
      engine: createScriptedEngine(),
      log: silentLog,
      rate: { concurrency: 1, perMinute: null },
    })
    for (const [name, text] of [
      ['tickets', 'id,text\n1,one\n2,two\n'],
      ['secret', 'id,pw\n1,hunter2\n'],
    ]) {
      writeFileSync(join(folder, `${name}.csv`), text ?? '')
      await sql.load(join(folder, `${name}.csv`), { signal: never })
    }
  })
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })

  /** What is given back, as text; a refusal by its code and sentence. */
  const told = async (work: Promise<unknown>): Promise<string> => {
    try {
      return JSON.stringify(await work, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    } catch (error) {
      return error instanceof LakedeskError ? `${error.code} ${error.message}` : `broke with ${String(error)}`
    }
  }

  it('are more than five hundred', () => {
    expect(INJECTIONS.length).toBeGreaterThan(500)
  })

  it('is shown in no list of tables that leaves it out', async () => {
    const show = (tables?: string[]) =>
      sql.run({ text: 'SHOW TABLES', ...(tables ? { tables } : {}) }, never).then(readObjects)
    const tickets = { database: 'default', tableName: 'tickets', isTemporary: false }
    expect(await show(['tickets'])).toEqual([tickets])
    expect(await show([])).toEqual([])
    expect(await show()).toEqual([{ ...tickets, tableName: 'secret' }, tickets])
  })

  it('get nothing out of another table and drop none, run, explained or estimated', async () => {
    for (const text of INJECTIONS) {
      const statement = { text, tables: ['tickets'], rowLimit: 10 }
      const explained = { ...statement, text: `EXPLAIN ${text}` }
      for (const answer of [
        await told(sql.run(statement, never).then(readObjects)),
        await told(sql.run(explained, never).then(readObjects)),
        await told(sql.estimate(statement, never)),
      ]) {
        expect(answer, text).not.toContain('hunter2')
        expect(answer, text).not.toMatch(/^broke with/)
        // No database tells what it read in the text of somebody else's making.
        expect(answer, text).not.toMatch(/secret.*does not exist|Parser Error|syntax error/i)
      }
      expect(await told(sql.run({ text: 'SELECT * FROM secret' }, never).then(readObjects)), text).toContain('hunter2')
    }
  }, 240_000)
})
