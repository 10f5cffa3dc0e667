// A statement means in the embedded tables what it means in Databricks, or it is an error.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDuckText } from '../../../src/platform/local/sql/check-duck-text.ts'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../src/platform/sql/to-duck-statement.ts'
import { COLUMN_NAMES, FAILING, MEANINGS, MEANT_STATEMENTS, UNKNOWN } from './databricks-meaning.ts'

let database: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:', { enable_external_access: 'false' })
  connection = await database.connect()
  await connection.run(`
    SET TimeZone = 'UTC';
    CREATE TABLE facts AS SELECT 10 AS n, DATE '2026-11-01' AS d, TIMESTAMP '2026-11-21 23:30:00' AS ts, 2.5::DOUBLE AS f,
      ['x', 'y'] AS words, 'a' AS word, 'e' AS e, 'i' AS i;
    CREATE TABLE words AS SELECT * FROM (VALUES (1, 'b'), (2, NULL), (3, 'a'), (4, 'a')) t(id, word)`)
})

afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

async function rowsOf(text: string): Promise<unknown> {
  const read = readStatement({ text })
  const duck = toDuckStatement(read)
  await checkDuckText(connection, duck.reading ?? '', { tables: read.reads, functions: duck.duckFunctions })
  return (await connection.runAndReadAll(duck.text)).getRowsJson()
}

describe('In the embedded tables', () => {
  it.each(MEANINGS)('%s is %j', async (text, value) => {
    expect(await rowsOf(`SELECT ${text} AS v FROM facts`)).toEqual([[value]])
  })

  it.each(MEANT_STATEMENTS)('%s gives %j', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows)
  })

  it.each(FAILING)('%s is an error', async (text) => {
    await expect(rowsOf(`SELECT ${text} AS v FROM facts`)).rejects.toThrow()
  })

  it.each(UNKNOWN)('%s is refused', async (text) => {
    const refused = (): unknown => toDuckStatement(readStatement({ text: `SELECT ${text} AS v FROM facts` }))
    expect(refused).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SQL_(REFUSED|INVALID)$/) }))
  })

  it.each(COLUMN_NAMES)('%s without a name is called %s', async (text, name) => {
    const duck = toDuckStatement(readStatement({ text: `SELECT ${text} FROM facts` }))
    expect((await connection.runAndReadAll(duck.text)).columnNames()).toEqual([name])
  })

  it('a text grows no faster than what was written, however often it divides', () => {
    const text = `SELECT ${'n / ('.repeat(25)}n${')'.repeat(25)} AS v FROM facts`
    expect(toDuckStatement(readStatement({ text })).text.length).toBeLessThan(10_000)
  })
})
