// The look afterwards at what was done in a hurry: by somebody who neither asked for it nor approved it.
import type { Actor, ApprovalRecord, AuditLine } from '../store/port.ts'
import { advance } from './advance.ts'
import { stateLine, toAuditActor } from './approval-lines.ts'
import { approvingVotes, describeState, tellActor } from './approval-words.ts'
import type { DecideParts } from './decide.ts'
import { maySamePerson, toActorToday } from './people.ts'
import { isListed } from './why-not-vote.ts'

export type Reviewed = { kind: 'reviewed'; approval: ApprovalRecord } | { kind: 'refused'; why: string }

/** By a linked person who neither asked for it nor approved it; where approvers are listed, by one of them. */
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
  if (state !== 'pending') return `${tellActor(state)} reviewed request ${id} already.`
  if (!people.find(actor.identity)) {
    return `Your account ${actor.identity} is linked to no person, so your review cannot count. An administrator adds it under people in the policy file.`
  }
  if (maySamePerson(asker, actor, people))
    return `You asked for this yourself, so somebody else has to review request ${id}.`
  if (approvingVotes(record).some((vote) => maySamePerson(vote, actor, people)))
    return `You approved this yourself, so somebody else has to review request ${id}.`
  if (rule.who.kind === 'listed' && !isListed(rule.who.principals, toActorToday(actor, people).principal)) {
    return `You may not review request ${id}. These may: ${rule.who.principals.join(', ')}.`
  }
  return null
}
