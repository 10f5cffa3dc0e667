// The guard before a Databricks warehouse: what is hostile never leaves this machine, and what is sent says the same as what was read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { codeOf } from '../contract-basics.ts'
import { GOOD_STATEMENTS } from '../sql/good-statements.ts'
import { HOSTILE_STATEMENTS } from '../sql/hostile-statements.ts'
import { never, type OpenSql, openSql } from './sql-under-test.ts'

describe('the guard before a warehouse', () => {
  let open: OpenSql
  beforeAll(async () => {
    open = await openSql()
  })
  afterAll(() => open?.close())

  it.each(Object.entries(HOSTILE_STATEMENTS))(
    'sends nothing of hostile statements: %s',
    async (_attempt, statements) => {
      for (const text of statements) {
        const code = await codeOf(open.sql.run({ text, tables: ['tickets'] }, never()))
        expect(['SQL_REFUSED', 'SQL_INVALID'], text.slice(0, 200)).toContain(code)
      }
      expect(open.standIn.asked).toEqual([])
    },
  )

  it('sends a text that is read as itself, with the same parameters and tables', () => {
    for (const [text] of GOOD_STATEMENTS) {
      const first = readStatement({ text })
      const second = readStatement({ text: first.text })
      const { text: again, reads, parameters, functions, sites } = second
      expect({ again, reads, parameters, functions, sites }, text).toEqual({
        ...{ again: first.text, reads: first.reads, parameters: first.parameters },
        ...{ functions: first.functions, sites: first.sites },
      })
    }
  })
})
