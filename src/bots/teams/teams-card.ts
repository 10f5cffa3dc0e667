// Writes the blocks and buttons of a reply as one Adaptive Card of version 1.5, the newest that every client shows.
import { assertNever } from '../../core/assert-never.ts'
import type { Block, Button, Chart, Reply } from '../../core/reply.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'
import { renderChartWords, renderTeamsChart } from './teams-chart.ts'
import { renderFileWords } from './teams-file.ts'
import { renderTeamsForm } from './teams-form.ts'
import { cut, plain } from './teams-plain.ts'
import { renderTeamsTable } from './teams-table.ts'

type Element = Record<string, unknown>

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive'

/** How much of a reply a card shows. */
interface Room {
  /** Of one table; a larger one says how many rows are left out. */
  rows: number
  /** Of one series. */
  points: number
  /** Charts have their numbers as facts beside them, for clients that know no chart. */
  facts: boolean
  /** Characters of a value and of a cell. */
  words: number
  /** Values of forms are typed, never chosen. */
  typed?: boolean
  /** Charts are words. */
  told?: true
}

const ALL = Number.POSITIVE_INFINITY
const MAX_FACT = 3_000
/** From everything to very little: the first that makes the card small enough is taken. Tables go first, then charts, then words. */
const ROOMS: readonly Room[] = [
  ...[50, 30, 20, 12].map((rows) => ({ rows, points: ALL, facts: true, words: MAX_FACT })),
  { rows: 12, points: 31, facts: true, words: MAX_FACT },
  { rows: 12, points: 31, facts: false, words: MAX_FACT },
  { rows: 8, points: 16, facts: false, words: MAX_FACT },
  { rows: 5, points: 12, facts: false, words: 1_000 },
  { rows: 3, points: 8, facts: false, words: 400, typed: true },
  { rows: 3, points: 8, facts: false, words: 200, typed: true, told: true },
]
/** Beside a text no more is given up than this: the text then gets a message of its own. */
const ROOMS_BESIDE_TEXT = 8
const LEAST: Room = { rows: 3, points: 8, facts: false, words: 100, typed: true, told: true }
/** Bytes of a card as JSON. Teams documents 28 KB for a message with a card. */
const MAX_CARD = 26_000

function renderChart(chart: Chart, room: Room): Element[] {
  return room.told ? [renderChartWords(chart)] : renderTeamsChart(chart, room)
}

function renderBlock(block: Block, room: Room, before: readonly Block[], files: boolean): Element[] {
  switch (block.kind) {
    case 'fields':
      return [
        {
          type: 'FactSet',
          facts: block.fields.map((field) => ({
            title: plain(field.label),
            value: plain(cut(field.value, room.words)),
          })),
        },
      ]
    case 'table':
      return renderTeamsTable(block, room.rows, room.words)
    case 'progress':
      return [{ type: 'TextBlock', text: `${plain(block.label)}: ${block.done} of ${block.total}`, wrap: true }]
    case 'chart':
      return renderChart(block, room)
    case 'form':
      return renderTeamsForm(block, before.filter(({ kind }) => kind === 'form').length, room)
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
    title: dropOverrides(button.label).slice(0, 75),
    data: { ...button.value, action: button.action },
    ...(button.style ? { style: button.style === 'danger' ? 'destructive' : 'positive' } : {}),
  }
}

export interface TeamsCard {
  contentType: string
  content: unknown
}

function renderProse(markdown: string): Element[] {
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

/** One line below the other, with their indentation: a card folds spaces, and single line ends. */
function renderCode(code: string): Element[] {
  const lines = code.split('\n').filter((line) => line.trim() !== '')
  const text = lines.map((line) => plain(line).replace(/^ +/, (spaces) => '\u00A0'.repeat(spaces.length))).join('\n\n')
  return text === ''
    ? []
    : [{ type: 'TextBlock', text, wrap: true, spacing: 'Medium', fontType: 'Monospace', size: 'Small' }]
}

/** A fenced block from its first line to its last, or to the end of the text. */
const FENCED = /^ {0,3}(`{3,}|~{3,})[^\n]*\n([\s\S]*?)(?:^ {0,3}\1[`~]*[ \t]*$|(?![\s\S]))/m

/** A card's Markdown knows emphasis, lists and links, but neither code nor headings: those become words in their own type, and bold ones. */
function renderText(markdown: string): Element[] {
  const out: Element[] = []
  for (let rest = markdown; rest !== ''; ) {
    const fenced = FENCED.exec(rest)
    out.push(...renderProse(rest.slice(0, fenced?.index ?? rest.length)))
    if (!fenced) break
    out.push(...renderCode(fenced[2] ?? ''))
    rest = rest.slice(fenced.index + fenced[0].length)
  }
  return out
}

/** True where the reply has something that text cannot say. `files`: they are offered beside the card. */
export function needsCard(reply: Reply, files = false): boolean {
  return (
    reply.buttons.length > 0 || reply.blocks.some(({ kind }) => kind !== 'citations' && !(files && kind === 'file'))
  )
}

function toCard({ blocks, buttons }: Reply, body: readonly Element[]): TeamsCard {
  const hasForm = blocks.some(({ kind }) => kind === 'form')
  const actions = buttons.slice(0, 6).map((button) => renderButton(button, hasForm))
  const card = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    body,
  }
  return { contentType: CARD_TYPE, content: { ...card, ...(actions.length > 0 ? { actions } : {}) } }
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

const REST: Element = {
  type: 'TextBlock',
  text: 'The rest does not fit into one message of Teams. Ask for less, such as a shorter period or fewer columns.',
  wrap: true,
  isSubtle: true,
}

/** As many elements as fit, from the beginning, and that there are more. */
function toCutCard(reply: Reply, elements: readonly Element[]): TeamsCard {
  let left = MAX_CARD - sizeOf(toCard(reply, [REST])) - 2
  const kept: Element[] = []
  for (const element of elements) {
    left -= sizeOf(element) + 1
    if (left < 0) break
    kept.push(element)
  }
  return toCard(reply, [...kept, REST])
}

/**
 * Null where text says it all. At most six buttons: Teams shows no more. With `text` the card says everything: Teams refuses
 * to change a message that has both text and a card ("Activity resulted into multiple skype activities"); it is then null too
 * where text and blocks do not fit into one card. Never larger than Teams takes, whatever the reply holds.
 */
export function renderTeamsCard(reply: Reply, text?: string, files = false): TeamsCard | null {
  if (!needsCard(reply, files)) return null
  const words = text === undefined ? [] : renderText(text)
  const { blocks } = reply
  const bodyOf = (room: Room) => blocks.flatMap((block, at) => renderBlock(block, room, blocks.slice(0, at), files))
  for (const room of text === undefined ? ROOMS : ROOMS.slice(0, ROOMS_BESIDE_TEXT)) {
    const card = toCard(reply, [...words, ...bodyOf(room)])
    if (sizeOf(card) <= MAX_CARD) return card
  }
  return text === undefined ? toCutCard(reply, bodyOf(LEAST)) : null
}
