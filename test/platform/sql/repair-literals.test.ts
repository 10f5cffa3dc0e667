// Literals mean to the warehouse, and in the embedded tables, what Databricks says they mean.
import { describe, expect, it } from 'vitest'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../src/platform/sql/to-duck-statement.ts'

const written = (item: string): string => readStatement({ text: `SELECT ${item} AS v` }).text.replace(/\s+/g, ' ')

describe('The text of a statement', () => {
  const cases: readonly (readonly [string, string])[] = [
    ["TIMESTAMP '2026-01-01 00:00:00'", "CAST('2026-01-01 00:00:00' AS TIMESTAMP)"],
    ['CAST(x AS TIMESTAMP_NTZ)', 'CAST(x AS TIMESTAMP_NTZ)'],
    ['CAST(x AS ARRAY<TIMESTAMP_NTZ>)', 'CAST(x AS ARRAY<TIMESTAMP_NTZ>)'],
    ['1.5BD', 'CAST(1.5 AS DECIMAL(2, 1))'],
    ['2bd', 'CAST(2 AS DECIMAL(1, 0))'],
    ['.5D', 'CAST(0.5 AS DOUBLE)'],
    ['.05BD', 'CAST(0.05 AS DECIMAL(2, 2))'],
    ['1.5e3F', 'CAST(1.5e3 AS FLOAT)'],
    ['7L', 'CAST(7 AS BIGINT)'],
    ['1e3', '1e3'],
    ["x LIKE '100\\%'", "x LIKE '100\\\\%'"],
    ["x LIKE '100\\\\%'", "x LIKE '100\\\\%'"],
    ["'\\u0041\\101\\q'", "'AAq'"],
    ["'it''s'", "'it\\'s'"],
    ["r'\\d'", "'\\\\d'"],
  ]
  it.each(cases)('has %s as %s', (text, expected) => {
    expect(written(text)).toBe(`SELECT ${expected} AS v`)
    expect(readStatement({ text: readStatement({ text: `SELECT ${text} AS v` }).text }).text.replace(/\s+/g, ' ')).toBe(
      `SELECT ${expected} AS v`,
    )
  })

  it('has literals of a streaming table so as well', () => {
    const text =
      "CREATE STREAMING TABLE s AS SELECT TIMESTAMP '2026-01-01' AS a, CAST(b AS TIMESTAMP_NTZ) AS c FROM STREAM(t)"
    const read = readStatement({ text, mode: 'create' })
    expect(read.text).toContain("CAST('2026-01-01' AS TIMESTAMP)")
    expect(read.text).toContain('CAST(b AS TIMESTAMP_NTZ)')
    expect(toDuckStatement(read).text).not.toContain('NTZ')
  })

  it.each(['1.5L', '1e3BD', '2x', "'\\uD83D'", "'\\UFFFFFFFF'", "'\\0'"])('refuses %s', (text) => {
    expect(() => written(text)).toThrow()
  })
})
