// The tool that trains: a form or a command, counted data and an estimate on a card, approval like a promotion, the run to its end.

import { describeMoved, diffFacts } from '../approvals/facts.ts'
import type { People } from '../approvals/people.ts'
import { digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Saying } from '../core/reply.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { TrainingRun } from '../platform/ports/training.ts'
import type { Actor, Approvals, Checkpoints } from '../store/port.ts'
import type { Ended, Hands, TrainingDesk } from '../training/create-training-desk.ts'
import { type PreparedTraining, preparedSchema, toFacts } from '../training/prepared-training.ts'
import { createTrainingJournal } from '../training/training-journal.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { isPassing } from './run-approved.ts'
import { toTrainingCard } from './training-card.ts'
import { toEnding } from './training-ending.ts'
import {
  readTrainingCommand,
  readTrainingForm,
  type StartTrainingInput,
  startTrainingInput,
  tellFaults,
  toTrainingForm,
} from './training-form.ts'
import { toStatus } from './training-status.ts'

/** Whose yes a training needs: the rules of promotions. */
export interface TrainingApproval {
  /** Of the policy that it stands in: where that changes, what was asked for under it is void. */
  digest: string
  approvers: readonly string[]
  quorum: number
  expiresAfterHours: number
  remindAfterHours: number | null
}

export interface StartTrainingParts {
  desk: TrainingDesk
  people: Pick<People, 'find'>
  /** Of the model that gets the next version. */
  approvalOf(model: string): TrainingApproval
  /** Whether somebody's rights on the platform let them decide on a version of that model. */
  mayDecide(principal: string, model: string): Promise<true | string>
  approvals: Pick<Approvals, 'list'>
  checkpoints: Checkpoints
  runs: Pick<Runs, 'getRun'>
  log: Log
}

export const START_TRAINING = 'start-training'
const HOUR_MS = 3_600_000

export function createStartTraining(parts: StartTrainingParts): Tool<StartTrainingInput, Saying> {
  /** Runs as they were looked at last, for the chart of their cards; after a restart the first look fills it again. */
  const seen = new Map<string, TrainingRun>()
  return defineTool<StartTrainingInput, Saying>({
    name: START_TRAINING,
    description: 'Trains the next version of a model after approval: people write `finetune`.',
    input: startTrainingInput,
    peopleOnly: true,
    run: () => Promise.reject(new Error('A training runs only as an approved operation.')),
    toModelText: ({ text }) => text,
    toSaying: (saying) => saying,
    commands: [
      {
        name: 'finetune',
        usage:
          '[data] [--epochs 20] [--register <model>]: trains the next version of a model; alone it opens a form; `finetune status` lists trainings',
        toInput: readTrainingCommand,
      },
    ],
    actions: { 'start-training': readTrainingForm },
    approval: {
      plan: (input, context) => plan(input, context, parts),
      mayDecide: (principal, { registerTo }) => parts.mayDecide(principal, parts.desk.spell(registerTo)),
      card: (approval) => toTrainingCard(approval, seen.get(approval.id)),
      carryOut: (input, run, signal) => carryOut(input, run, signal, seen, parts),
      resume: (run, signal) => resume(run, signal, seen, parts),
    },
  })
}

async function plan(
  input: StartTrainingInput,
  { signal, actor }: Pick<ToolContext, 'signal' | 'actor'>,
  { desk, people, approvalOf, approvals }: StartTrainingParts,
): Promise<Planned<Saying>> {
  const { what, ...wish } = input
  if (what === 'status')
    return { kind: 'done', value: toStatus(await approvals.list({ tool: START_TRAINING, limit: 20 })) }
  if (!actor || !people.find(actor.identity)) return { kind: 'refused', why: whyNotLinked(actor) }
  if (what === 'form') return { kind: 'done', value: await toTrainingForm(desk, wish, {}) }
  const prepared = await desk.prepare(wish, signal)
  if (prepared.kind === 'refused') {
    return {
      kind: 'refused',
      why: tellFaults(prepared.faults),
      says: await toTrainingForm(desk, wish, prepared.faults),
    }
  }
  const { training } = prepared
  const { digest, approvers, quorum, expiresAfterHours, remindAfterHours } = approvalOf(training.registerTo)
  return {
    kind: 'plan',
    plan: {
      // Unity Catalog takes names without regard to case.
      subject: `training:${training.registerTo.toLowerCase()}`,
      evidence: training,
      expects: toFacts(training, digest),
      rule: { who: { kind: 'listed', principals: [...approvers] }, quorum, selfDecides: false },
      expiresAfterMs: expiresAfterHours * HOUR_MS,
      remindAfterMs: remindAfterHours === null ? null : remindAfterHours * HOUR_MS,
    },
  }
}

/** Who cannot ask in the end is told nothing of files and tables before. */
function whyNotLinked(actor: Actor | undefined): string {
  const account = actor ? `Your account ${actor.identity}` : 'Your account'
  return `${account} is linked to no person, so you cannot ask for a training and no data was read. An administrator adds it under people in the policy file.`
}

async function carryOut(
  input: StartTrainingInput,
  run: ApprovedRun,
  signal: AbortSignal,
  seen: Map<string, TrainingRun>,
  parts: StartTrainingParts,
): Promise<ApprovedEnding> {
  const { desk, log } = parts
  const training = preparedSchema.parse(run.approval.evidence)
  const recheck = async (): Promise<string | null> => {
    const why = await run.whyNotRun()
    if (why !== null) return why
    const now = await plan(input, { signal, actor: run.approval.asker }, parts)
    if (now.kind === 'refused') return now.why
    if (now.kind === 'done') return 'There is nothing to train any more.'
    const moved = diffFacts(run.approval.expects, now.plan.expects)
    return moved.length > 0 ? `${describeMoved(moved)}.` : null
  }
  try {
    const ended = await desk.run(training, toHands(run, signal, seen, parts, recheck))
    return await toEnding(ended, training, parts)
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    log.error('A training failed', { approval: run.approval.id, model: training.registerTo, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    return { state: 'failed', outcome: why }
  }
}

/** By its journal alone: the request cannot be read or trusted. */
async function resume(
  run: ApprovedRun,
  signal: AbortSignal,
  seen: Map<string, TrainingRun>,
  parts: StartTrainingParts,
): Promise<ApprovedEnding | null> {
  const ended: Ended | null = await parts.desk.resume(toHands(run, signal, seen, parts, run.whyNotRun))
  return ended && toEnding(ended, preparedSchema.safeParse(run.approval.evidence).data ?? null, parts)
}

function toHands(
  run: ApprovedRun,
  signal: AbortSignal,
  seen: Map<string, TrainingRun>,
  { checkpoints }: StartTrainingParts,
  recheck: () => Promise<string | null>,
): Hands {
  const { id, createdAt, seal, evidence } = run.approval
  let shown = ''
  return {
    token: `lakedesk-${digestOf([id, createdAt, seal]).slice(0, 32)}`,
    runName: `finetune-${id}`,
    journal: createTrainingJournal(checkpoints, id),
    signal,
    recheck,
    async onRun(now) {
      seen.set(id, now)
      const { label, done, total } = toProgress(now, preparedSchema.safeParse(evidence).data)
      if (shown === `${label} ${done}`) return
      shown = `${label} ${done}`
      await run.progress(label, done, total)
    },
  }
}

function toProgress(
  { state, message, epochs, losses }: TrainingRun,
  training: PreparedTraining | undefined,
): { label: string; done: number; total: number } {
  const asked = /^(\d+)ep$/.exec(training?.duration ?? '')?.[1]
  const total = epochs?.of ?? Number(asked ?? 1)
  if (state === 'QUEUED') return { label: `Queued${message === '' ? '' : `: ${message}`}`, done: 0, total }
  const last = losses.at(-1)
  const loss = last ? `, loss ${last.loss.toPrecision(3)}` : ''
  if (!epochs) return { label: last ? `Training, step ${last.step}${loss}` : 'Training', done: 0, total }
  const done = Math.min(Math.floor(epochs.done), epochs.of)
  return { label: `Training: epoch ${done} of ${epochs.of}${loss}`, done, total: epochs.of }
}
