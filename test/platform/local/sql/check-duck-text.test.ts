// The last lock: what the generated text names is what the statement was allowed, whatever the generator did.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../../src/core/errors.ts'
import { checkDuckText } from '../../../../src/platform/local/sql/check-duck-text.ts'
import { FUNCTIONS } from '../../../../src/platform/sql/functions.ts'
import { readStatement } from '../../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../../src/platform/sql/to-duck-statement.ts'
import { codeOf } from '../../contract-basics.ts'

let database: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:')
  connection = await database.connect()
})
afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

/** Calls that the guard lets through, with as many arguments as the function takes, in all the forms of a call. */
function callsOf(name: string): string[] {
  const values = ['a', 'b', 'c', 'd']
  const texts = ["'day'", '1', '2', "'x'"]
  return [values, texts].flatMap((args) =>
    [0, 1, 2, 3, 4].flatMap((count) => {
      const call = `${name}(${args.slice(0, count).join(', ')})`
      return [call, call.replace('(', '(DISTINCT '), `${call} FILTER (WHERE a > 1)`, `${call} OVER (ORDER BY a)`]
    }),
  )
}

describe('the text that is generated for DuckDB', () => {
  it('calls the functions it may, for every function that is known', async () => {
    let checked = 0
    const faults: string[] = []
    for (const name of FUNCTIONS.keys()) {
      for (const call of callsOf(name)) {
        let duck: ReturnType<typeof toDuckStatement>
        try {
          duck = toDuckStatement(readStatement({ text: `SELECT ${call} AS v FROM t` }))
        } catch (error) {
          if (error instanceof LakedeskError) continue
          throw error
        }
        const allowed = { tables: ['t'], functions: duck.duckFunctions }
        await checkDuckText(connection, duck.reading ?? '', allowed).catch((error) => faults.push(`${call}: ${error}`))
        checked += 1
      }
    }
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(FUNCTIONS.size)
  }, 120_000)

  it.each([
    ['another table', 'SELECT a FROM t, secret'],
    ['another table in a subquery', 'SELECT (SELECT max(pw) FROM secret) FROM t'],
    ['a table behind a CTE of the same name elsewhere', 'SELECT * FROM (WITH secret AS (SELECT 1) SELECT 1), secret'],
    ['a CTE that names its own table', 'WITH secret AS (SELECT * FROM secret) SELECT * FROM secret'],
    ['another schema', 'SELECT a FROM other.t'],
    ['a file', "SELECT * FROM '/etc/passwd'"],
    ['a table function', "SELECT * FROM read_csv('x')"],
    ['a function that was not asked for', "SELECT getenv('HOME') FROM t"],
    ['a function over a window', 'SELECT arbitrary(a) OVER () FROM t'],
    ['two statements', 'SELECT 1; SELECT 2'],
    ['a statement that writes', 'SELECT 1; DROP TABLE t'],
    ['a statement that only writes', 'DROP TABLE t'],
    ['a setting', 'SET threads = 1'],
  ])('is refused with %s', async (_, text) => {
    const allowed = { tables: ['t'], functions: new Set(['max']) }
    expect(await codeOf(checkDuckText(connection, text, allowed))).toBe('SQL_REFUSED')
  })

  it('may name what it was allowed, and its own CTEs', async () => {
    const text = 'WITH c AS (SELECT max(a) AS m FROM t), d AS (SELECT * FROM c) SELECT m + 1 FROM d, s.u'
    await checkDuckText(connection, text, { tables: ['t', 's.u'], functions: new Set(['max']) })
  })
})
