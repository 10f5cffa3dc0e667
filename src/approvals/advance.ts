// How an approval goes on after the decision: run, progress, end, expiry, reminder, review. Each step is one swap.
import { LakedeskError } from '../core/errors.ts'
import type { Actor, ApprovalRecord, AuditLine } from '../store/port.ts'
import { stateLine, toAuditActor } from './approval-lines.ts'
import { describeState, nameActor } from './approval-words.ts'
import { close, type DecideParts, expireOne, raised } from './decide.ts'
import { describeMoved, type Moved } from './facts.ts'
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

export type Reviewed = { kind: 'reviewed'; approval: ApprovalRecord } | { kind: 'refused'; why: string }

/**
 * Swaps until it comes through. `step` gives the next record, or null where there is nothing to do (any more).
 * Returns the stored record, or null.
 */
async function advance(
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

/** Null where it is not open or approved any more. */
export function voidIt(id: string, moved: readonly Moved[], parts: DecideParts): Promise<ApprovalRecord | null> {
  return advance(
    id,
    (record) => {
      if (record.state !== 'open' && record.state !== 'approved') return null
      const next = close(record, 'void', `${describeMoved(moved)}.`, parts)
      return { next, line: stateLine('void-approval', next, new Date(parts.now()).toISOString(), 'refused') }
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

/** The look afterwards, by a linked person other than the asker; where approvers are listed, by one of them. */
export async function review(id: string, actor: Actor, turnId: string, parts: DecideParts): Promise<Reviewed> {
  let why = ''
  const at = new Date(parts.now()).toISOString()
  const stored = await advance(
    id,
    (record) => {
      why = whyNotReview(record, actor, parts) ?? ''
      if (why !== '') return null
      const next: ApprovalRecord = { ...record, review: actor }
      return { next, line: reviewLine(next, actor, at, turnId, 'done') }
    },
    parts,
  )
  if (stored) return { kind: 'reviewed', approval: stored }
  const record = await parts.approvals.get(id)
  if (!record) why = 'There is no such request.'
  await parts.audit.append(reviewLine(record, actor, at, turnId, 'refused', { approval: id.slice(0, 40), why }))
  return { kind: 'refused', why }
}

function reviewLine(
  record: ApprovalRecord | null,
  actor: Actor,
  at: string,
  turnId: string,
  outcome: AuditLine['outcome'],
  more: Readonly<Record<string, unknown>> = {},
): AuditLine {
  const who = { principal: actor.principal, identity: actor.identity }
  if (!record)
    return { at, actor: toAuditActor(actor), what: 'review-approval', turnId, outcome, detail: { ...who, ...more } }
  const line = stateLine('review-approval', record, at, outcome, toAuditActor(actor))
  return { ...line, turnId, detail: { ...line.detail, ...who, ...more } }
}

function whyNotReview(record: ApprovalRecord, actor: Actor, { people }: DecideParts): string | null {
  const { review: state, asker, rule, id } = record
  if (state === 'none') return `Request ${id} needs no review. ${describeState(record)}`
  if (state !== 'pending') return `${nameActor(state)} reviewed request ${id} already.`
  if (!people.find(actor.identity)) {
    return `Your account ${actor.identity} is linked to no person, so your review cannot count. An administrator adds it under people in the policy file.`
  }
  if (actor.principal === asker.principal)
    return `You asked for this yourself, so somebody else has to review request ${id}.`
  if (rule.who.kind === 'listed' && !rule.who.principals.includes(actor.principal)) {
    return `You may not review request ${id}. These may: ${rule.who.principals.join(', ')}.`
  }
  return null
}
