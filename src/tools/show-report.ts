// The tool that shows the report of a night again: the last one or that of a date, with its cases, and as a file for the browser.
import { z } from 'zod'
import type { Saying } from '../core/reply.ts'
import type { Night } from '../reports/nightly/night.ts'
import { defineTool, type Tool } from './define-tool.ts'
import type { NightlyDesk } from './nightly-desk.ts'
import { toLocal } from './nightly-words.ts'

const inputSchema = z.object({
  date: z
    .string()
    .trim()
    .regex(/^(?:\d{4}-\d{2}-\d{2}|yesterday|today|last)$/i, 'write a date such as 2026-11-22, or yesterday')
    .optional()
    .describe('Day of the night, such as 2026-11-22, yesterday or today. Left out: the last one.'),
  html: z.boolean().default(false).describe('True to attach it as a file for the browser.'),
})
export type ShowReportInput = z.infer<typeof inputSchema>

export type ShownReport =
  | { kind: 'none'; why: string }
  | { kind: 'shown'; night: Night; says: Saying; file: { name: string; text: string } | null }

export interface ShowReportParts {
  model: string
  desk: NightlyDesk
  /** Milliseconds since 1970. */
  now: () => number
}

const DAY_MS = 86_400_000
const MOST_DATES = 7
const USAGE = 'Write `report`, `report yesterday`, `report 2026-11-22`, or `report html` for a file.'

export function createShowReport(parts: ShowReportParts): Tool<ShowReportInput, ShownReport> {
  return defineTool<ShowReportInput, ShownReport>({
    name: 'show-report',
    description: `Reads the report of a nightly evaluation of ${parts.model}: verdict, metrics, failing questions. Use it for what the last night, or that of a date, said.`,
    input: inputSchema,
    run: (input) => show(input, parts),
    toRefusal: (shown) => (shown.kind === 'none' ? shown.why : null),
    toModelText: (shown) => (shown.kind === 'none' ? shown.why : toModelText(shown.night, shown.says)),
    toSaying: (shown) => (shown.kind === 'none' ? { text: shown.why } : withFile(shown.says, shown.file)),
    toAuditFacts: (shown) => (shown.kind === 'none' ? {} : { night: shown.night.id }),
    commands: [
      {
        name: 'report',
        usage: '[yesterday|2026-11-22] [html]: the report of a night, the last one by default',
        toInput: readLine,
        isMeant: (text) => /^(?:html\b|\d{1,4}[-./]\d)|\bhtml$/i.test(text.trim()),
      },
    ],
    // A report is for everybody, and no platform shows a file to one person alone in a channel.
    openActions: ['show-report'],
    actions: { 'show-report': ({ date, html }) => ({ ...(date ? { date } : {}), html: html === 'true' }) },
  })
}

function readLine(text: string): { input: ShowReportInput } | string {
  const words = text
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const html = words.includes('html')
  const [date, ...more] = words.filter((word) => word !== 'html')
  if (more.length > 0) return `That is too much for one report. ${USAGE}`
  if (date === undefined) return { input: { html } }
  const read = inputSchema.shape.date.safeParse(date)
  const isDate = read.success && (!/^\d/.test(date) || z.iso.date().safeParse(date).success)
  return isDate
    ? { input: { date, html } }
    : `“${date.replace(/[^\p{L}\p{N}-]/gu, '').slice(0, 40)}” is no date. ${USAGE}`
}

async function show({ date = 'last', html }: ShowReportInput, { desk, now }: ShowReportParts): Promise<ShownReport> {
  const nights = await desk.history()
  const [newest] = nights
  if (!newest) {
    return {
      kind: 'none',
      why: 'No night has been measured yet, so there is no report. `nightly now` measures one; `nightly at 07:00 Europe/Berlin` does it every night.',
    }
  }
  const day = toDay(date.toLowerCase(), newest, now())
  const night = day === null ? newest : nights.find((each) => each.date === day)
  if (!night)
    return {
      kind: 'none',
      why: `There is no report of ${day}: nothing was measured that night. ${tellDates(nights, day ?? '')}`,
    }
  const { post, thread } = await desk.toPosts(night, { full: true })
  const about = `Night of ${night.date} (${night.zone}).`
  const cases = thread.map(({ text }) => text)
  const text = [post.text, ...(cases.length > 0 ? ['**What got worse**', ...cases] : [])].join('\n\n')
  const footer = [about, ...(post.footer === undefined ? [] : [post.footer])].join(' ')
  const button = {
    action: 'show-report',
    label: 'As a file for the browser',
    value: { model: night.model, date: night.date, html: 'true' },
  }
  const buttons = [...(post.buttons ?? []), ...(html ? [] : [button])]
  const file = html ? { name: `nightly-${night.date}.html`, text: await desk.toHtml(night) } : null
  return { kind: 'shown', night, says: { ...post, text, footer, buttons }, file }
}

/** Null for the last one. */
function toDay(word: string, { zone }: Night, now: number): string | null {
  if (word === 'last') return null
  if (word === 'today') return toLocal(now, zone).date
  if (word === 'yesterday') return new Date(Date.parse(toLocal(now, zone).date) - DAY_MS).toISOString().slice(0, 10)
  return word
}

/** The dates next to the one that was asked for. */
function tellDates(nights: readonly Night[], day: string): string {
  const distance = (date: string) => Math.abs(Date.parse(date) - Date.parse(day))
  const dates = [...new Set(nights.map(({ date }) => date))].toSorted((a, b) => distance(a) - distance(b))
  const near = dates.slice(0, MOST_DATES).toSorted()
  return `There ${near.length === 1 ? 'is one' : 'are reports'} of ${near.join(', ')}${dates.length > near.length ? ` and ${dates.length - near.length} other days` : ''}.`
}

function toModelText({ date, verdict }: Night, { text, blocks = [] }: Saying): string {
  const tables = blocks.flatMap((block) =>
    block.kind === 'table' ? [[block.columns, ...block.rows].map((row) => row.join(' | ')).join('\n')] : [],
  )
  return [`Night of ${date}, verdict: ${verdict}.`, text, ...tables].join('\n\n')
}

function withFile(says: Saying, file: { name: string; text: string } | null): Saying {
  if (file === null) return says
  return { ...says, blocks: [...(says.blocks ?? []), { kind: 'file', ...file, mediaType: 'text/html' }] }
}
