// Renders a Reply as Slack messages: Markdown blocks, sources, small print, feedback buttons, and a complete text.

import { z } from 'zod'
import { assertNever } from '../../core/assert-never.ts'
import type { Citation } from '../../core/passage.ts'
import type { Block, Button, Reply } from '../../core/reply.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'
import { toPlainMarkdown } from '../../core/text/plain-markdown.ts'
import { MAX_NATIVE_CHARTS, renderChartPicture, renderChartText, renderNativeChart } from './render-slack-chart.ts'
import { renderSlackForm } from './render-slack-form.ts'
import { MAX_TABLE_ROWS, renderSlackMarkdown } from './render-slack-markdown.ts'
import { escapeSlack, renderSlackMrkdwn, toSlackLink } from './render-slack-mrkdwn.ts'
import { splitMarkdown } from './split-markdown.ts'
import { BUTTON_PREFIX, FEEDBACK_ACTION } from './surface.ts'

export type SlackBlock = Readonly<Record<string, unknown>>

export interface SlackMessage {
  /** mrkdwn; complete on its own. */
  text: string
  blocks: SlackBlock[]
  /** The same with charts as text, for where Slack refuses `blocks`; absent where there is no chart. */
  plain?: SlackBlock[]
}

/** Ids of uploaded pictures, by the place of their chart in the reply's blocks. */
type Pictures = ReadonlyMap<number, string>

/** Slack allows 12,000 characters over all markdown blocks of a message and does not say how it counts: ten percent less. */
export const MAX_MARKDOWN = 10_800
/** chat.update refuses a `text` over 4,000 characters. */
export const MAX_UPDATE_TEXT = 3_900
/** Characters for all table blocks of a reply; where its text may hold tables of its own they are shown as code. */
const MAX_TAIL_TABLE = 5_000
const MAX_TAIL_TABLE_BESIDE = 4_000
const MAX_SECTION = 2_900
const MAX_BLOCKS = 48

/**
 * One message for each piece; sources, small print and buttons stand under the last. `edit`: the pieces of a post, for a card
 * that must stay one message when it is updated; only its fallback text is cut to what an update takes.
 */
export function renderSlackReply(
  reply: Reply,
  size: 'post' | 'update' | 'edit',
  pictures: Pictures = new Map(),
): SlackMessage[] {
  const tail = renderTail(reply, pictures)
  const plain = reply.blocks.some(({ kind }) => kind === 'chart') ? renderTail(reply, null) : null
  const tailText = renderTailText(reply)
  const room =
    size !== 'update' ? MAX_MARKDOWN - tailMarkdown(tail) : MAX_UPDATE_TEXT - Math.min(tailText.length, 1_500)
  const measure = (piece: string) => {
    const length = renderSlackMarkdown(piece).length
    // Parsing is dear, and needless for what is too long anyway.
    return size !== 'update' || length > room ? length : Math.max(length, renderSlackMrkdwn(piece).length)
  }
  const pieces = splitMarkdown(reply.text, Math.max(room, 500), measure)
  return pieces.map((piece, index) => {
    const isLast = index === pieces.length - 1
    const text = renderSlackMrkdwn(piece)
    const whole = isLast ? `${text}${tailText}` : text
    const fits = size === 'post' || whole.length <= MAX_UPDATE_TEXT + 90
    const words = { type: 'markdown', text: renderSlackMarkdown(piece) }
    return {
      text: fits ? whole : cutText(text),
      blocks: [words, ...(isLast ? tail : [])],
      ...(isLast && plain ? { plain: [words, ...plain] } : {}),
    }
  })
}

function cutText(text: string): string {
  return text.length > MAX_UPDATE_TEXT ? `${text.slice(0, MAX_UPDATE_TEXT)}…` : text
}

const pressedSchema = z.object({ value: z.string() })
const requestSchema = z.object({ approval: z.string().regex(/^[\w-]{1,64}$/) })

/** What a press on such a card does all the same, and how to look at what came of it. */
function toFrozenAdvice(blocks: readonly SlackBlock[]): string {
  if (blocks.some(({ type }) => type === 'input')) {
    return 'A correction counts, but is not shown here. Invite Lakedesk to see it.'
  }
  for (const element of blocks.flatMap(({ type, elements }) => (type === 'actions' ? [elements].flat() : []))) {
    const button = pressedSchema.safeParse(element)
    const request = requestSchema.safeParse(button.success ? readJson(button.data.value) : null)
    if (request.success) return `Invite Lakedesk, or look with /approval ${request.data.approval}.`
  }
  return 'Invite Lakedesk, and ask again.'
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** For a card that goes through a response address: nobody can edit it later, so it says so. */
export function withFrozenNote(message: SlackMessage): SlackMessage {
  if (!message.blocks.some(({ type }) => type === 'actions')) return message
  const note = `This message cannot be kept up to date, because Lakedesk is not a member of this channel. ${toFrozenAdvice(message.blocks)}`
  return { text: `${message.text}\n\n_${note}_`, blocks: [...message.blocks, toContext(note)] }
}

function tailMarkdown(tail: readonly SlackBlock[]): number {
  return tail.reduce((sum, block) => sum + (block.type === 'markdown' ? String(block.text).length : 0), 0)
}

/** What stands under the answer; a stream sends it with its end. Null for pictures: every chart as text. */
export function renderTail(reply: Reply, pictures: Pictures | null): SlackBlock[] {
  const tables = reply.blocks.filter(({ kind }) => kind === 'table').length
  const room = Math.floor((/^\s*\|/m.test(reply.text) ? MAX_TAIL_TABLE_BESIDE : MAX_TAIL_TABLE) / Math.max(tables, 1))
  let natives = 0
  const blocks = reply.blocks.flatMap((block, at) => {
    if (block.kind !== 'chart') return renderBlock(block, room)
    const native = pictures && natives < MAX_NATIVE_CHARTS ? renderNativeChart(block) : null
    if (native) natives += 1
    const picture = pictures?.get(at)
    return [native ?? (picture === undefined ? renderChartText(block) : renderChartPicture(block, picture))]
  })
  if (reply.buttons.length > 0) blocks.push({ type: 'actions', elements: reply.buttons.slice(0, 25).map(renderButton) })
  if (reply.footer) blocks.push(toContext(escapeSlack(reply.footer)))
  if (reply.generated) blocks.push(renderFeedback(reply.turn))
  return blocks.slice(-MAX_BLOCKS)
}

/** Begins the sources in `text`. */
export const SOURCES_HEAD = '\n\n*Sources*\n'

/** The small print in `text`, from its escaped words. */
export function toFooterText(escaped: string): string {
  return `\n\n_${escaped.replaceAll('_', ' ')}_`
}

/** The same for `text`: sources and small print. */
export function renderTailText(reply: Reply): string {
  const sources = citationsOf(reply).map(toSourceLine)
  const footer = reply.footer ? toFooterText(escapeSlack(reply.footer)) : ''
  return (sources.length > 0 ? SOURCES_HEAD + sources.join('\n') : '') + footer
}

function citationsOf(reply: Reply): Citation[] {
  return reply.blocks.flatMap((block) => (block.kind === 'citations' ? block.citations : []))
}

/** `[n] Title`, linked where the page has an http(s) address. Title and address come from documents: data only. */
function toSourceLine(citation: Citation): string {
  const title = citation.title.trim() === '' ? citation.doc_id : citation.title
  return `[${citation.n}] ${toSlackLink(citation.url, title.slice(0, 300))}`
}

function renderBlock(block: Block, tableRoom: number): SlackBlock[] {
  switch (block.kind) {
    case 'citations':
      return toSections(['*Sources*', ...block.citations.map(toSourceLine)])
    case 'fields':
      return chunk(block.fields, 10).map((fields) => ({
        type: 'section',
        fields: fields.map(({ label, value }) =>
          toMrkdwn(`*${escapeSlack(label)}*\n${escapeSlack(value)}`.slice(0, 1_900)),
        ),
      }))
    case 'table':
      return renderTable(block, tableRoom)
    case 'progress':
      return [toContext(`${escapeSlack(block.label)}: ${block.done} of ${block.total}`)]
    case 'chart':
      return [renderChartText(block)]
    case 'form':
      return renderSlackForm(block)
    case 'file':
      return [toContext(`The file ${escapeSlack(block.name)} goes into the thread.`)]
    default:
      return assertNever(block)
  }
}

/** As many rows as fit, and how many do not. */
function renderTable(block: Extract<Block, { kind: 'table' }>, room: number): SlackBlock[] {
  const fenced = room <= MAX_TAIL_TABLE_BESIDE
  const render = (count: number) => {
    const rows = [block.columns, ...block.rows.slice(0, count)]
    if (!fenced) return renderSlackMarkdown(toMarkdownTable(rows.map((cells) => cells.map(toPlainMarkdown))))
    return renderSlackMarkdown(`\`\`\`\n${toMarkdownTable(rows).replaceAll('```', "'''")}\n\`\`\``)
  }
  let count = Math.min(block.rows.length, MAX_TABLE_ROWS - 1)
  while (count > 0 && render(count).length > room) count -= 1
  const rest = block.rows.length - count
  const table = { type: 'markdown', text: render(count).slice(0, room) }
  return rest === 0 ? [table] : [table, toContext(`${rest} more rows are not shown.`)]
}

/** The first row is the header. Cells are data: what would divide them becomes another sign. */
function toMarkdownTable([columns = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\\?\|/g, '¦').replace(/\s+/g, ' ')).join(' | ')} |`
  return [line(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
}

function toSections(lines: readonly string[]): SlackBlock[] {
  const texts: string[] = []
  for (const line of lines) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + line.length < MAX_SECTION) texts[texts.length - 1] = `${last}\n${line}`
    else texts.push(line.slice(0, MAX_SECTION))
  }
  return texts.map((text) => ({ type: 'section', text: toMrkdwn(text) }))
}

function toMrkdwn(text: string): SlackBlock {
  return { type: 'mrkdwn', text, verbatim: true }
}

function toContext(text: string): SlackBlock {
  return { type: 'context', elements: [toMrkdwn(text.slice(0, MAX_SECTION))] }
}

/** Two elements of a block may not have one action id, so the later ones of a name get a number. */
function renderButton(button: Button, index: number, all: readonly Button[]): SlackBlock {
  const before = all.slice(0, index).filter(({ action }) => action === button.action).length
  return {
    type: 'button',
    action_id: `${BUTTON_PREFIX}${button.action}${before === 0 ? '' : `#${before + 1}`}`,
    text: toPlainText(button.label, 75),
    value: JSON.stringify(button.value),
    ...(button.style ? { style: button.style } : {}),
    ...(button.confirm ? { confirm: renderConfirm(button, button.confirm) } : {}),
  }
}

/** Slack's limits: 100 characters of title, 300 of text, 30 on each button. */
function renderConfirm(button: Button, question: string): SlackBlock {
  return {
    title: toPlainText(button.label, 100),
    text: toPlainText(question, 300),
    confirm: toPlainText(button.label, 30),
    deny: toPlainText('Cancel', 30),
    ...(button.style ? { style: button.style } : {}),
  }
}

function toPlainText(whole: string, most: number): SlackBlock {
  const text = dropOverrides(whole)
  return { type: 'plain_text', text: text.length > most ? `${text.slice(0, most - 1)}…` : text }
}

function renderFeedback(turn: string): SlackBlock {
  const option = (rating: 'up' | 'down', text: string, label: string) => ({
    text: { type: 'plain_text', text },
    value: JSON.stringify({ turn, rating }),
    accessibility_label: label,
  })
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: FEEDBACK_ACTION,
        positive_button: option('up', 'Helpful', 'Say that this answer helped'),
        negative_button: option('down', 'Not helpful', 'Say that this answer did not help'),
      },
    ],
  }
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = []
  for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size))
  return out
}
