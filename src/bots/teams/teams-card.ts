// Writes the blocks and buttons of a reply as one Adaptive Card of version 1.5, the newest that every client shows.
import { assertNever } from '../../core/assert-never.ts'
import type { Block, Button, Reply } from '../../core/reply.ts'
import { renderTeamsChart } from './teams-chart.ts'
import { renderFileWords } from './teams-file.ts'
import { renderTeamsForm } from './teams-form.ts'
import { cut, plain } from './teams-plain.ts'
import { renderTeamsTable } from './teams-table.ts'

type Element = Record<string, unknown>

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive'

/** Rows that one table shows; a larger one says how many are left out. The next number where the card would become too large. */
const ROWS = [50, 30, 20, 12, 8, 5, 3] as const
/** UTF-16 units of a card as JSON. Teams documents 28 KB for a message with a card. */
const MAX_CARD = 26_000
const MAX_FACT = 3_000

function renderBlock(block: Block, maxRows: number, before: readonly Block[], files: boolean): Element[] {
  switch (block.kind) {
    case 'fields':
      return [
        {
          type: 'FactSet',
          facts: block.fields.map((field) => ({ title: plain(field.label), value: plain(cut(field.value, MAX_FACT)) })),
        },
      ]
    case 'table':
      return renderTeamsTable(block, maxRows)
    case 'progress':
      return [{ type: 'TextBlock', text: `${plain(block.label)}: ${block.done} of ${block.total}`, wrap: true }]
    case 'chart':
      return [renderTeamsChart(block)]
    case 'form':
      return renderTeamsForm(block, before.filter(({ kind }) => kind === 'form').length)
    case 'file':
      return files ? [] : renderFileWords(block)
    case 'citations':
      return []
    default:
      return assertNever(block)
  }
}

/** Beside a form a button must not carry what stands in its inputs. */
function renderButton(button: Button, besideForm: boolean): Element {
  return {
    ...(besideForm ? { associatedInputs: 'none' } : {}),
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

/** True where the reply has something that text cannot say. `files`: they are offered beside the card. */
export function needsCard(reply: Reply, files = false): boolean {
  return (
    reply.buttons.length > 0 || reply.blocks.some(({ kind }) => kind !== 'citations' && !(files && kind === 'file'))
  )
}

function toCard(reply: Reply, text: string | undefined, maxRows: number, files: boolean): TeamsCard {
  const { blocks } = reply
  const elements = blocks.flatMap((block, at) => renderBlock(block, maxRows, blocks.slice(0, at), files))
  const hasForm = blocks.some(({ kind }) => kind === 'form')
  const actions = reply.buttons.slice(0, 6).map((button) => renderButton(button, hasForm))
  const card = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    body: [...(text === undefined ? [] : renderText(text)), ...elements],
  }
  return { contentType: CARD_TYPE, content: { ...card, ...(actions.length > 0 ? { actions } : {}) } }
}

/**
 * Null where text says it all. At most six buttons: Teams shows no more. With `text` the card says everything: Teams refuses
 * to change a message that has both text and a card ("Activity resulted into multiple skype activities").
 */
export function renderTeamsCard(reply: Reply, text?: string, files = false): TeamsCard | null {
  if (!needsCard(reply, files)) return null
  const hasTable = reply.blocks.some(({ kind }) => kind === 'table')
  const cards = (hasTable ? ROWS : ROWS.slice(0, 1)).map((rows) => () => toCard(reply, text, rows, files))
  const small = cards.find((make) => JSON.stringify(make()).length <= MAX_CARD) ?? cards.at(-1)
  return small?.() ?? null
}
