// No two names become one by folding letters, no query of WITH hides a table, and a stream is the table it names.
import { describe, expect, it } from 'vitest'
import type { SqlStatement } from '../../../src/platform/ports/sql.ts'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { codeOf } from '../contract-basics.ts'

const TABLES = ['tickets', 'own']
const read = (text: string, more: Partial<SqlStatement> = {}) => readStatement({ text, tables: TABLES, ...more })
const refused = (text: string, more: Partial<SqlStatement> = {}) => codeOf((async () => read(text, more))())

describe('names', () => {
  it.each([
    'WITH `to\u212Aens` AS (SELECT 1 AS x) SELECT * FROM tokens',
    'WITH `\u00DCBER` AS (SELECT 1 AS pw) SELECT pw FROM `\u00FCber`',
    'WITH `duc\u212Adb_databases` AS (SELECT 1) SELECT path FROM duckdb_databases',
    'WITH duckdb_tables AS (SELECT 1 AS x) SELECT * FROM duckdb_tables',
    'WITH information_schema AS (SELECT 1 AS x) SELECT * FROM information_schema.tables',
    'SELECT (WITH `t\u0130ckets` AS (SELECT 2 AS pw) SELECT max(pw) FROM secret) FROM tickets',
    'SELECT * FROM orc.`a`',
    'SELECT * FROM avro.`/etc/passwd`',
  ])('that could be another one are refused: %s', async (text) => {
    expect(await refused(text)).toBe('SQL_REFUSED')
  })

  it('keeps the letters of a table that are not of ASCII, so that it is another one than its twin', async () => {
    expect(read('SELECT * FROM `\u00DCber`', { tables: ['\u00DCber'] }).reads).toEqual(['\u00DCber'])
    expect(await refused('SELECT * FROM `\u00DCBER`', { tables: ['\u00FCber'] })).toBe('SQL_REFUSED')
    expect(read('WITH Known AS (SELECT 1 AS x) SELECT x FROM KNOWN').reads).toEqual([])
  })
})

describe('a streaming table', () => {
  const stream = (select: string, more: Partial<SqlStatement> = {}) =>
    refused(`CREATE OR REFRESH STREAMING TABLE s AS ${select}`, { mode: 'create', ...more })

  it.each([
    'WITH secret AS (SELECT 1 AS pw) SELECT pw FROM STREAM(LIVE.secret)',
    'WITH tickets AS (SELECT 1 AS pw) SELECT pw FROM STREAM(tickets)',
    'SELECT id FROM STREAM(tickets, secret)',
    'SELECT a FROM STREAM(tickets) AS x(a, b)',
    'SELECT id FROM STREAM(secret)',
  ])('reads the table that it names, and no other: %s', async (select) => {
    expect(await stream(select)).toMatch(/^SQL_(REFUSED|INVALID)$/)
  })

  it('reads one that it may', () => {
    const text = 'CREATE OR REFRESH STREAMING TABLE s AS SELECT id FROM STREAM(LIVE.tickets)'
    expect(read(text, { mode: 'create' }).reads).toEqual(['tickets'])
  })

  it('replaces nothing that is listed', async () => {
    const text = 'CREATE OR REFRESH STREAMING TABLE own AS SELECT id FROM STREAM(tickets)'
    expect(await refused(text, { mode: 'create' })).toBe('SQL_REFUSED')
  })

  it('takes its columns from its SELECT alone', async () => {
    expect(await refused("CREATE TABLE x (a foo('b')) AS SELECT 1 AS a", { mode: 'create' })).toMatch(/^SQL_/)
  })
})
