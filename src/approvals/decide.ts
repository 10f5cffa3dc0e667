// One vote on an approval: every check before it, the atomic swap that counts it, and one audit line whatever comes out.
import { LakedeskError } from '../core/errors.ts'
import type { Actor, ApprovalRecord, Approvals, Audit, Vote } from '../store/port.ts'
import { type Attempt, attemptLine, stateLine } from './approval-lines.ts'
import { nameActor, whyBroken } from './approval-words.ts'
import { describeMoved, type Moved } from './facts.ts'
import { maySamePerson, type People } from './people.ts'
import { type Ballot, countingVotes, isExpired, whyNotVote } from './why-not-vote.ts'

export interface Decision {
  id: string
  vote: Vote['vote']
  actor: Actor
  /** When the person acted, ISO 8601. */
  at: string
  turnId: string
  /** What the clicked card carried of the seal; absent where the id was typed. */
  seal?: string
  reason?: string
  /** Asked last of the person, with their principal; a string is the reason why not. Where it throws the answer is no. */
  mayDecide(principal: string): Promise<true | string>
  /** Reads the facts again before an approving vote counts. Where it throws the vote does not count. */
  recheck(approval: ApprovalRecord): Promise<Rechecked>
}

export type Rechecked =
  /** What moved, if anything: it voids the approval. */
  | { kind: 'read'; moved: readonly Moved[] }
  /** It could not even be asked for any more: this voids the approval too. */
  | { kind: 'impossible'; why: string }

export type Decided =
  /** Counted; `missing` more people must approve. */
  | { kind: 'voted'; approval: ApprovalRecord; missing: number }
  | { kind: 'approved'; approval: ApprovalRecord }
  | { kind: 'rejected'; approval: ApprovalRecord }
  /** What it rests on has changed; `why` names what, from what to what. */
  | { kind: 'void'; approval: ApprovalRecord; why: string }
  | { kind: 'refused'; approval: ApprovalRecord | null; why: string }

export interface DecideParts {
  approvals: Approvals
  audit: Audit
  people: People
  /** Milliseconds since 1970. */
  now(): number
  /** Told of every record that was stored. */
  changed(approval: ApprovalRecord): void
}

/** Each lost swap means that somebody else's came through, so this many in one call means that something is broken. */
const MAX_SWAPS = 1_000

/** Throws STORE_* where the store fails; nothing is decided then. */
export async function decide(decision: Decision, parts: DecideParts): Promise<Decided> {
  let asked: Asked | null = null
  for (let attempt = 0; attempt < MAX_SWAPS; attempt++) {
    const record = await parts.approvals.get(decision.id)
    if (!record)
      return refuse(
        decision,
        null,
        `There is no request ${toShown(decision.id)}. Write \`promotions\` to see the open ones.`,
        parts,
      )
    const replay = toReplay(record, decision, parts.people)
    if (replay) return replay
    if (record.state === 'open' && isExpired(record, parts.now())) {
      const expired = await expireOne(record, parts)
      if (!expired) continue
      return refuse(decision, expired, whyNotVote(record, toBallot(decision), parts.people, parts.now()) ?? '', parts)
    }
    const why = whyNotVote(record, toBallot(decision), parts.people, parts.now())
    if (why !== null) return refuse(decision, record, why, parts)
    if (!asked) {
      // Slow questions come once; after them the record is read anew, so that all quick checks hold at the swap.
      asked = await askOutside(decision, record, parts.people)
      continue
    }
    if (asked.kind === 'no') return refuse(decision, record, asked.why, parts)
    const broken = whyBroken(record) ?? (asked.kind === 'void' ? asked.why : null)
    const decided = broken === null ? toVoted(record, decision, parts) : toVoid(record, broken, parts)
    const outcome = decided.kind === 'void' ? 'refused' : 'done'
    const line = attemptLine(decision, record, outcome, toFacts(decided))
    if (!(await parts.approvals.swap(decided.approval, line))) continue
    const stored = { ...decided, approval: raised(decided.approval) }
    parts.changed(stored.approval)
    return stored
  }
  throw new LakedeskError(
    'STORE_FAILED',
    `Request ${decision.id} changes without end, so the vote was not counted. Please try again.`,
  )
}

type Asked = { kind: 'yes' } | { kind: 'no'; why: string } | { kind: 'void'; why: string }
type Counted = Exclude<Decided, { kind: 'refused' }>

/** The same click again, because its turn broke off after the swap: it ended as it ended. */
function toReplay(record: ApprovalRecord, { turnId, vote, actor }: Decision, people: People): Decided | null {
  const at = record.votes.findIndex((each) => each.turnId === turnId && each.identity === actor.identity)
  const own = record.votes[at]
  if (!own || own.vote !== vote) return null
  if (vote === 'reject') return { kind: 'rejected', approval: record }
  const then = { ...record, votes: record.votes.slice(0, at + 1) }
  const missing = record.rule.quorum - countingVotes(then, people).length
  return missing > 0 ? { kind: 'voted', approval: record, missing } : { kind: 'approved', approval: record }
}

function toBallot({ vote, actor, seal }: Decision): Ballot {
  return { vote, actor, ...(seal === undefined ? {} : { seal }) }
}

async function askOutside(decision: Decision, record: ApprovalRecord, people: People): Promise<Asked> {
  const withdrawn = decision.vote === 'reject' && maySamePerson(record.asker, decision.actor, people)
  if (withdrawn) return { kind: 'yes' }
  try {
    const may = await decision.mayDecide(decision.actor.principal)
    if (may !== true) return { kind: 'no', why: may }
  } catch {
    // Fail closed: a check that broke has not said yes.
    const why = `Whether you may decide on request ${record.id} could not be checked, because the platform did not tell your rights, so nothing was decided. Please try again.`
    return { kind: 'no', why }
  }
  if (decision.vote === 'reject') return { kind: 'yes' }
  try {
    const read = await decision.recheck(record)
    if (read.kind === 'impossible') return { kind: 'void', why: read.why }
    return read.moved.length > 0 ? { kind: 'void', why: `${describeMoved(read.moved)}.` } : { kind: 'yes' }
  } catch (error) {
    const because = error instanceof LakedeskError ? ` ${error.userMessage}` : ''
    const why = `Whether the facts behind request ${record.id} still hold could not be read, so nothing was decided.${because} Please try again.`
    return { kind: 'no', why }
  }
}

function toVoted(record: ApprovalRecord, decision: Decision, parts: DecideParts): Counted {
  const { vote, actor, at, turnId, reason } = decision
  const cast: Vote = { ...actor, vote, at, turnId, ...(reason ? { reason } : {}) }
  const voted: ApprovalRecord = { ...record, votes: [...record.votes, cast] }
  if (vote === 'reject') {
    const withdrawn = maySamePerson(record.asker, actor, parts.people)
    const outcome = `${withdrawn ? 'Withdrawn' : 'Rejected'} by ${nameActor(actor)}${reason ? `: ${reason}` : '.'}`
    return { kind: 'rejected', approval: close(voted, 'rejected', outcome, parts) }
  }
  const missing = record.rule.quorum - countingVotes(voted, parts.people).length
  if (missing > 0) return { kind: 'voted', approval: voted, missing }
  return { kind: 'approved', approval: { ...voted, state: 'approved', remindAt: null } }
}

function toVoid(record: ApprovalRecord, why: string, parts: DecideParts): Counted {
  return { kind: 'void', why, approval: close(record, 'void', why, parts) }
}

export function close(
  record: ApprovalRecord,
  state: ApprovalRecord['state'],
  outcome: string,
  { now }: Pick<DecideParts, 'now'>,
): ApprovalRecord {
  return { ...record, state, outcome, remindAt: null, closedAt: new Date(now()).toISOString() }
}

/** Null where somebody else was faster. */
export async function expireOne(record: ApprovalRecord, parts: DecideParts): Promise<ApprovalRecord | null> {
  const expired = close(record, 'expired', 'Nobody decided in time.', parts)
  const line = stateLine('expire-approval', expired, new Date(parts.now()).toISOString(), 'done')
  if (!(await parts.approvals.swap(expired, line))) return null
  const stored = raised(expired)
  parts.changed(stored)
  return stored
}

/** As a successful swap leaves it. */
export function raised(record: ApprovalRecord): ApprovalRecord {
  return { ...record, revision: record.revision + 1 }
}

async function refuse(
  attempt: Attempt,
  approval: ApprovalRecord | null,
  why: string,
  parts: DecideParts,
): Promise<Decided> {
  await parts.audit.append(attemptLine(attempt, approval, 'refused', { why }))
  return { kind: 'refused', approval, why }
}

function toFacts(decided: Counted): Record<string, unknown> {
  const { state, votes, rule } = decided.approval
  const facts = {
    result: decided.kind,
    state,
    approvals: votes.filter(({ vote }) => vote === 'approve').length,
    quorum: rule.quorum,
  }
  return decided.kind === 'void' ? { ...facts, why: decided.why } : facts
}

/** An id as somebody typed it, safe to show. */
function toShown(id: string): string {
  return id.replace(/[^\p{L}\p{N}_-]/gu, '').slice(0, 40) || '?'
}
