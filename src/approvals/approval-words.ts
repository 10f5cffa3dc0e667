// How approvals are named and spoken of: ids to type, seals, and sentences about who did what when.
import { randomInt } from 'node:crypto'
import { assertNever } from '../core/assert-never.ts'
import { digestOf } from '../core/digest.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { type Actor, type ApprovalRecord, LIVE_STATES, type Vote } from '../store/port.ts'

/** No 0, 1, i, l and o: an id is read out and typed. */
const LETTERS = '23456789abcdefghjkmnpqrstuvwxyz'
const ID_LENGTH = 6
/** Digits of the seal that buttons carry. */
const SEAL_PREFIX = 16

export function createApprovalId(): string {
  return Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

export type Sealed = Pick<ApprovalRecord, 'tool' | 'input' | 'expects' | 'evidence' | 'rule' | 'forced'>

/** 64 hexadecimal digits over everything that is decided on, as it reads once it was stored. */
export function sealOf({ tool, input, expects, evidence, rule, forced }: Sealed): string {
  return digestOf(JSON.parse(JSON.stringify({ tool, input, expects, evidence, rule, forced })))
}

/** What to say of a request that is not what was asked for any more; null where its seal fits. */
export function whyBroken(approval: ApprovalRecord): string | null {
  if (sealOf(approval) === approval.seal) return null
  return `The stored request ${approval.id} was changed outside Lakedesk: it does not fit its seal any more, so nothing is done by it. Ask again, and have an administrator find out who writes to the store; \`lakedesk audit verify\` checks the record.`
}

/** What a button carries of the seal, so that a click tells which card was looked at. */
export function toSealPrefix(approval: Pick<ApprovalRecord, 'seal'>): string {
  return approval.seal.slice(0, SEAL_PREFIX)
}

export function isLive(approval: Pick<ApprovalRecord, 'state'>): boolean {
  return LIVE_STATES.some((state) => state === approval.state)
}

/** The person's name where one is known, and the principal. */
export function nameActor(actor: Actor): string {
  return actor.name && actor.name !== actor.principal ? `${actor.name} (${actor.principal})` : actor.principal
}

/** `2026-11-23 02:40 UTC`. */
export function toMoment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

export function approvingVotes(approval: ApprovalRecord): readonly Vote[] {
  return approval.votes.filter(({ vote }) => vote === 'approve')
}

/** The same inside Markdown, where a name must not become formatting or a link. */
export function tellActor(actor: Actor): string {
  return toPlainLine(nameActor(actor))
}

/** `asked by Ana (ana@…)`, and where the assistant did it in their name, that. */
export function tellAsker({ asker, via }: Pick<ApprovalRecord, 'asker' | 'via'>): string {
  return via === 'model' ? `asked in words, by the assistant for ${tellActor(asker)}` : `asked by ${tellActor(asker)}`
}

/** How it ended, for the thread in which somebody waits for it; null while it is live. */
export function describeEnd(approval: ApprovalRecord): string | null {
  if (isLive(approval)) return null
  const by = approvingVotes(approval).map(tellActor)
  const approved = by.length > 0 ? `, approved by ${by.join(' and ')},` : ''
  const forced = approval.forced === null ? '' : ` It was forced: ${toPlainLine(approval.forced)}`
  return `Request ${approval.id} of ${tellActor(approval.asker)}${approved} ${END_WORDS[approval.state] ?? 'has ended'}. ${toPlainLine(approval.outcome ?? '')}${forced}`.trim()
}

const END_WORDS: Partial<Record<ApprovalRecord['state'], string>> = {
  done: 'is done',
  undone: 'failed, and everything was put back',
  failed: 'failed',
  rejected: 'was rejected and changes nothing',
  expired: 'expired and changes nothing',
  void: 'is void and changes nothing, because what it rests on has changed',
}

/** Where the approval stands now, who was first and when, as one sentence for somebody who comes later. */
export function describeState(approval: ApprovalRecord): string {
  const last = approval.votes.at(-1)
  const by = last ? ` by ${tellActor(last)} at ${toMoment(last.at)}` : ''
  const ended = approval.closedAt ? ` at ${toMoment(approval.closedAt)}` : ''
  const outcome = approval.outcome ? `: ${toPlainLine(approval.outcome)}` : '.'
  switch (approval.state) {
    case 'open':
      return `Request ${approval.id} is open until ${toMoment(approval.expiresAt)}.`
    case 'approved':
      return `Request ${approval.id} was already approved${by} and is about to run.`
    case 'running':
      return `Request ${approval.id} was already approved${by} and is running.`
    case 'rejected':
      return `Request ${approval.id} was already rejected${by}.`
    case 'expired':
      return `Request ${approval.id} expired at ${toMoment(approval.expiresAt)} without a decision. Ask again with the button on the card.`
    case 'void':
      return `Request ${approval.id} is void${outcome}`
    case 'done':
      return `Request ${approval.id} was approved${by} and is done${ended}${outcome}`
    case 'undone':
      return `Request ${approval.id} was approved${by}; it failed and everything was put back${ended}${outcome}`
    case 'failed':
      return `Request ${approval.id} was approved${by} and failed${ended}${outcome}`
    default:
      return assertNever(approval.state)
  }
}
