// Plans a promotion by reading alone: what stands for it and against it, what would change, and the facts it rests on.
import { digestOf } from '../core/digest.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import type { ModelVersion, Registry } from '../platform/ports/registry.ts'
import type { Endpoint, Serving } from '../platform/ports/serving.ts'
import type { ChampionRecord } from './champion.ts'
import { tellConfig, tellEndpoint, toChanges } from './changes.ts'
import { type PlannedMove, toMove } from './changes-move.ts'
import type { Evidence } from './evidence.ts'
import { createGateMemory, type GateMemory } from './gate-memory.ts'
import { servesOnly, whyApart, whyNotMovable } from './plan-promotion-endpoint.ts'
import { type Measured, toEvidence } from './plan-promotion-evidence.ts'
import { type MeasuredParts, readMeasured } from './plan-promotion-measured.ts'
import { readVersion, tellVersion, whyNotReady } from './plan-promotion-version.ts'
import { type Policy, policyDigest } from './policy.ts'

export type PromotionPlan =
  /** `offer`: what would remove the reason, and for which `versions`. `evidence` where there is something to show. */
  | {
      kind: 'refused'
      why: string
      offer?: 'evaluate'
      versions?: string[]
      evidence?: Evidence
      /** Those of `expects` that were read all the same, so that a voided approval can name what moved. */
      facts?: Record<string, string>
    }
  | {
      kind: 'plan'
      evidence: Evidence
      /** By field, in words; equal for an unchanged world. */
      expects: Record<string, string>
      move: PlannedMove
      /** Why it may be shown and not asked for; null where it may. */
      blocked: string | null
      /** The reason, where a gate that does not pass is overridden. */
      forced: string | null
    }

export interface PromotionPlannerParts extends MeasuredParts {
  registry: Registry
  serving: Serving
  record: Pick<ChampionRecord, 'current'>
}

export interface PromotionRequest {
  /** As written: `v3`, `3`. */
  version: string
  /** The reason to override a gate that does not pass. */
  force?: string
}

export interface PromotionPlanner {
  /** Throws PLATFORM_* where something cannot be read; nothing was moved then, as never here. */
  plan(request: PromotionRequest): Promise<PromotionPlan>
}

/** People beside the asker that a forced promotion needs. */
const FORCED_QUORUM = 2

export function createPromotionPlanner(parts: PromotionPlannerParts): PromotionPlanner {
  const memory = createGateMemory()
  return { plan: (request) => planPromotion(parts, request, memory) }
}

async function planPromotion(
  parts: PromotionPlannerParts,
  request: PromotionRequest,
  memory: GateMemory,
): Promise<PromotionPlan> {
  const { registry, serving, policy } = parts
  const { model, alias } = policy
  const force = request.force?.trim()
  if (force === '') {
    return { kind: 'refused', why: 'A forced promotion needs a reason: write `promote v3 --force "reason"`.' }
  }
  const read = await readVersion(registry, policy, request.version)
  if (read.kind === 'refused') return read
  const { version } = read
  const endpoint = await serving.describe(policy.endpoint)
  const { version: champion } = await parts.record.current(model, alias)
  const facts = toFacts(policy, version, champion, endpoint)
  const why = whyNotReady(version) ?? whyNotMovable(endpoint, policy.endpoint, model)
  if (why !== null || !endpoint) return { kind: 'refused', why: why ?? '', facts }
  if (champion === version.version) {
    return { kind: 'refused', why: tellChampion(policy, version.version, endpoint), facts }
  }

  const apart = whyApart(endpoint, policy, champion)
  if (apart !== null) return { kind: 'refused', why: apart, facts }

  const measured = await readMeasured(parts, version.version, champion, memory)
  const verdict = measured.gate.verdict
  const overridden = force !== undefined && (verdict === 'fail' || verdict === 'not evaluated')
  const quorum = overridden ? Math.max(FORCED_QUORUM, policy.approval.quorum) : policy.approval.quorum
  const move = toMove('promotion', policy, champion, version.version, endpoint)
  const evidence = toEvidence({
    policy,
    candidate: version.version,
    champion,
    measured,
    changes: toChanges(move),
    quorum,
    notes: force === undefined || overridden ? [] : [tellNotForced(verdict)],
  })
  const expects = { ...facts, ...toMeasuredFacts(policy, measured) }
  if (verdict === 'not evaluated' && !overridden) {
    return { ...refuseUnevaluated(version.version, measured, evidence), facts: expects }
  }
  const blocked =
    verdict === 'fail' && !overridden ? tellFailed(version.version, evidence.reasons) : whyNobody(policy, quorum)
  return { kind: 'plan', evidence, expects, move, blocked, forced: overridden ? force : null }
}

function tellChampion({ model, alias, endpoint: name }: Policy, version: string, endpoint: Endpoint): string {
  if (servesOnly(endpoint, model, version)) {
    return `v${version} is ${alias} of ${model} already and ${name} answers with it, so there is nothing to promote.`
  }
  return `v${version} is ${alias} of ${model} already, but ${name} answers with ${tellConfig(endpoint.config, model)}: one of them was moved outside Lakedesk, so nothing was asked for. Set the alias back to what the endpoint serves, then promote v${version}.`
}

function refuseUnevaluated(version: string, { gate }: Measured, evidence: Evidence) {
  const { missing } = gate
  const why = `v${version} cannot be judged, so nothing was asked for. ${gate.reasons.join(' ')}`
  const champion = evidence.champion === null ? [] : [evidence.champion]
  const versions = missing === 'champion' ? champion : missing === 'both' ? [version, ...champion] : [version]
  return { kind: 'refused', why, offer: 'evaluate', versions, evidence } as const
}

function tellFailed(version: string, reasons: readonly string[]): string {
  return `v${version} does not pass the gate, so it cannot be approved. ${reasons.join(' ')} In an emergency write \`promote v${version} --force "reason"\`: ${FORCED_QUORUM} others must then approve, and it stays marked in the record.`
}

function tellNotForced(verdict: string): string {
  return `No override was needed, so this is not forced: the gate says ${verdict}, and the usual approvals decide.`
}

function whyNobody({ approval }: Policy, quorum: number): string | null {
  const named = new Set(approval.approvers).size
  if (named >= quorum) return null
  const list = named === 0 ? 'names nobody' : `names ${named}`
  return `${quorum === 1 ? 'One person' : `${quorum} people`} must approve this, and approval.approvers in the policy ${list}, so it could never be decided. An administrator adds approvers there.`
}

/** Whatever moves one of these voids the approval; likewise those of `toMeasuredFacts`. */
function toFacts(policy: Policy, version: ModelVersion, champion: string | null, endpoint: Endpoint | null) {
  return {
    version: tellVersion(version),
    [`alias ${policy.alias}`]: champion === null ? 'none' : `v${champion}`,
    endpoint: endpoint ? tellEndpoint(endpoint) : 'missing',
    policy: policyDigest(policy),
  }
}

function toMeasuredFacts(policy: Policy, { evaluation, champion, gate }: Measured): Record<string, string> {
  const set = evaluation?.set
  return {
    evaluation: tellEvaluation(evaluation),
    [`evaluation of ${policy.alias}`]: tellEvaluation(champion?.evaluation ?? null),
    'data set': set ? `${set.name}, ${set.size} questions, ${set.digest.slice(0, 8)}` : 'none',
    verdict: gate.verdict,
  }
}

function tellEvaluation(evaluation: Evaluation | null): string {
  return evaluation ? `run ${evaluation.runId}, metrics ${digestOf(evaluation.metrics).slice(0, 8)}` : 'none'
}
