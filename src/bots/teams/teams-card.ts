// Writes the blocks and buttons of a reply as one Adaptive Card of version 1.5, the newest that every client shows.
import { assertNever } from '../../core/assert-never.ts'
import type { Block, Button, Reply } from '../../core/reply.ts'
import { toChartText } from '../../core/text/chart-text.ts'

type Element = Record<string, unknown>

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive'

/** Rows that one table shows; a larger one says how many are left out. */
const MAX_ROWS = 50

/** Stands in tags of mentions, which Teams looks for everywhere; invisible. */
const JOINER = '\u2060'

/** Card text is Markdown of its own; what comes from data is shown literally. An underscore inside a word is no formatting. */
function plain(text: string): string {
  const escaped = text.replace(/[\\*[\]`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => `\\${mark}`)
  return escaped.replace(/<(?=\/?at\b|https?:)/gi, `<${JOINER}`)
}

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

function renderBlock(block: Block): Element[] {
  switch (block.kind) {
    case 'fields':
      return [
        {
          type: 'FactSet',
          facts: block.fields.map((field) => ({ title: plain(field.label), value: plain(field.value) })),
        },
      ]
    case 'table': {
      const row = (cells: readonly string[], bold: boolean) => ({
        type: 'TableRow',
        cells: block.columns.map((_, i) => cell(cells[i] ?? '', bold)),
      })
      const rows = block.rows.slice(0, MAX_ROWS)
      const more = block.rows.length - rows.length
      const table = {
        type: 'Table',
        firstRowAsHeader: true,
        columns: block.columns.map((title, i) => ({ width: toWidth([title, ...rows.map((cells) => cells[i] ?? '')]) })),
        rows: [row(block.columns, true), ...rows.map((cells) => row(cells, false))],
      }
      return more > 0
        ? [table, { type: 'TextBlock', text: `${more} more rows are not shown.`, isSubtle: true }]
        : [table]
    }
    case 'progress':
      return [{ type: 'TextBlock', text: `${plain(block.label)}: ${block.done} of ${block.total}`, wrap: true }]
    case 'chart':
      return [
        {
          type: 'TextBlock',
          text: plain(toChartText(block)).replace(/\n/g, '\n\n'),
          wrap: true,
          fontType: 'Monospace',
        },
      ]
    case 'form': {
      const facts = block.fields.map((field) => ({ title: plain(field.label), value: plain(field.value) }))
      return [{ type: 'FactSet', facts }]
    }
    case 'file':
      return [{ type: 'TextBlock', text: plain(`${block.name}: ${block.text.length} characters`), wrap: true }]
    case 'citations':
      return []
    default:
      return assertNever(block)
  }
}

function renderButton(button: Button): Element {
  return {
    type: 'Action.Submit',
    title: button.label.slice(0, 75),
    data: { ...button.value, action: button.action },
    ...(button.style ? { style: button.style === 'danger' ? 'destructive' : 'positive' } : {}),
  }
}

export interface TeamsCard {
  contentType: string
  content: unknown
}

/** A card's Markdown knows emphasis, lists and links, but neither code nor headings: those become plain and bold words. */
function renderText(markdown: string): Element[] {
  return markdown
    .split(/\n{2,}/)
    .map((paragraph) =>
      paragraph
        .replace(/^#{1,6} +(.+)$/gm, '**$1**')
        .replace(/(?<!\\)`([^`\n]+)`/g, (_, code: string) => plain(code))
        .trim(),
    )
    .filter((text) => text !== '')
    .map((text) => ({ type: 'TextBlock', text, wrap: true, spacing: 'Medium' }))
}

/** True where the reply has something that text cannot say. */
export function needsCard(reply: Reply): boolean {
  return reply.buttons.length > 0 || reply.blocks.some(({ kind }) => kind !== 'citations')
}

/**
 * Null where text says it all. At most six buttons: Teams shows no more. With `text` the card says everything: Teams refuses
 * to change a message that has both text and a card ("Activity resulted into multiple skype activities").
 */
export function renderTeamsCard(reply: Reply, text?: string): TeamsCard | null {
  if (!needsCard(reply)) return null
  const body = [...(text === undefined ? [] : renderText(text)), ...reply.blocks.flatMap(renderBlock)]
  const actions = reply.buttons.slice(0, 6).map(renderButton)
  const card = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    body,
  }
  return { contentType: CARD_TYPE, content: { ...card, ...(actions.length > 0 ? { actions } : {}) } }
}
