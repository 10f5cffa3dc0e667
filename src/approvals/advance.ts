// How an approval goes on after the decision: run, progress, end, expiry, reminder. Each step is one swap.
import { LakedeskError } from '../core/errors.ts'
import type { ApprovalRecord, AuditLine } from '../store/port.ts'
import { stateLine } from './approval-lines.ts'
import { close, type DecideParts, expireOne, raised } from './decide.ts'
import { isExpired } from './why-not-vote.ts'

const MAX_SWAPS = 1_000
const MAX_LISTED = 1_000

export interface Ending {
  state: 'done' | 'undone' | 'failed' | 'void'
  /** A sentence for the card. */
  outcome: string
  /** True where somebody else has to look at it afterwards. */
  needsReview?: boolean
  /** For the card; plain data. */
  result?: unknown
}

export type Started = { kind: 'started'; approval: ApprovalRecord } | { kind: 'not'; approval: ApprovalRecord | null }

/**
 * Swaps until it comes through. `step` gives the next record, or null where there is nothing to do (any more).
 * Returns the stored record, or null.
 */
export async function advance(
  id: string,
  step: (record: ApprovalRecord) => { next: ApprovalRecord; line?: AuditLine } | null,
  parts: DecideParts,
): Promise<ApprovalRecord | null> {
  for (let attempt = 0; attempt < MAX_SWAPS; attempt++) {
    const record = await parts.approvals.get(id)
    const to = record ? step(record) : null
    if (!to) return null
    if (await parts.approvals.swap(to.next, to.line)) {
      const stored = raised(to.next)
      parts.changed(stored)
      return stored
    }
  }
  throw new LakedeskError('STORE_FAILED', `Request ${id} changes without end, so it could not be brought forward.`)
}

/** From `approved` to `running`; `running` already is `started` too, for a run that a crash broke off. */
export async function start(id: string, parts: DecideParts): Promise<Started> {
  const started = await advance(
    id,
    (record) => (record.state === 'approved' ? { next: { ...record, state: 'running' } } : null),
    parts,
  )
  if (started) return { kind: 'started', approval: started }
  const record = await parts.approvals.get(id)
  return record?.state === 'running' ? { kind: 'started', approval: record } : { kind: 'not', approval: record }
}

/** Null where it does not run (any more). */
export function progress(
  id: string,
  at: { label: string; done: number; total: number },
  parts: DecideParts,
): Promise<ApprovalRecord | null> {
  return advance(id, (record) => (record.state === 'running' ? { next: { ...record, progress: at } } : null), parts)
}

/** Null where it does not run (any more): ending twice changes nothing and writes no second line. */
export function end(id: string, ending: Ending, parts: DecideParts): Promise<ApprovalRecord | null> {
  return advance(
    id,
    (record) => {
      if (record.state !== 'running' && record.state !== 'approved') return null
      const review = ending.needsReview ? 'pending' : record.review
      const closed = { ...close(record, ending.state, ending.outcome, parts), progress: null, review }
      const next: ApprovalRecord = ending.result === undefined ? closed : { ...closed, result: ending.result }
      const outcome = ending.state === 'done' ? 'done' : 'failed'
      return { next, line: stateLine('end-approval', next, new Date(parts.now()).toISOString(), outcome) }
    },
    parts,
  )
}

/** Ends every open approval whose time is over; returns those. */
export async function expire(parts: DecideParts): Promise<ApprovalRecord[]> {
  const open = await parts.approvals.list({ states: ['open'], limit: MAX_LISTED })
  const expired: ApprovalRecord[] = []
  for (const record of open) {
    if (!isExpired(record, parts.now())) continue
    const stored = await expireOne(record, parts)
    if (stored) expired.push(stored)
  }
  return expired
}

/**
 * Tells of every open approval whose reminder is due, then notes that it was told: `tell` must be safe to call again,
 * since a crash between the two repeats it.
 */
export async function remind(tell: (approval: ApprovalRecord) => Promise<void>, parts: DecideParts): Promise<void> {
  const isDue = (record: ApprovalRecord) =>
    record.state === 'open' &&
    record.remindAt !== null &&
    Date.parse(record.remindAt) <= parts.now() &&
    !isExpired(record, parts.now())
  for (const record of await parts.approvals.list({ states: ['open'], limit: MAX_LISTED })) {
    if (!isDue(record)) continue
    await tell(record)
    await advance(record.id, (now) => (isDue(now) ? { next: { ...now, remindAt: null } } : null), parts)
  }
}
