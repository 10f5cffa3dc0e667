// Good statements are read, written for DuckDB, and give the rows that Databricks would give.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDuckText } from '../../../src/platform/local/sql/check-duck-text.ts'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../src/platform/sql/to-duck-statement.ts'
import { GOOD_STATEMENTS } from './good-statements.ts'

let database: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:', { enable_external_access: 'false' })
  connection = await database.connect()
  await connection.run(`
    SET TimeZone = 'UTC';
    CREATE TABLE tickets AS SELECT * FROM (VALUES
      (1, 'My bill is wrong', 'billing', DATE '2026-11-20', ['a', 'b'], '{"user": {"name": "Ada"}, "n": 7}'),
      (2, 'It does not start', 'technical', DATE '2026-11-21', [], NULL),
      (3, NULL, NULL, DATE '2026-11-22', NULL, NULL)) t(id, text, team, created, tags, payload);
    CREATE TABLE labels AS SELECT 1 AS ticket_id, 'bill' AS label`)
})

afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

describe('Good statements', () => {
  it('are at least sixty', () => {
    expect(GOOD_STATEMENTS.length).toBeGreaterThanOrEqual(60)
  })

  for (const [text, rows] of GOOD_STATEMENTS) {
    it(text, async () => {
      const read = readStatement({ text })
      const values = read.parameters.includes('team') ? { team: 'billing' } : undefined
      const duck = toDuckStatement(read)
      const allowed = { tables: read.reads, functions: duck.duckFunctions }
      await checkDuckText(connection, duck.reading ?? '', allowed)
      const result = await connection.runAndReadAll(duck.text, values)
      expect(result.getRowsJson()).toEqual(rows)
    })
    it(`${text}, from its own text again`, () => {
      const read = readStatement({ text })
      const again = readStatement({ text: read.text })
      expect(toDuckStatement(again).text.length).toBeGreaterThan(0)
      expect(again.reads).toEqual(read.reads)
    })
  }
})
