// The tool that evaluates a version: shows first what it will take, then runs with a progress bar, and ends with the result.
import { z } from 'zod'
import { describeState, isLive, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Block, type Button, blockSchema, type Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { toEvaluationTable } from '../evals/describe.ts'
import type { EvaluationEstimate } from '../evals/estimate.ts'
import type { EvaluationProgress } from '../evals/evaluate.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { readCommandLine } from './command-line.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { findVersion, isVersionText, type VersionParts, versionText } from './find-version.ts'
import { isPassing } from './run-approved.ts'
import { whyNotForModel } from './why-not-for-model.ts'

const inputSchema = z.object({ version: versionText.describe('The version to evaluate, such as v3.') })
export type RunEvaluationInput = z.infer<typeof inputSchema>

/** What an evaluation would ask. */
export interface PreparedEvaluation {
  set: { name: string; digest: string; size: number }
  judge: string
  estimate: EvaluationEstimate
  /** What people should know of the set, without a full stop. */
  note?: string
}

/** Evaluates versions; everything but the version is settled. */
export interface EvaluationDesk {
  /** Reads only. Throws EVAL_SET_INVALID, CHAIN_INVALID, PLATFORM_*. */
  prepare(version: string): Promise<PreparedEvaluation>
  /** Takes up the one that was broken off. Throws as `evaluateVersion` does. */
  run(
    version: string,
    hands: { signal: AbortSignal; onProgress(progress: EvaluationProgress): Promise<void>; apart?: string },
  ): Promise<Evaluation>
}

export interface RunEvaluationParts extends VersionParts {
  desk: EvaluationDesk
  /** Stands before versions where several models have some, such as `ticket_classifier`. */
  called?: string
  /** True where it may run as soon as it is asked; by default what costs nothing and takes at most 15 minutes. */
  runsAtOnce?: (estimate: EvaluationEstimate) => boolean
  log: Log
}

const FREE_MS = 15 * 60_000
const EXPIRES_MS = 60 * 60_000

const evidenceSchema = z.object({
  version: z.string(),
  set: z.object({ name: z.string(), digest: z.string(), size: z.number() }),
  judge: z.string(),
  words: z.string(),
  note: z.string().optional(),
  /** True where it is the version in use: there is nothing to promote then. */
  inUse: z.boolean().default(false),
})
const resultSchema = z.object({ version: z.string(), runId: z.string(), blocks: z.array(blockSchema) })

export function createRunEvaluation(parts: RunEvaluationParts): Tool<RunEvaluationInput, never> {
  return defineTool<RunEvaluationInput, never>({
    name: 'run-evaluation',
    description: `Evaluates a version of ${parts.model} on the evaluation set, which takes minutes; its card shows the progress and then the result. Use it where a version has no evaluation or a stale one.`,
    input: inputSchema,
    run: () => Promise.reject(new Error('An evaluation runs only as an approved operation.')),
    toModelText: () => '',
    commands: [
      {
        name: 'evaluate',
        usage: '<version>: shows what it takes, then evaluates it',
        toInput(text) {
          const line = readCommandLine(text, {}, 'evaluate v3')
          if (typeof line === 'string') return line
          const [version, ...more] = line.words
          if (version === undefined || more.length > 0 || !isVersionText(version, parts.alias)) {
            return 'Name one version: write `evaluate v3`. `versions` lists them.'
          }
          return { input: { version } }
        },
      },
    ],
    actions: { evaluate: ({ version }) => (version ? { version } : null) },
    approval: {
      plan: (input, context) => plan(input, context, parts),
      whyNotForModel: ({ version }, said) => whyNotForModel({ version, command: `evaluate ${version}` }, said),
      mayDecide: async () => true,
      card: (approval) => toCard(approval, toPrefix(parts)),
      carryOut: (input, run, signal) => carryOut(input, run, signal, parts),
    },
  })
}

async function plan(
  { version }: RunEvaluationInput,
  { actor }: ToolContext,
  parts: RunEvaluationParts,
): Promise<Planned<never>> {
  const found = await findVersion(version, parts)
  if (found.kind === 'refused') return found
  const { status, statusMessage, version: number, source } = found.version
  if (status !== 'READY') {
    const because = statusMessage === '' ? '' : ` (${statusMessage})`
    return {
      kind: 'refused',
      why: `v${number} of ${parts.model} is ${status}${because}, so it cannot answer anyone yet.`,
    }
  }
  if (!actor) return { kind: 'refused', why: 'Nobody is known to ask, so nothing was started.' }
  const { set, judge, estimate, note } = await parts.desk.prepare(number)
  const inUse = (await parts.registry.getAlias(parts.model, parts.alias)) === number
  const runsAtOnce = parts.runsAtOnce ?? (({ costUsd, durationMs }) => costUsd === 0 && durationMs <= FREE_MS)
  return {
    kind: 'plan',
    plan: {
      subject: `evaluation:${parts.model}/v${number}`,
      evidence: { version: number, set, judge, words: estimate.words, inUse, ...(note === undefined ? {} : { note }) },
      expects: { version: `v${number}, ${source}`, set: `${set.name}, digest ${set.digest.slice(0, 8)}`, judge },
      rule: { who: { kind: 'asker' }, quorum: runsAtOnce(estimate) ? 0 : 1, selfDecides: true },
      expiresAfterMs: EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}

async function carryOut(
  { version }: RunEvaluationInput,
  run: ApprovedRun,
  signal: AbortSignal,
  parts: RunEvaluationParts,
): Promise<ApprovedEnding> {
  const { desk, log } = parts
  const name = toPrefix(parts)
  const evidence = evidenceSchema.safeParse(run.approval.evidence)
  // The version that was asked for: an alias may point elsewhere by now.
  const number = evidence.success ? evidence.data.version : version
  try {
    const evaluation = await desk.run(number, {
      signal,
      onProgress: ({ done, total, failed }) =>
        run.progress(`Evaluating ${name}v${number}${failed > 0 ? `, ${failed} without an answer` : ''}`, done, total),
    })
    const { table, summary } = toEvaluationTable(evaluation)
    return {
      state: 'done',
      outcome: `${name}${summary}`,
      result: { version: number, runId: evaluation.runId, blocks: [table] },
    }
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    log.error('An evaluation failed', { approval: run.approval.id, version: number, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    return { state: 'failed', outcome: why }
  }
}

function toPrefix({ called }: RunEvaluationParts): string {
  return called === undefined ? '' : `${toPlainLine(called)} `
}

function toCard(approval: ApprovalRecord, name: string): Saying {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  const { version, set, words, inUse, note } = evidence.data
  const about = `Evaluation of ${name}v${version} on ${toPlainLine(set.name)}: ${words}.${note === undefined ? '' : ` ${toPlainLine(note)}.`}`
  const footer = `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`
  return {
    text: `${about} ${describeStep(approval)}`,
    blocks: toBlocks(approval),
    buttons: toButtons(approval, { version, inUse }),
    footer,
  }
}

function describeStep(approval: ApprovalRecord): string {
  if (approval.state === 'open') return `It starts when ${tellActor(approval.asker)} agrees.`
  if (approval.state === 'approved') return 'It is about to start.'
  if (approval.state === 'running') {
    const { progress } = approval
    return progress ? `${toPlainLine(progress.label)}: ${progress.done} of ${progress.total}.` : 'It runs.'
  }
  return approval.state === 'done' ? toPlainLine(approval.outcome ?? 'It is done.') : describeState(approval)
}

function toBlocks(approval: ApprovalRecord): Block[] {
  if (approval.state === 'running' && approval.progress) return [{ kind: 'progress', ...approval.progress }]
  const result = resultSchema.safeParse(approval.result)
  if (!result.success) return []
  return [...result.data.blocks, { kind: 'fields', fields: [{ label: 'Run', value: result.data.runId }] }]
}

function toButtons(approval: ApprovalRecord, { version, inUse }: { version: string; inUse: boolean }): Button[] {
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  if (approval.state === 'open') {
    return [
      { action: 'approve', label: 'Start', value, style: 'primary' },
      { action: 'reject', label: 'Do not start', value },
    ]
  }
  if (approval.state === 'done') {
    return inUse ? [] : [{ action: 'ask-again', label: `Promote v${version}`, value: { version } }]
  }
  return isLive(approval) ? [] : [{ action: 'evaluate', label: 'Evaluate again', value: { version } }]
}
