// The tool that brings documentation into the index: says what it takes, then runs with its steps on the card, and ends with what was written.
import { z } from 'zod'
import { describeState, isLive, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Block, Button, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { type IngestionDesk, IngestionFailed } from '../rag/ingestion.ts'
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
import { isPassing } from './run-approved.ts'

const inputSchema = z.object({})
export type IngestDocumentsInput = z.infer<typeof inputSchema>

export interface IngestDocumentsParts {
  desk: IngestionDesk
  log: Log
}

const EXPIRES_MS = 60 * 60_000

const evidenceSchema = z.object({ from: z.string(), into: z.string(), words: z.string(), paid: z.boolean() })
const resultSchema = z.object({
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  url: z.string().nullable(),
})

export function createIngestDocuments(parts: IngestDocumentsParts): Tool<IngestDocumentsInput, never> {
  return defineTool<IngestDocumentsInput, never>({
    name: 'ingest-documents',
    description:
      'Brings the documentation into the index again: pages that changed are cut into chunks and indexed. Its card shows the progress and what was written. Use it only where the person asks for it.',
    input: inputSchema,
    run: () => Promise.reject(new Error('Documents are ingested only as an approved operation.')),
    toModelText: () => '',
    commands: [
      {
        name: 'ingest',
        usage: 'brings the documentation into the index; its card shows the progress',
        toInput(text) {
          const line = readCommandLine(text, {}, 'ingest')
          if (typeof line === 'string') return line
          return line.words.length === 0
            ? { input: {} }
            : 'Write `ingest` alone: which documents are brought in is a setting. `stop-ingest` stops a run.'
        },
      },
    ],
    actions: { ingest: () => ({}) },
    approval: {
      plan: (_, context) => plan(context, parts),
      mayDecide: async () => true,
      card: toCard,
      carryOut: (_, run, signal) => carryOut(run, signal, parts),
    },
  })
}

async function plan({ actor, via }: ToolContext, { desk }: IngestDocumentsParts): Promise<Planned<never>> {
  if (!actor) return { kind: 'refused', why: 'Nobody is known to ask, so nothing was started.' }
  let evidence: Awaited<ReturnType<IngestionDesk['plan']>>
  try {
    evidence = await desk.plan()
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'CONFIG_INVALID') {
      return { kind: 'refused', why: error.userMessage }
    }
    throw error
  }
  return {
    kind: 'plan',
    plan: {
      // Two runs over one index would only do the same twice.
      subject: `ingestion:${evidence.into}`,
      evidence,
      expects: { from: evidence.from, into: evidence.into },
      // What uses compute that is paid for begins by a person's own hand alone.
      rule: { who: { kind: 'asker' }, quorum: evidence.paid || via === 'model' ? 1 : 0, selfDecides: true },
      expiresAfterMs: EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}

async function carryOut(
  run: ApprovedRun,
  signal: AbortSignal,
  { desk, log }: IngestDocumentsParts,
): Promise<ApprovedEnding> {
  try {
    const { outcome, facts, url } = await desk.run({
      id: run.approval.id,
      signal,
      onProgress: ({ label, done, total }) => run.progress(label, done, total),
    })
    return { state: 'done', outcome, result: { facts, url } }
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    log.error('Documents could not be ingested', { approval: run.approval.id, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    const url = error instanceof IngestionFailed ? error.url : null
    return { state: 'failed', outcome: why, result: { facts: [], url } }
  }
}

function toCard(approval: ApprovalRecord): Saying {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  const { words, paid } = evidence.data
  return {
    text: `${toPlainLine(words)} ${describeStep(approval, paid)}`,
    blocks: toBlocks(approval),
    buttons: toButtons(approval),
    footer: `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`,
  }
}

function describeStep(approval: ApprovalRecord, paid: boolean): string {
  const cost = paid ? 'It uses compute that is paid for, so it' : 'It'
  if (approval.state === 'open') return `${cost} starts when ${tellActor(approval.asker)} agrees.`
  if (approval.state === 'approved') return 'It is about to start.'
  if (approval.state === 'running') {
    return approval.progress ? `${toPlainLine(approval.progress.label)}.` : 'It runs.'
  }
  return approval.state === 'done' ? toPlainLine(approval.outcome ?? 'It is done.') : describeState(approval)
}

function toBlocks(approval: ApprovalRecord): Block[] {
  if (approval.state === 'running' && approval.progress && approval.progress.total > 0) {
    return [{ kind: 'progress', ...approval.progress }]
  }
  const result = resultSchema.safeParse(approval.result)
  if (!result.success) return []
  const { facts, url } = result.data
  const fields = [...facts, ...(url ? [{ label: 'Log', value: url }] : [])]
  return fields.length > 0 ? [{ kind: 'fields', fields }] : []
}

function toButtons(approval: ApprovalRecord): Button[] {
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  if (approval.state === 'open') {
    return [
      { action: 'approve', label: 'Start', value, style: 'primary' },
      { action: 'reject', label: 'Do not start', value },
    ]
  }
  if (approval.state === 'running') return [{ action: 'stop-ingest', label: 'Stop', value: { approval: approval.id } }]
  return isLive(approval) || approval.state === 'done' ? [] : [{ action: 'ingest', label: 'Ingest again', value: {} }]
}
