// The tool over the tickets of a period: shows what it would take, enriches new ones, and ends with counts, a chart and a file.
import PQueue from 'p-queue'
import { z } from 'zod'
import { digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { TicketDesk } from '../tickets/create-ticket-desk.ts'
import type { TicketEstimate } from '../tickets/enrich-tickets.ts'
import { toCsv } from '../tickets/to-csv.ts'
import type { Period, TicketReport } from '../tickets/triage.ts'
import { expectCost, toLimit, toSum, whyAboveAgreed } from './agreed-cost.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { isPassing } from './run-approved.ts'
import { DAY_MS, summaryEvidence, toSummaryCard } from './summarize-card.ts'
import { countOf, describeReport, toCategoryTable, toReportChart, toTicketTable } from './ticket-blocks.ts'
import { whyNotTickets } from './why-not-for-model.ts'

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

export function createSummarizeTickets(parts: SummarizeTicketsParts): Tool<SummarizeTicketsInput, never> {
  // One run over the table of results at a time, so that no ticket is paid for twice; requests themselves are in nobody's way.
  const queue = new PQueue({ concurrency: 1 })
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
      whyNotForModel: ({ period }, said) => whyNotTickets(`tickets ${period}`, said, parts.desk.plan.table),
      mayDecide: async () => true,
      card: toSummaryCard,
      carryOut: (_, run, signal) => carryOut(run, signal, queue, parts),
    },
  })
}

async function plan(
  input: SummarizeTicketsInput,
  { actor, signal, turnId, via, again }: ToolContext,
  { desk }: SummarizeTicketsParts,
): Promise<Planned<never>> {
  if (!actor) return { kind: 'refused', why: 'Nobody is known to ask, so nothing was started.' }
  // What was yesterday when it was asked stays that day, also after midnight.
  const before = again ? summaryEvidence.parse(again.evidence) : null
  const period = before?.period ?? desk.period(input.period)
  if (typeof period === 'string') return { kind: 'refused', why: period }
  const estimate = await desk.estimate(period, signal)
  const above = whatExceeds(estimate, desk.plan.budget)
  const { pending, exact, total: usage, models } = estimate
  return {
    kind: 'plan',
    plan: {
      subject: `tickets:${turnId}/${digestOf(input).slice(0, 12)}`,
      evidence: { period, pending, exact, usage, models: [...models], above },
      expects: {
        tickets: desk.plan.table,
        period: `${period.from} until ${period.until}`,
        ...expectCost(usage, before?.usage),
      },
      // What costs something begins by a person's own hand alone: a command, or the button.
      rule: {
        who: { kind: 'asker', anyAccount: true },
        quorum: above.length > 0 || (via === 'model' && usage.usd !== 0) ? 1 : 0,
        selfDecides: true,
      },
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
    ...((total.usd ?? 0) > budget.usd ? [toSum(budget.usd)] : []),
  ]
}

async function carryOut(
  run: ApprovedRun,
  signal: AbortSignal,
  queue: PQueue,
  parts: SummarizeTicketsParts,
): Promise<ApprovedEnding> {
  const { desk, log } = parts
  const { period, pending, usage } = summaryEvidence.parse(run.approval.evidence)
  const came = { done: 0, total: 0 }
  try {
    if (pending > 0) {
      if (queue.pending > 0) await run.progress('Waiting for the run before it', 0, pending)
      await queue.add(() => enrich(run, signal, came, parts), { signal })
    }
    return toEnding(await desk.report(period, signal))
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    log.error('Tickets could not be summarized', { approval: run.approval.id, cause: error })
    const told = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    const why = whyAboveAgreed(error, usage) ?? told
    const kept =
      came.done > 0
        ? ` ${countOf(came.done, 'ticket')} of ${came.total.toLocaleString('en-US')} ${came.done === 1 ? 'is' : 'are'} done and kept; the rest follows when you ask again.`
        : ''
    return { state: 'failed', outcome: `${why}${kept}` }
  }
}

/** Spends what its card says at most. `came` is how far it is. */
async function enrich(
  run: ApprovedRun,
  signal: AbortSignal,
  came: { done: number; total: number },
  { desk }: SummarizeTicketsParts,
): Promise<void> {
  const { period, usage } = summaryEvidence.parse(run.approval.evidence)
  await desk.enrich(period, {
    run: run.approval.id,
    signal,
    budget: toLimit(usage),
    onProgress: async ({ done, total }) => {
      Object.assign(came, { done, total })
      if (total > 0) await run.progress('Classifying tickets', done, total)
    },
  })
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
