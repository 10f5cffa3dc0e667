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
  /** Null where what was asked for cannot be read any more: only what has begun is followed then. */
  start: ((uploaded: Uploaded) => Promise<string>) | null
}

/** What ends at once is seen at once. */
const FIRST_POLL_MS = 250

/** Throws what the steps throw, and the reason of the signal; may be called again then. */
export async function followTraining(hands: Hands, steps: Steps): Promise<Ended> {
  const begun = await begin(hands, steps)
  if (typeof begun !== 'string') return begun
  for (let looks = 0; ; looks++) {
    const run = await look(begun, hands, steps)
    if ('kind' in run) return run
    await sleep(Math.min(steps.pollMs, FIRST_POLL_MS * 2 ** looks), undefined, { signal: hands.signal })
  }
}

/**
 * The id of the run, or why there is none. What had begun before a crash is started once more: equal tokens are one run, and a driver that
 * trains in this process takes it up again by that.
 */
async function begin(hands: Hands, steps: Steps): Promise<string | Ended> {
  const { journal, signal } = hands
  const started = await journal.started()
  let uploaded = await journal.starting()
  if (started !== null && (uploaded === null || steps.start === null)) return started
  if (!uploaded) {
    const by = await journal.cancelledBy()
    if (by !== null) return { kind: 'cancelled', by }
    const why = await hands.recheck()
    if (why !== null) return { kind: 'void', why }
    const files = await steps.upload()
    if (typeof files === 'string') return { kind: 'void', why: files }
    signal.throwIfAborted()
    // From here on it may have been started: what it registers must not void it.
    await journal.writeStarting(files)
    uploaded = files
  }
  if (steps.start === null)
    return { kind: 'void', why: 'Its request cannot be read any more, and no run of it is known.' }
  const id = await steps.start(uploaded)
  if (id !== started) await journal.writeStarted(id)
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
