// Plans a rollback by reading alone: the version that was Champion before, and what would change.
import type { Registry } from '../platform/ports/registry.ts'
import type { Serving } from '../platform/ports/serving.ts'
import type { ChampionRecord } from './champion.ts'
import { tellEndpoint, toChanges } from './changes.ts'
import { type PlannedMove, toMove } from './changes-move.ts'
import type { Evidence } from './evidence.ts'
import { whyNotMovable } from './plan-promotion-endpoint.ts'
import { tellVersion, whyNotReady } from './plan-promotion-version.ts'
import { type Policy, policyDigest } from './policy.ts'

export type RollbackPlan =
  /** `facts`: those of `expects` that were read all the same, so that a voided approval can name what moved. */
  | { kind: 'refused'; why: string; facts?: Record<string, string> }
  | {
      kind: 'plan'
      evidence: Evidence
      /** By field, in words; equal for an unchanged world. */
      expects: Record<string, string>
      move: PlannedMove
    }

export interface RollbackPlannerParts {
  registry: Registry
  serving: Serving
  record: Pick<ChampionRecord, 'current' | 'previous'>
  policy: Policy
}

export interface RollbackPlanner {
  /** One step back. Throws PLATFORM_* where something cannot be read. */
  plan(): Promise<RollbackPlan>
}

export function createRollbackPlanner(parts: RollbackPlannerParts): RollbackPlanner {
  return { plan: () => planRollback(parts) }
}

async function planRollback({ registry, serving, record, policy }: RollbackPlannerParts): Promise<RollbackPlan> {
  const { model, alias } = policy
  const { version: current, by } = await record.current(model, alias)
  const seen = { [`alias ${alias}`]: current === null ? 'none' : `v${current}`, policy: policyDigest(policy) }
  const refused = (why: string, facts: Record<string, string> = seen): RollbackPlan => ({ kind: 'refused', why, facts })
  if (current === null) {
    return refused(
      `${model} has no ${alias}, so there is nothing to roll back. Promote a version first, such as \`promote v1\`.`,
    )
  }
  const previous = await record.previous(model, alias)
  if (previous === null) {
    return refused(
      `v${current} is the first ${alias} that the record knows of, so there is no version to go back to. Promote the version you want, such as \`promote v1\`.`,
    )
  }
  if (by?.how === 'observed') {
    return refused(
      `The alias was moved outside Lakedesk from ${by.from === null ? 'no version' : `v${by.from}`} to v${current}, so one step back would guess at what was meant and nothing was moved. Promote the version you want, such as \`promote v${previous}\`.`,
    )
  }
  const version = await registry.getVersion(model, previous)
  if (!version) {
    return refused(
      `v${previous} was ${alias} before, but the registry does not hold it any more, so nothing was moved. Promote another version.`,
      { ...seen, version: 'missing' },
    )
  }
  const endpoint = await serving.describe(policy.endpoint)
  const expects = {
    ...seen,
    version: tellVersion(version),
    endpoint: endpoint ? tellEndpoint(endpoint) : 'missing',
  }
  const why = whyNotReady(version) ?? whyNotMovable(endpoint, policy.endpoint, model)
  if (why !== null || !endpoint) return refused(why ?? '', expects)
  const move = toMove('rollback', policy, current, previous, endpoint)
  return { kind: 'plan', move, evidence: toRollbackEvidence(policy, current, previous, toChanges(move)), expects }
}

function toRollbackEvidence(policy: Policy, current: string, previous: string, changes: string[]): Evidence {
  return {
    kind: 'rollback',
    model: policy.model,
    alias: policy.alias,
    endpoint: policy.endpoint,
    candidate: previous,
    champion: current,
    candidateRun: null,
    championRun: null,
    set: null,
    judge: null,
    evaluatedAt: null,
    attempt: null,
    metrics: [],
    verdict: 'not evaluated',
    reasons: [`One step back: v${previous} was ${policy.alias} before v${current}.`],
    notes: [],
    regressions: [],
    changes,
    approvers: [...policy.approval.approvers],
    quorum: 0,
    policy: policyDigest(policy),
  }
}
