// The tool behind a question about tickets: shows the SELECT with its estimate, and runs it when the asker agrees.
import { z } from 'zod'
import { describeState, isLive, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Block, type Button, blockSchema, type Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Sql, SqlEstimate, SqlStatement } from '../platform/ports/sql.ts'
import type { ApprovalRecord } from '../store/port.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { expectCost, toLimit, whyAboveAgreed } from './agreed-cost.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { readRows, toResultSaying } from './query-result.ts'
import { isPassing } from './run-approved.ts'
import { countOf } from './ticket-blocks.ts'
import { toDollars } from './ticket-card.ts'

const inputSchema = z.object({
  sql: z.string().min(1).max(20_000),
  /** In words; empty where a statement was given. */
  question: z.string().max(4000),
})
export type RunQueryInput = z.infer<typeof inputSchema>

export interface RunQueryParts {
  sql: Pick<Sql, 'name' | 'read' | 'run' | 'estimate'>
  plan: Pick<TicketPlan, 'rowLimit'>
  /** Tables that may be read, in small letters. */
  tables: readonly string[]
  log: Log
}

const EXPIRES_MS = 60 * 60_000

const evidenceSchema = z.object({
  sql: z.string(),
  question: z.string(),
  reads: z.array(z.string()),
  rowLimit: z.number(),
  /** What its AI functions would take; null where it has none. */
  takes: z.object({ calls: z.number(), tokens: z.number(), usd: z.number().nullable(), exact: z.boolean() }).nullable(),
})
type Evidence = z.infer<typeof evidenceSchema>
const resultSchema = z.object({ blocks: z.array(blockSchema) })

export function createRunQuery(parts: RunQueryParts): Tool<RunQueryInput, never> {
  return defineTool<RunQueryInput, never>({
    name: 'run-query',
    description: 'Runs one read-only SELECT over the tickets, once the person who asked has seen it.',
    input: inputSchema,
    peopleOnly: true,
    run: () => Promise.reject(new Error('A query runs only as an approved operation.')),
    toModelText: () => '',
    actions: { 'run-query': ({ sql, question }) => (sql ? { sql, question: question ?? '' } : null) },
    approval: {
      plan: (input, context) => plan(input, context, parts),
      whyNotForModel: () => null,
      mayDecide: async () => true,
      card: toCard,
      carryOut: (_, run, signal) => carryOut(run, signal, parts),
    },
  })
}

function toStatement(text: string, { plan, tables }: RunQueryParts): SqlStatement {
  return { text, mode: 'read', tables, rowLimit: plan.rowLimit }
}

async function plan(
  { sql: text, question }: RunQueryInput,
  { actor, signal, turnId, again }: ToolContext,
  parts: RunQueryParts,
): Promise<Planned<never>> {
  if (!actor) return { kind: 'refused', why: 'Nobody is known to ask, so nothing was run.' }
  const before = again ? evidenceSchema.parse(again.evidence).takes : null
  try {
    const statement = toStatement(text, parts)
    const reading = await parts.sql.read(statement)
    const estimate = reading.aiFunctions.length === 0 ? null : await parts.sql.estimate(statement, signal)
    const takes = toTakes(estimate)
    return {
      kind: 'plan',
      plan: {
        subject: `query:${turnId}/${digestOf({ text, question }).slice(0, 12)}`,
        evidence: {
          sql: reading.text,
          question,
          reads: [...reading.reads],
          rowLimit: parts.plan.rowLimit,
          takes,
        },
        expects: { statement: reading.text, ...(takes ? expectCost(takes, before ?? undefined) : {}) },
        rule: { who: { kind: 'asker', anyAccount: true }, quorum: 1, selfDecides: true },
        expiresAfterMs: EXPIRES_MS,
        remindAfterMs: null,
      },
    }
  } catch (error) {
    if (isRefusal(error)) return { kind: 'refused', why: error.userMessage }
    throw error
  }
}

function isRefusal(error: unknown): error is LakedeskError {
  return error instanceof LakedeskError && ['SQL_INVALID', 'SQL_REFUSED', 'AI_FUNCTION_INVALID'].includes(error.code)
}

function toTakes(estimate: SqlEstimate | null): Evidence['takes'] {
  if (!estimate) return null
  const { calls, inputTokens, outputTokens, usd } = estimate.total
  return { calls, tokens: inputTokens + outputTokens, usd, exact: estimate.exact }
}

async function carryOut(run: ApprovedRun, signal: AbortSignal, parts: RunQueryParts): Promise<ApprovedEnding> {
  const { sql: text, question, takes } = evidenceSchema.parse(run.approval.evidence)
  try {
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      void run
        .progress('Answering AI functions', done, total)
        .catch((cause: unknown) => parts.log.debug('Progress was not shown', { cause }))
    const budget = takes ? { budget: toLimit(takes) } : {}
    const result = await parts.sql.run({ ...toStatement(text, parts), ...budget, onProgress }, signal)
    const read = await readRows(result)
    const { outcome, blocks, says } = toResultSaying(read, { title: question, id: run.approval.id })
    return { state: 'done', outcome, result: { blocks }, ...(says ? { says } : {}) }
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    parts.log.warn('A query failed', { approval: run.approval.id, cause: error })
    const told = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    return { state: 'failed', outcome: (takes && whyAboveAgreed(error, takes)) ?? told }
  }
}

function toCard(approval: ApprovalRecord): Saying {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  const { sql, question } = evidence.data
  const asked = question === '' ? '' : `${toPlainLine(question)}\n\n`
  const statement = `\`\`\`sql\n${toFenced(sql)}\n\`\`\``
  return {
    text: `${asked}${describeStep(approval, evidence.data)}\n\n${statement}`,
    blocks: toBlocks(approval),
    buttons: toButtons(approval, evidence.data),
    footer: `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`,
  }
}

/** Inside a fence nothing is formatting but the fence itself. */
function toFenced(sql: string): string {
  return sql.replace(/`{3,}/g, (ticks) => ticks.split('').join('\u200B'))
}

function describeStep(approval: ApprovalRecord, evidence: Evidence): string {
  const { reads, rowLimit, takes } = evidence
  if (approval.state === 'open') {
    const from = reads.length > 0 ? ` reads ${reads.map(toPlainLine).join(', ')} and` : ''
    const cost = takes === null ? 'asks no model' : describeTakes(takes)
    return `This statement${from} returns at most ${countOf(rowLimit, 'row')}; it ${cost}. Run it?`
  }
  if (approval.state === 'approved') return 'It is about to run.'
  if (approval.state === 'running') {
    const { progress } = approval
    return progress ? `It runs: ${progress.done} of ${progress.total} answers.` : 'It runs.'
  }
  return approval.state === 'done' ? toPlainLine(approval.outcome ?? 'Done.') : describeState(approval)
}

function describeTakes({ calls, tokens, usd, exact }: NonNullable<Evidence['takes']>): string {
  const cost = usd === null ? 'no price is configured' : toDollars(usd)
  return `takes ${exact ? '' : 'at most '}${countOf(calls, 'call')} of a model and about ${tokens.toLocaleString('en-US')} tokens (${cost})`
}

function toBlocks(approval: ApprovalRecord): Block[] {
  if (approval.state === 'running' && approval.progress) return [{ kind: 'progress', ...approval.progress }]
  const result = resultSchema.safeParse(approval.result)
  return result.success ? result.data.blocks : []
}

/** Slack takes 2,000 characters as the value of a button, counted as JSON. */
const MOST_VALUE = 1_950

function toButtons(approval: ApprovalRecord, { sql, question }: Evidence): Button[] {
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  if (approval.state === 'open') {
    return [
      { action: 'approve', label: 'Run', value, style: 'primary' },
      { action: 'reject', label: 'Do not run', value },
    ]
  }
  if (isLive(approval) || JSON.stringify({ sql, question }).length > MOST_VALUE) return []
  return [{ action: 'run-query', label: 'Ask again', value: { sql, question } }]
}
