// Who may vote on an approval, as far as the record and the list of people tell. Pure: asked again before every swap.
import { isSameName } from '../core/identity.ts'
import type { Actor, ApprovalRecord, Vote } from '../store/port.ts'
import { approvingVotes, describeState, tellActor, toMoment } from './approval-words.ts'
import { maySamePerson, type People, toActorToday } from './people.ts'

const MIN_SEAL = 8

export interface Ballot {
  vote: Vote['vote']
  actor: Actor
  /** What the clicked card carried of the seal; absent where the id was typed. */
  seal?: string
}

/** Null where the vote counts; else the sentence why not. `now` in milliseconds since 1970. */
export function whyNotVote(approval: ApprovalRecord, ballot: Ballot, people: People, now: number): string | null {
  if (approval.state !== 'open') return describeState(approval)
  if (isExpired(approval, now)) {
    return `Request ${approval.id} expired at ${toMoment(approval.expiresAt)}, so nothing was decided. Ask again with the button on the card.`
  }
  if (ballot.seal !== undefined && !fitsSeal(approval, ballot.seal)) {
    return `That card is not the one of request ${approval.id} as it stands, so nothing was decided. Write \`approval ${approval.id}\` to see the card as it is.`
  }
  return whyNotEligible(approval, ballot, people) ?? whyNotAgain(approval, ballot.actor, people)
}

export function isExpired(approval: Pick<ApprovalRecord, 'expiresAt'>, now: number): boolean {
  // A time that cannot be read counts as over.
  return !(Date.parse(approval.expiresAt) > now)
}

function fitsSeal(approval: ApprovalRecord, seal: string): boolean {
  return seal.length >= MIN_SEAL && approval.seal.startsWith(seal)
}

/** The approving votes that count by today's people: of those who may, each person once. */
export function countingVotes(approval: ApprovalRecord, people: People): Vote[] {
  const counted: Vote[] = []
  for (const vote of approvingVotes(approval)) {
    const again = counted.some((other) => maySamePerson(other, vote, people))
    if (!again && whyNotEligible(approval, { vote: 'approve', actor: vote }, people) === null) counted.push(vote)
  }
  return counted
}

export function isListed(principals: readonly string[], principal: string): boolean {
  return principals.some((each) => isSameName(each, principal))
}

function whyNotEligible(approval: ApprovalRecord, { vote, actor }: Ballot, people: People): string | null {
  const { rule, asker } = approval
  const own = maySamePerson(asker, actor, people)
  // Whoever asked may always take the request back.
  if (own && vote === 'reject') return null
  if (rule.who.kind === 'asker') {
    return own ? null : `Only ${tellActor(asker)}, who asked for it, decides on request ${approval.id}.`
  }
  if (rule.who.kind === 'listed' && rule.who.principals.length === 0) {
    return `Nobody may decide on request ${approval.id}: the list of approvers is empty. An administrator names them under approval.approvers in the policy file.`
  }
  if (!people.find(actor.identity)) {
    return `Your account ${actor.identity} is linked to no person, so your decision cannot count. An administrator adds it under people in the policy file.`
  }
  if (rule.who.kind === 'listed' && !isListed(rule.who.principals, toActorToday(actor, people).principal)) {
    return `You may not decide on request ${approval.id}. These may: ${rule.who.principals.join(', ')}.`
  }
  if (own && !rule.selfDecides) {
    return `You asked for this yourself, so somebody else has to approve request ${approval.id}. You may withdraw it with \`reject ${approval.id}\`.`
  }
  return null
}

function whyNotAgain(approval: ApprovalRecord, actor: Actor, people: People): string | null {
  const earlier = approval.votes.find((vote) => maySamePerson(vote, actor, people))
  if (!earlier) return null
  const done = earlier.vote === 'approve' ? 'approved' : 'rejected'
  const more = approval.rule.quorum - countingVotes(approval, people).length
  return `You ${done} request ${approval.id} already, at ${toMoment(earlier.at)} from ${earlier.identity}; a person counts once. It needs ${more} more.`
}
