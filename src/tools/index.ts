// The catalogue of the tools for versions of one or several models; the search in the documentation comes with each agent, on the index it answers from.
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Log } from '../core/log.ts'
import type { Catalog } from '../platform/ports/catalog.ts'
import type { Registry } from '../platform/ports/registry.ts'
import type { ChampionRecord } from '../promotion/champion.ts'
import { toShortName } from '../promotion/model-policies.ts'
import type { PromotionPlanner } from '../promotion/plan-promotion.ts'
import type { RollbackPlanner } from '../promotion/plan-rollback.ts'
import type { ModelKind, Policy } from '../promotion/policy.ts'
import type { Saga } from '../promotion/saga.ts'
import type { Places } from '../store/port.ts'
import { chooseModel } from './choose-model.ts'
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
import type { SpokenModel } from './speak-of-model.ts'
import { createSubscribeApprovals } from './subscribe-approvals.ts'

/** What belongs to one registered model. */
export interface ModelParts
  extends Pick<ComparisonParts, 'findEvaluation'>,
    Pick<ListVersionsParts, 'newestEvaluations'>,
    Pick<RunEvaluationParts, 'desk'> {
  policy: Policy & { kind?: ModelKind }
  planner: PromotionPlanner
  rollback: RollbackPlanner
}

/** What the tools for versions and their promotion need: the model that is meant where none is named, and the others. */
export interface PromotionParts extends ModelParts, Pick<RunEvaluationParts, 'runsAtOnce'> {
  others?: readonly ModelParts[]
  registry: Registry
  catalog: Catalog
  record: ChampionRecord
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
  const { policy, approvals } = parts
  const clock = parts.now ? { now: parts.now } : {}
  const first = createModelTools(parts, parts)
  const others = (parts.others ?? []).map((own) => createModelTools(own, parts))
  const names = [first, ...others].map((tools) => tools.policy.model)
  const over = (find: (tools: ModelTools) => AnyTool): AnyTool =>
    chooseModel([
      { ...toSpoken(policy, names), word: null, tool: find(first) },
      ...others.map((tools) => ({ ...toSpoken(tools.policy, names), tool: find(tools) })),
    ])
  const approved = [over((each) => each.evaluate), over((each) => each.promote), over((each) => each.rollback)]
  const decided = [...approved, ...(parts.more ?? [])]
  const find = (name: string) => decided.find((tool) => tool.name === name)
  const approvers = [parts, ...(parts.others ?? [])].flatMap((own) => own.policy.approval.approvers)
  return [
    over((each) => each.list),
    over((each) => each.evals),
    over((each) => each.compare),
    ...approved,
    over((each) => each.champion),
    over((each) => each.promotions),
    erase(createShowApproval({ approvals, find })),
    erase(createDecideApproval({ approvals, find, ...clock })),
    erase(createReviewApproval({ approvals })),
    erase(createSubscribeApprovals({ places: parts.places, approvers: [...new Set(approvers)] })),
  ]
}

type ModelTools = ReturnType<typeof createModelTools>

/** The tools of one model. `all`: what they share. */
function createModelTools(own: ModelParts, all: PromotionParts) {
  const { registry, catalog, record, approvals, saga, log } = all
  const { policy } = own
  const { model, alias, kind = 'chain' } = policy
  const isFirst = own === all
  const clock = all.now ? { now: all.now } : {}
  const versions = { registry, model, alias, findEvaluation: own.findEvaluation }
  const mayDecide = createMayDecide({ catalog, model, privileges: policy.approval.privileges })
  const moves = { saga, policy, record, mayDecide, ...clock }
  const runsAtOnce = all.runsAtOnce ? { runsAtOnce: all.runsAtOnce } : {}
  const called = isFirst ? {} : { called: toShortName(model) }
  return {
    policy,
    list: erase(createListVersions({ ...versions, kind, newestEvaluations: own.newestEvaluations })),
    evals: erase(createLookupEvals(versions)),
    compare: erase(createCompareVersions(versions)),
    evaluate: erase(createRunEvaluation({ ...versions, ...runsAtOnce, ...called, desk: own.desk, log })),
    promote: erase(createRequestPromotion({ ...moves, planner: own.planner })),
    rollback: erase(createRequestRollback({ ...moves, planner: own.rollback })),
    champion: erase(createShowChampion({ record, model, alias })),
    promotions: erase(createListPromotions({ approvals, record, model, alias, onlyIts: !isFirst })),
  }
}

/** The last part of its name means it, where no other model ends alike. */
function toSpoken({ model, alias }: Policy, names: readonly string[]): SpokenModel {
  const short = toShortName(model)
  const isAlone = names.filter((name) => toShortName(name).toLowerCase() === short.toLowerCase()).length === 1
  return { model, alias, word: isAlone ? short : model }
}
