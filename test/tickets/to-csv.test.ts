// The file of a result: whole rows, numbers as numbers, and nothing that a spreadsheet would run.
import { describe, expect, it } from 'vitest'
import { toCsvFile } from '../../src/tickets/to-csv.ts'

describe('the CSV file', () => {
  it('keeps numbers as they are and puts an apostrophe before text that begins like a formula', () => {
    const cells = [
      '-1',
      '-1.5e3',
      '-12345678901234567890',
      '-1+cmd|calc',
      '=1',
      '+49 30',
      '@sum',
      '\tx',
      '＝1',
      '-',
      '',
    ]
    const lines = toCsvFile(
      ['v'],
      cells.map((cell) => [cell]),
    ).text.split('\r\n')
    expect(lines.slice(1, -1)).toEqual([
      ...['-1', '-1.5e3', '-12345678901234567890', "'-1+cmd|calc", "'=1", "'+49 30", "'@sum", "'\tx", "'＝1", "'-", ''],
    ])
  })

  it('escapes names of columns too, quotes as RFC 4180 has it, and cuts between rows', () => {
    const file = toCsvFile(['=a'], [['x,"y"'], [null], ['long enough']], 25)
    expect(file).toEqual({ text: '\'=a\r\n"x,""y"""\r\n\r\n', rows: 2 })
  })
})
