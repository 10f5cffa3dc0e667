// The card of a training: what it learns from and costs, how far it is with its loss, and what came out.
import { z } from 'zod'
import { describeState, isLive, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { type Block, type Button, blockSchema, type Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { TrainingRun } from '../platform/ports/training.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { describeLeftOut } from '../training/check-examples.ts'
import { toLossChart } from '../training/loss-chart.ts'
import { type PreparedTraining, preparedSchema } from '../training/prepared-training.ts'
import { toFormValue } from './training-form.ts'

const MOST_LABELS = 20

/** What came out, for the card: plain data. */
export const trainingResult = z.object({
  version: z.string().nullable(),
  fields: z.array(z.object({ label: z.string(), value: z.string() })),
  blocks: z.array(blockSchema),
})

/** `run`: as it was looked at last, while it runs. */
export function toTrainingCard(approval: ApprovalRecord, run: TrainingRun | undefined): Saying {
  const read = preparedSchema.safeParse(approval.evidence)
  if (!read.success) return { text: describeState(approval) }
  const training = read.data
  const footer = `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`
  return {
    text: [toTitle(training), describeStep(approval), describeData(training), ...training.notes.map(toPlainLine)].join(
      '\n\n',
    ),
    blocks: toBlocks(approval, training, run),
    buttons: toButtons(approval, training),
    footer,
  }
}

function toTitle({ registerTo, baseModel, data, duration, driver }: PreparedTraining): string {
  return `**Train the next version of ${toPlainLine(registerTo)}** from ${toPlainLine(baseModel)} on ${toPlainLine(data)}, ${duration}, by ${toPlainLine(driver)}.`
}

function describeStep(approval: ApprovalRecord): string {
  const { state, progress, outcome } = approval
  if (state === 'open') {
    return `It starts when approvers agree (${approval.rule.quorum} needed). Without buttons: write \`approve ${approval.id}\` or \`reject ${approval.id}\`.`
  }
  if (state === 'approved') return 'It was approved and is about to start.'
  if (state === 'running') return progress ? `${toPlainLine(progress.label)}.` : 'It begins.'
  return state === 'done' ? toPlainLine(outcome ?? 'It is done.') : describeState(approval)
}

/** Complete without the table. */
export function describeData({ counts, estimate, digest }: PreparedTraining): string {
  const less = describeLeftOut(counts.leftOut)
  const labels = counts.labels.length > 0 ? `, ${counts.labels.length} labels` : ''
  return `${counts.rows.toLocaleString('en-US')} examples read${less === '' ? '' : ` (left out: ${less})`}: ${counts.train.toLocaleString('en-US')} to train on, ${counts.held.toLocaleString('en-US')} held out to measure it${labels}. Estimate: ${estimate.words}. Digest of the data: ${digest.slice(0, 12)}.`
}

function toBlocks(approval: ApprovalRecord, training: PreparedTraining, run: TrainingRun | undefined): Block[] {
  const { state, progress } = approval
  if (state === 'running') {
    return [...(progress ? [{ kind: 'progress' as const, ...progress }] : []), ...toLossChart(run?.losses ?? [])]
  }
  const result = trainingResult.safeParse(approval.result)
  if (result.success) return [{ kind: 'fields', fields: result.data.fields }, ...result.data.blocks]
  return isLive(approval) ? [toFields(training), ...toLabelTable(training)] : []
}

function toFields(training: PreparedTraining): Block {
  const { learningRate, newest, estimate, task } = training
  return {
    kind: 'fields',
    fields: [
      { label: 'Task', value: task },
      { label: 'Newest version now', value: newest === null ? 'none' : `v${newest}` },
      { label: 'Learning rate', value: learningRate === null ? 'its own' : String(learningRate) },
      { label: 'Estimate', value: estimate.words },
    ],
  }
}

function toLabelTable({ counts: { labels } }: PreparedTraining): Block[] {
  if (labels.length === 0) return []
  const rows = labels.slice(0, MOST_LABELS).map(({ label, count }) => [label, count.toLocaleString('en-US')])
  const more = labels.slice(MOST_LABELS)
  const rest = more.reduce((sum, { count }) => sum + count, 0)
  const last = more.length > 0 ? [[`${more.length} more labels`, rest.toLocaleString('en-US')]] : []
  return [{ kind: 'table', columns: ['Label', 'Examples'], rows: [...rows, ...last] }]
}

function toButtons(approval: ApprovalRecord, training: PreparedTraining): Button[] {
  const { id, state } = approval
  if (state === 'open') {
    const value = { approval: id, seal: toSealPrefix(approval) }
    const confirm = `Train the next version of ${training.registerTo}: ${training.estimate.words}?`
    return [
      { action: 'approve', label: 'Approve', value, style: 'primary', confirm },
      { action: 'reject', label: 'Reject', value, style: 'danger' },
    ]
  }
  if (isLive(approval)) {
    const confirm = 'Cancel this training? What it has learned so far is lost.'
    return [{ action: 'cancel-training', label: 'Cancel', value: { approval: id }, style: 'danger', confirm }]
  }
  const version = trainingResult.safeParse(approval.result).data?.version
  if (state === 'done' && version) {
    const value = { version, model: training.registerTo }
    return [
      { action: 'evaluate', label: `Evaluate v${version}`, value, style: 'primary' },
      { action: 'ask-again', label: `Promote v${version}`, value },
    ]
  }
  const { learningRate, ...wish } = training
  const again = toFormValue({ ...wish, learningRate: learningRate === null ? '' : String(learningRate) })
  return [{ action: 'start-training', label: 'Ask again', value: again }]
}
