// Carries one training to its end: uploads, starts once, looks at it again and again, cancels where somebody wished it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Training, TrainingRun } from '../platform/ports/training.ts'
import type { TrainingJournal, Uploaded } from './training-journal.ts'

/** What whoever carries it out hands in. */
export interface Hands {
  /** The same after a crash: equal tokens are one run. */
  token: string
  runName: string
  journal: TrainingJournal
  signal: AbortSignal
  /** Asked before the first write; a string is the sentence why it may not begin. */
  recheck(): Promise<string | null>
  /** After each look. */
  onRun(run: TrainingRun): Promise<void>
}

export type Ended =
  | { kind: 'ended'; run: TrainingRun; cancelledBy: string | null }
  /** Cancelled before anything was started. */
  | { kind: 'cancelled'; by: string }
  /** It did not begin, or its run is not known any more. */
  | { kind: 'void'; why: string }

export interface Steps {
  training: Pick<Training, 'describe' | 'cancel'>
  pollMs: number
  /** A string is the sentence why not. */
  upload(): Promise<Uploaded | string>
  start(uploaded: Uploaded): Promise<string>
}

/** Throws what the steps throw, and the reason of the signal; may be called again then. */
export async function followTraining(hands: Hands, steps: Steps): Promise<Ended> {
  const begun = await begin(hands, steps)
  if (typeof begun !== 'string') return begun
  for (;;) {
    const run = await look(begun, hands, steps)
    if ('kind' in run) return run
    await sleep(steps.pollMs, undefined, { signal: hands.signal })
  }
}

/** The id of the run, or why there is none. */
async function begin(hands: Hands, { upload, start }: Steps): Promise<string | Ended> {
  const { journal, signal } = hands
  const started = await journal.started()
  if (started !== null) return started
  let uploaded = await journal.starting()
  if (!uploaded) {
    const by = await journal.cancelledBy()
    if (by !== null) return { kind: 'cancelled', by }
    const why = await hands.recheck()
    if (why !== null) return { kind: 'void', why }
    const files = await upload()
    if (typeof files === 'string') return { kind: 'void', why: files }
    signal.throwIfAborted()
    // From here on it may have been started: what it registers must not void it.
    await journal.writeStarting(files)
    uploaded = files
  }
  const id = await start(uploaded)
  await journal.writeStarted(id)
  return id
}

async function look(id: string, { journal, onRun }: Hands, { training }: Steps): Promise<Ended | TrainingRun> {
  const run = await training.describe(id)
  if (!run) return { kind: 'void', why: `The platform knows no run ${id} any more, so nobody can tell how it ended.` }
  await onRun(run)
  const cancelledBy = await journal.cancelledBy()
  if (run.state === 'QUEUED' || run.state === 'RUNNING') {
    if (cancelledBy !== null) await training.cancel(id)
    return run
  }
  return { kind: 'ended', run, cancelledBy }
}
