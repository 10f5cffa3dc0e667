// The card of the tickets of a period: what it would take, how far it is, and what came out.
import { z } from 'zod'
import { describeState, isLive, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { type Block, type Button, blockSchema, type Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { countOf } from './ticket-blocks.ts'
import { toDollars } from './ticket-card.ts'

export const DAY_MS = 86_400_000

const periodSchema = z.object({ from: z.string(), until: z.string(), words: z.string() })
/** What the plan saw: shown on the card, and carried out as it stands. */
export const summaryEvidence = z.object({
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
export type SummaryEvidence = z.infer<typeof summaryEvidence>
const resultSchema = z.object({ blocks: z.array(blockSchema) })

export function toSummaryCard(approval: ApprovalRecord): Saying {
  const evidence = summaryEvidence.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  return {
    text: describeStep(approval, evidence.data),
    blocks: toBlocks(approval, evidence.data),
    buttons: toButtons(approval, evidence.data),
    footer: `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`,
  }
}

function describeStep(approval: ApprovalRecord, evidence: SummaryEvidence): string {
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

function describeEstimate({ pending, usage, exact, models }: SummaryEvidence): string {
  const most = exact ? '' : 'at most '
  const by = models.length > 0 ? ` of ${models.map(toPlainLine).join(', ')}` : ''
  const tokens = usage.inputTokens + usage.outputTokens
  const cost =
    usage.usd === null ? 'no price is configured' : usage.usd === 0 ? 'free' : `about ${toDollars(usage.usd)}`
  return `${countOf(pending, 'ticket')} without a result yet would take ${most}${countOf(usage.calls, 'call')}${by} and about ${tokens.toLocaleString('en-US')} tokens (${cost}).`
}

function toBlocks(approval: ApprovalRecord, evidence: SummaryEvidence): Block[] {
  if (approval.state === 'running' && approval.progress) return [{ kind: 'progress', ...approval.progress }]
  if (approval.state === 'open') return [{ kind: 'fields', fields: toEstimateFields(evidence) }]
  const result = resultSchema.safeParse(approval.result)
  return result.success ? result.data.blocks : []
}

function toEstimateFields({ pending, usage }: SummaryEvidence): { label: string; value: string }[] {
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

function toButtons(approval: ApprovalRecord, { period }: SummaryEvidence): Button[] {
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
