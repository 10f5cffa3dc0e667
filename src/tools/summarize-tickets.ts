// The tool over the tickets of a period: shows what it would take, enriches new ones, and ends with counts, a chart and a file.
import { z } from 'zod'
import { describeState, isLive, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Block, type Button, blockSchema, type Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ApprovalRecord } from '../store/port.ts'
import type { TicketDesk } from '../tickets/create-ticket-desk.ts'
import type { TicketEstimate } from '../tickets/enrich-tickets.ts'
import { toCsv } from '../tickets/to-csv.ts'
import type { Period, TicketReport } from '../tickets/triage.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { countOf, describeReport, toCategoryTable, toReportChart, toTicketTable } from './ticket-blocks.ts'
import { toDollars } from './ticket-card.ts'

const inputSchema = z.object({
  period: z
    .string()
    .max(200)
    .default('yesterday')
    .describe('Such as yesterday, today, last week, last 7 days, 2026-11-20 or 2026-11-01..2026-11-15.'),
})
export type SummarizeTicketsInput = z.infer<typeof inputSchema>

export interface SummarizeTicketsParts {
  desk: Pick<TicketDesk, 'plan' | 'period' | 'estimate' | 'enrich' | 'report'>
  log: Log
}

const EXPIRES_MS = 60 * 60_000
/** Faults that may be gone at the next try; the runner calls again. */
const PASSING = ['PLATFORM_UNREACHABLE', 'PLATFORM_FAILED', 'STORE_FAILED', 'STORE_FULL', 'STORE_LOCKED']
const DAY_MS = 86_400_000

const periodSchema = z.object({ from: z.string(), until: z.string(), words: z.string() })
const evidenceSchema = z.object({
  period: periodSchema,
  pending: z.number(),
  exact: z.boolean(),
  usage: z.object({
    rows: z.number(),
    distinct: z.number(),
    cached: z.number(),
    calls: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    usd: z.number().nullable(),
  }),
  models: z.array(z.string()),
  /** What the budget is exceeded in; empty where it is not. */
  above: z.array(z.string()),
})
type Evidence = z.infer<typeof evidenceSchema>
const resultSchema = z.object({ blocks: z.array(blockSchema) })

export function createSummarizeTickets(parts: SummarizeTicketsParts): Tool<SummarizeTicketsInput, never> {
  return defineTool<SummarizeTicketsInput, never>({
    name: 'summarize-tickets',
    description:
      'Summarizes the tickets of a period: classifies those that are new, then counts by category and day, with a chart and a file. Use it for an overview such as "yesterday\'s tickets"; for a single figure or a list use query-tickets.',
    input: inputSchema,
    run: () => Promise.reject(new Error('Tickets are summarized only as an approved operation.')),
    toModelText: () => '',
    commands: [
      {
        name: 'tickets',
        usage: '[period]: the tickets of yesterday or of another period, by category, with a chart and a file',
        toInput(text) {
          const period = text.trim() === '' ? 'yesterday' : text.trim()
          const read = parts.desk.period(period)
          return typeof read === 'string' ? read : { input: { period } }
        },
      },
    ],
    actions: { 'summarize-tickets': ({ period }) => (period ? { period } : null) },
    approval: {
      plan: (input, context) => plan(input, context, parts),
      mayDecide: async () => true,
      card: toCard,
      carryOut: (_, run, signal) => carryOut(run, signal, parts),
    },
  })
}

async function plan(
  { period: words }: SummarizeTicketsInput,
  { actor, signal, turnId }: ToolContext,
  { desk }: SummarizeTicketsParts,
): Promise<Planned<never>> {
  if (!actor) return { kind: 'refused', why: 'Nobody is known to ask, so nothing was started.' }
  const period = desk.period(words)
  if (typeof period === 'string') return { kind: 'refused', why: period }
  const estimate = await desk.estimate(period, signal)
  const above = whatExceeds(estimate, desk.plan.budget)
  const { pending, exact, total: usage, models } = estimate
  return {
    kind: 'plan',
    plan: {
      // One run over the table at a time, so that no ticket is paid for twice; what has nothing to do is in nobody's way.
      subject: pending === 0 ? `ticket-report:${turnId}` : `tickets:${desk.plan.table}`,
      evidence: { period, pending, exact, usage, models: [...models], above },
      expects: { tickets: desk.plan.table, period: `${period.from} until ${period.until}` },
      rule: { who: { kind: 'asker', anyAccount: true }, quorum: above.length === 0 ? 0 : 1, selfDecides: true },
      expiresAfterMs: EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}

function whatExceeds(
  { pending, total }: TicketEstimate,
  budget: { rows: number; tokens: number; usd: number },
): string[] {
  const tokens = total.inputTokens + total.outputTokens
  return [
    ...(pending > budget.rows ? [`${budget.rows.toLocaleString('en-US')} tickets`] : []),
    ...(tokens > budget.tokens ? [`${budget.tokens.toLocaleString('en-US')} tokens`] : []),
    ...((total.usd ?? 0) > budget.usd ? [toDollars(budget.usd)] : []),
  ]
}

async function carryOut(run: ApprovedRun, signal: AbortSignal, parts: SummarizeTicketsParts): Promise<ApprovedEnding> {
  const { desk, log } = parts
  const { period } = evidenceSchema.parse(run.approval.evidence)
  let came = { done: 0, total: 0 }
  try {
    await desk.enrich(period, {
      run: run.approval.id,
      signal,
      onProgress: async (progress) => {
        came = progress
        if (progress.total > 0) await run.progress('Classifying tickets', progress.done, progress.total)
      },
    })
    return toEnding(await desk.report(period, signal))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LakedeskError && PASSING.includes(error.code)) throw error
    log.error('Tickets could not be summarized', { approval: run.approval.id, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    const kept =
      came.done > 0
        ? ` ${countOf(came.done, 'ticket')} of ${came.total.toLocaleString('en-US')} are done and kept: ask again, and the rest follows.`
        : ''
    return { state: 'failed', outcome: `${why}${kept}` }
  }
}

function toEnding(report: TicketReport): ApprovedEnding {
  const outcome = describeReport(report)
  const blocks = [...toCategoryTable(report), ...toReportChart(report)]
  const ending: ApprovedEnding = { state: 'done', outcome, result: { blocks } }
  return report.tickets.length === 0 ? ending : { ...ending, says: toFileMessage(report) }
}

/** The tickets themselves: the first in a table, all that fit in a file. */
function toFileMessage(report: TicketReport): Saying {
  const { tickets, total, period } = report
  const csv = toCsv(report)
  const table = toTicketTable(tickets)
  const listed = table[0]?.kind === 'table' ? table[0].rows.length : 0
  const all =
    csv.rows < total
      ? `the first ${csv.rows.toLocaleString('en-US')} of ${countOf(total, 'ticket')}`
      : `all ${countOf(total, 'ticket')}`
  const shown =
    listed < total
      ? `The first ${listed} tickets of ${toPlainLine(period.words)}.`
      : `The tickets of ${toPlainLine(period.words)}.`
  return {
    text: `${shown} The file holds ${all}.`,
    blocks: [
      ...table,
      { kind: 'file', name: `tickets-${toFileName(period)}.csv`, mediaType: 'text/csv', text: csv.text },
    ],
  }
}

function toFileName({ from, until }: Period): string {
  const last = new Date(Date.parse(until) - DAY_MS).toISOString().slice(0, 10)
  return from === last ? from : `${from}-to-${last}`
}

function toCard(approval: ApprovalRecord): Saying {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  return {
    text: describeStep(approval, evidence.data),
    blocks: toBlocks(approval, evidence.data),
    buttons: toButtons(approval, evidence.data),
    footer: `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`,
  }
}

function describeStep(approval: ApprovalRecord, evidence: Evidence): string {
  const about = `Tickets of ${toPlainLine(evidence.period.words)}`
  if (approval.state === 'open') {
    const why =
      evidence.above.length > 0 ? ` That is above the budget of ${evidence.above.join(' and ')}, so it` : ' It'
    return `${about}: ${describeEstimate(evidence)}${why} starts when ${tellActor(approval.asker)} agrees.`
  }
  if (approval.state === 'approved') return `${about}: they are about to be read.`
  if (approval.state === 'running') {
    const { progress } = approval
    return progress
      ? `${about}: ${toPlainLine(progress.label).toLowerCase()}, ${progress.done} of ${progress.total}.`
      : `${about}: being read.`
  }
  return approval.state === 'done' ? toPlainLine(approval.outcome ?? 'Done.') : `${about}: ${describeState(approval)}`
}

function describeEstimate({ pending, usage, exact, models }: Evidence): string {
  const most = exact ? '' : 'at most '
  const by = models.length > 0 ? ` of ${models.map(toPlainLine).join(', ')}` : ''
  const tokens = usage.inputTokens + usage.outputTokens
  const cost =
    usage.usd === null ? 'no price is configured' : usage.usd === 0 ? 'free' : `about ${toDollars(usage.usd)}`
  return `${countOf(pending, 'ticket')} without a result yet would take ${most}${countOf(usage.calls, 'call')}${by} and about ${tokens.toLocaleString('en-US')} tokens (${cost}).`
}

function toBlocks(approval: ApprovalRecord, evidence: Evidence): Block[] {
  if (approval.state === 'running' && approval.progress) return [{ kind: 'progress', ...approval.progress }]
  if (approval.state === 'open') return [{ kind: 'fields', fields: toEstimateFields(evidence) }]
  const result = resultSchema.safeParse(approval.result)
  return result.success ? result.data.blocks : []
}

function toEstimateFields({ pending, usage }: Evidence): { label: string; value: string }[] {
  const figures: [string, number][] = [
    ['New tickets', pending],
    ['Evaluations', usage.rows],
    ['Distinct', usage.distinct],
    ['Answered before', usage.cached],
    ['Calls', usage.calls],
    ['Tokens', usage.inputTokens + usage.outputTokens],
  ]
  return [
    ...figures.map(([label, value]) => ({ label, value: value.toLocaleString('en-US') })),
    { label: 'Cost', value: usage.usd === null ? 'no price is configured' : toDollars(usage.usd) },
  ]
}

function toButtons(approval: ApprovalRecord, { period }: Evidence): Button[] {
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  if (approval.state === 'open') {
    return [
      { action: 'approve', label: 'Run', value, style: 'primary' },
      { action: 'reject', label: 'Do not run', value },
    ]
  }
  if (isLive(approval)) return []
  const days = Math.round((Date.parse(period.until) - Date.parse(period.from)) / DAY_MS)
  if (approval.state !== 'done') {
    const last = new Date(Date.parse(period.until) - DAY_MS).toISOString().slice(0, 10)
    return [{ action: 'summarize-tickets', label: 'Go on', value: { period: `${period.from}..${last}` } }]
  }
  return days === 1 ? [{ action: 'summarize-tickets', label: 'Last 7 days', value: { period: 'last 7 days' } }] : []
}
