// The catalogue of the tools for versions; the search in the documentation comes with each agent, on the index it answers from.
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Log } from '../core/log.ts'
import type { Catalog } from '../platform/ports/catalog.ts'
import type { Registry } from '../platform/ports/registry.ts'
import type { ChampionRecord } from '../promotion/champion.ts'
import type { PromotionPlanner } from '../promotion/plan-promotion.ts'
import type { RollbackPlanner } from '../promotion/plan-rollback.ts'
import type { Policy } from '../promotion/policy.ts'
import type { Saga } from '../promotion/saga.ts'
import type { Places } from '../store/port.ts'
import type { ComparisonParts } from './compare-two.ts'
import { createCompareVersions } from './compare-versions.ts'
import { createDecideApproval } from './decide-approval.ts'
import { type AnyTool, erase } from './define-tool.ts'
import { createListPromotions } from './list-promotions.ts'
import { createListVersions, type ListVersionsParts } from './list-versions.ts'
import { createLookupEvals } from './lookup-evals.ts'
import { createMayDecide } from './may-decide.ts'
import { createRequestPromotion } from './request-promotion.ts'
import { createRequestRollback } from './request-rollback.ts'
import { createReviewApproval } from './review-approval.ts'
import { createRunEvaluation, type RunEvaluationParts } from './run-evaluation.ts'
import { createShowApproval } from './show-approval.ts'
import { createShowChampion } from './show-champion.ts'
import { createSubscribeApprovals } from './subscribe-approvals.ts'

/** What the tools for versions and their promotion need. */
export interface PromotionParts
  extends Pick<ComparisonParts, 'findEvaluation'>,
    Pick<ListVersionsParts, 'newestEvaluations'>,
    Pick<RunEvaluationParts, 'desk' | 'runsAtOnce'> {
  policy: Policy
  registry: Registry
  catalog: Catalog
  record: ChampionRecord
  planner: PromotionPlanner
  rollback: RollbackPlanner
  saga: Saga
  approvals: ApprovalService
  places: Places
  /** Other tools that are carried out once somebody agreed, such as those over tickets: their requests are decided here too. */
  more?: readonly AnyTool[]
  log: Log
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Every tool for versions: looking up, evaluating, promoting, and deciding on what was asked for. */
export function createPromotionTools(parts: PromotionParts): readonly AnyTool[] {
  const { policy, registry, catalog, record, approvals, saga, log } = parts
  const { model, alias } = policy
  const clock = parts.now ? { now: parts.now } : {}
  const versions = { registry, model, alias, findEvaluation: parts.findEvaluation }
  const mayDecide = createMayDecide({ catalog, model, privileges: policy.approval.privileges })
  const moves = { saga, policy, record, mayDecide, ...clock }
  const runsAtOnce = parts.runsAtOnce ? { runsAtOnce: parts.runsAtOnce } : {}
  const approved = [
    erase(createRunEvaluation({ ...versions, ...runsAtOnce, desk: parts.desk, log })),
    erase(createRequestPromotion({ ...moves, planner: parts.planner })),
    erase(createRequestRollback({ ...moves, planner: parts.rollback })),
  ]
  const decided = [...approved, ...(parts.more ?? [])]
  const find = (name: string) => decided.find((tool) => tool.name === name)
  return [
    erase(createListVersions({ ...versions, newestEvaluations: parts.newestEvaluations })),
    erase(createLookupEvals(versions)),
    erase(createCompareVersions(versions)),
    ...approved,
    erase(createShowChampion({ record, model, alias })),
    erase(createListPromotions({ approvals, record, model, alias })),
    erase(createShowApproval({ approvals, find })),
    erase(createDecideApproval({ approvals, find, ...clock })),
    erase(createReviewApproval({ approvals })),
    erase(createSubscribeApprovals({ places: parts.places, approvers: policy.approval.approvers })),
  ]
}
