// The guard against hostile statements: every one is refused or invalid, quickly, and the next statement is read as ever.
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../src/core/errors.ts'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { HOSTILE_STATEMENTS } from './hostile-statements.ts'

function codeOf(text: string): string {
  try {
    return `let through as ${readStatement({ text, tables: ['tickets'] }).text}`
  } catch (error) {
    return error instanceof LakedeskError ? error.code : `broke with ${String(error)}`
  }
}

describe('Hostile statements', () => {
  it('are at least two hundred', () => {
    expect(Object.values(HOSTILE_STATEMENTS).flat().length).toBeGreaterThanOrEqual(200)
  })

  for (const [attempt, statements] of Object.entries(HOSTILE_STATEMENTS)) {
    it(`are refused: ${attempt}`, () => {
      for (const text of statements) {
        const began = performance.now()
        const code = codeOf(text)
        // Far less on an idle machine.
        expect(performance.now() - began, text.slice(0, 200)).toBeLessThan(2_000)
        expect(['SQL_REFUSED', 'SQL_INVALID'], `${text.slice(0, 200)}: ${code.slice(0, 300)}`).toContain(code)
        expect(readStatement({ text: 'SELECT id FROM tickets', tables: ['tickets'] }).reads).toEqual(['tickets'])
      }
    })
  }
})
