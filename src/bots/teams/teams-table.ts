// Renders a table: in columns where they fit a narrow card, else row by row.
import type { Block } from '../../core/reply.ts'
import { cut, plain } from './teams-plain.ts'

type Element = Record<string, unknown>
type Table = Extract<Block, { kind: 'table' }>

/** Beside more columns than these a cell of prose is unreadable on a telephone. */
const MAX_COLUMNS = 4
const PROSE = 60
/** Longer cells are a line of their own. */
const MAX_SHORT = 40

function cell(text: string, bold: boolean): Element {
  const block = { type: 'TextBlock', text: plain(text), wrap: true, ...(bold ? { weight: 'Bolder' } : {}) }
  return { type: 'TableCell', items: [block] }
}

/** Share of the width: by the longest piece that should not be broken, and by the root of the longest cell, which folds. */
function toWidth(cells: readonly string[]): number {
  const piece = Math.max(...cells.flatMap((text) => text.split(/[\s/_]+/).map((part) => part.length)), 1)
  const whole = Math.max(...cells.map((text) => text.length), 1)
  return Math.round(Math.max(piece, Math.sqrt(whole) * 2.2, 7))
}

function renderColumns(columns: readonly string[], rows: readonly (readonly string[])[]): Element[] {
  const row = (cells: readonly string[], bold: boolean) => ({
    type: 'TableRow',
    cells: columns.map((_, i) => cell(cells[i] ?? '', bold)),
  })
  return [
    {
      type: 'Table',
      firstRowAsHeader: true,
      columns: columns.map((title, i) => ({ width: toWidth([title, ...rows.map((cells) => cells[i] ?? '')]) })),
      rows: [row(columns, true), ...rows.map((cells) => row(cells, false))],
    },
  ]
}

/** The first cell in bold, the short ones behind it with their column, the long ones below. */
function renderRow(columns: readonly string[], [first = '', ...others]: readonly string[]): Element {
  const named = others.map((text, i) => ({ name: columns[i + 1] ?? '', text })).filter(({ text }) => text.trim() !== '')
  const short = named.filter(({ text }) => text.length <= MAX_SHORT)
  const head = [`**${plain(first)}**`, ...short.map(({ name, text }) => `${plain(name)}: ${plain(text)}`)].join(' · ')
  const long = named.filter(({ text }) => text.length > MAX_SHORT)
  const line = (text: string, spacing: string) => ({ type: 'TextBlock', text, wrap: true, spacing })
  return {
    type: 'Container',
    separator: true,
    items: [line(head, 'None'), ...long.map(({ text }) => line(plain(text), 'None'))],
  }
}

/** At most so many rows, each cell of at most so many characters. */
export function renderTeamsTable({ columns, rows: all }: Table, maxRows: number, maxCell: number): Element[] {
  const rows = all.slice(0, maxRows).map((cells) => cells.map((text) => cut(text, maxCell)))
  const isWide = columns.length > MAX_COLUMNS && rows.some((cells) => cells.some((text) => text.length > PROSE))
  const shown = isWide ? rows.map((cells) => renderRow(columns, cells)) : renderColumns(columns, rows)
  const more = all.length - rows.length
  return more > 0 ? [...shown, { type: 'TextBlock', text: `${more} more rows are not shown.`, isSubtle: true }] : shown
}
