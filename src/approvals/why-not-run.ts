// Whether what was approved may still be carried out: asked again before the first write, however long that took.
import type { ApprovalRecord } from '../store/port.ts'
import { approvingVotes, nameActor, toMoment, whyBroken } from './approval-words.ts'
import { type People, toActorToday } from './people.ts'
import { countingVotes } from './why-not-vote.ts'

/** After the time of the request, or after the vote that filled the quorum where that came late. */
const GRACE_MS = 3_600_000

/** Until when it may begin, in milliseconds since 1970. A time that cannot be read is long over. */
export function toLatestStart(approval: ApprovalRecord): number {
  const times = [Date.parse(approval.expiresAt), ...approvingVotes(approval).map(({ at }) => Date.parse(at) + GRACE_MS)]
  return Math.max(...times.map((time) => (Number.isNaN(time) ? 0 : time)))
}

export interface StandingParts {
  people: People
  /** Milliseconds since 1970. */
  now(): number
  /** As at the click. */
  mayDecide(principal: string): Promise<true | string>
}

/**
 * Null where it still stands; else the sentence why not: the stored request was changed, its time is over, the people who
 * approved it are not enough any more, or one of them lost the right. Rejects where the platform does not tell.
 */
export async function whyNotRun(approval: ApprovalRecord, parts: StandingParts): Promise<string | null> {
  const why = whyNotRunNow(approval, parts)
  if (why !== null) return why
  for (const vote of countingVotes(approval, parts.people)) {
    const may = await parts.mayDecide(toActorToday(vote, parts.people).principal)
    if (may !== true) return `The approval by ${nameActor(vote)} does not count any more. ${may}`
  }
  return null
}

/** The part of it that the record and the list of people tell. */
export function whyNotRunNow(
  approval: ApprovalRecord,
  { people, now }: Omit<StandingParts, 'mayDecide'>,
): string | null {
  const broken = whyBroken(approval)
  if (broken !== null) return broken
  const latest = toLatestStart(approval)
  if (now() > latest) {
    return `It was approved, but had not begun by ${toMoment(new Date(latest).toISOString())}, when its time was over. Ask again.`
  }
  const { quorum } = approval.rule
  const counting = countingVotes(approval, people).length
  if (counting >= quorum) return null
  return `By the list of people of today ${counting} of its approvals count, and it needs ${quorum}. Ask again.`
}
