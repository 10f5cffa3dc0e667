// What promotion and rollback share: the stored move, its card, and the saga that carries it out after one more look.
import { z } from 'zod'
import { approvingVotes, describeState, tellAsker } from '../approvals/approval-words.ts'
import { describeMoved, diffFacts, diffKnown } from '../approvals/facts.ts'
import type { Saying } from '../core/reply.ts'
import { toCard } from '../promotion/card.ts'
import type { ChampionRecord } from '../promotion/champion.ts'
import type { PlannedMove } from '../promotion/changes-move.ts'
import { type Evidence, evidenceSchema } from '../promotion/evidence.ts'
import type { Policy } from '../promotion/policy.ts'
import type { Saga } from '../promotion/saga.ts'
import { moveSchema } from '../promotion/saga-move.ts'
import type { Actor, ApprovalRecord, Vote } from '../store/port.ts'
import type { ApprovedEnding, ApprovedRun } from './define-tool.ts'

/** Kept with the request: what approvers see, and the move exactly as it was approved. */
const storedSchema = z.object({
  evidence: evidenceSchema,
  move: moveSchema.pick({
    kind: true,
    model: true,
    alias: true,
    endpoint: true,
    from: true,
    to: true,
    before: true,
    after: true,
    canary: true,
    probe: true,
    waitMinutes: true,
  }),
})

export interface StoredMove {
  evidence: Evidence
  move: PlannedMove
}

export interface MoveParts {
  saga: Saga
  policy: Policy
  record: Pick<ChampionRecord, 'current'>
  /** Whether somebody's rights on the platform let them decide, looked up at the click. */
  mayDecide(principal: string): Promise<true | string>
  /** Milliseconds since 1970. */
  now?: () => number
}

/** What the same request would rest on now; a sentence where it could not even be asked for. */
export type FactsNow =
  | { kind: 'facts'; expects: Readonly<Record<string, string>> }
  | { kind: 'refused'; why: string; facts: Readonly<Record<string, string>> }

/** The one fact that is read even where nothing can be planned, spelled as the planners do. */
export async function readAlias({
  policy,
  record,
}: Pick<MoveParts, 'policy' | 'record'>): Promise<Readonly<Record<string, string>>> {
  const { version } = await record.current(policy.model, policy.alias)
  return { [policy.alias]: version === null ? 'none' : `v${version}` }
}

/** At most one live move of a model, whichever way it goes. */
export function toSubject({ model }: Policy): string {
  return `model:${model}`
}

export function toMoveCard(approval: ApprovalRecord, now: number): Saying {
  const stored = storedSchema.safeParse(approval.evidence)
  if (!stored.success) return { text: describeState(approval) }
  const shown = toCard(approval, stored.data.evidence, now)
  const card = approval.via === 'model' ? { ...shown, footer: `Request ${approval.id}, ${tellAsker(approval)}` } : shown
  if (approval.review !== 'pending') return card
  const review = { action: 'review', label: 'I have reviewed it', value: { approval: approval.id } }
  return { ...card, buttons: [...(card.buttons ?? []), review] }
}

/** Safe to call again: the saga of one approval is carried out once. Throws as `saga.run`. */
export async function carryOutMove(
  { approval, progress, whyNotRun }: ApprovedRun,
  signal: AbortSignal,
  saga: Saga,
  factsNow: () => Promise<FactsNow>,
): Promise<ApprovedEnding> {
  const recheck = async (): Promise<string | null> => {
    const why = await whyNotRun()
    if (why !== null) return why
    const now = await factsNow()
    const moved =
      now.kind === 'facts' ? diffFacts(approval.expects, now.expects) : diffKnown(approval.expects, now.facts)
    if (moved.length > 0) return `${describeMoved(moved)}.`
    return now.kind === 'refused' ? now.why : null
  }
  const stored = storedSchema.safeParse(approval.evidence)
  if (!stored.success) {
    // Begun before an update of Lakedesk that reads requests otherwise: the journal holds the whole move.
    const ending = await saga.resume(approval.id, { recheck, progress, signal })
    if (ending) return ending
    return {
      state: 'failed',
      outcome: 'The stored move cannot be read by this version of Lakedesk, so nothing was moved. Ask again.',
    }
  }
  const { evidence, move } = stored.data
  const request = {
    ...move,
    approval: approval.id,
    evidence: { candidateRun: evidence.candidateRun, policy: evidence.policy, seal: approval.seal },
    forced: approval.forced,
    asker: approval.asker,
    approvers: approvingVotes(approval).map(toActor),
  }
  return saga.run(request, { recheck, progress, signal })
}

/** What has begun, to its end by the journal: nothing begins by a request that is not what was approved. */
export async function resumeMove(
  { approval, progress, whyNotRun }: ApprovedRun,
  signal: AbortSignal,
  saga: Saga,
): Promise<ApprovedEnding | null> {
  const recheck = async () => (await whyNotRun()) ?? 'The stored request cannot be read by this version of Lakedesk.'
  return saga.resume(approval.id, { recheck, progress, signal })
}

function toActor({ principal, identity, name }: Vote): Actor {
  return { principal, identity, ...(name === undefined ? {} : { name }) }
}
