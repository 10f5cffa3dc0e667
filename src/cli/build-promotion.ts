// Builds everything that promotes: the record, the planners, the saga, approvals with their cards, and the tools over them.
import { type ApprovalService, createApprovals } from '../approvals/create-approvals.ts'
import type { People } from '../approvals/people.ts'
import type { Settings } from '../config/settings.ts'
import type { Conversation } from '../conversation/port.ts'
import type { Log } from '../core/log.ts'
import type { EvalCase } from '../evals/evaluation.ts'
import { findEvaluation } from '../evals/find-evaluation.ts'
import type { Serving } from '../platform/ports/serving.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { type ChampionRecord, createChampionRecord } from '../promotion/champion.ts'
import { createWhereMissing } from '../promotion/create-where-missing.ts'
import { type ModelPolicy, toModelPolicies } from '../promotion/model-policies.ts'
import { createPromotionPlanner } from '../promotion/plan-promotion.ts'
import { createRollbackPlanner } from '../promotion/plan-rollback.ts'
import type { Policy } from '../promotion/policy.ts'
import { createSaga } from '../promotion/saga.ts'
import { resumeOrphans } from '../promotion/saga-orphans.ts'
import type { Store } from '../store/port.ts'
import { type ApprovedRunner, createApprovedRunner } from '../tools/approved-runner.ts'
import { type Cards, createCards } from '../tools/cards.ts'
import type { AnyTool } from '../tools/define-tool.ts'
import { createPromotionTools, type ModelParts } from '../tools/index.ts'
import { readNewestEvaluations } from '../tools/newest-evaluations.ts'
import type { TicketTools } from '../tools/ticket-tools.ts'
import { buildEvaluations, currentSetOf } from './build-evaluations.ts'
import type { BuiltPlatform } from './build-platform.ts'

export interface PromotionOptions {
  settings: Settings
  policy: Policy
  people: People
  built: BuiltPlatform
  index: VectorIndex
  store: Store
  /** Tools of tickets, whose approvals are decided and carried out beside those of versions. */
  tickets: Pick<TicketTools, 'tools' | 'approved'>
  /** Questions from users that joined the set of the policy's first model. */
  acceptedCases: () => Promise<readonly EvalCase[]>
  log: Log
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
  /** The place that an address of a face leads to. */
  homeOf: Conversation['homeOf']
}

export interface BuiltPromotion {
  tools: readonly AnyTool[]
  /** Those that read the platform alone, and tell the truth without the store of this data folder. */
  lookUps: readonly AnyTool[]
  approvals: ApprovalService
  cards: Cards
  runner: ApprovedRunner
}

/** Between two looks at the embedded endpoint, which costs nothing to look at. */
const EMBEDDED_POLL_MS = 250

const LOOK_UPS: ReadonlySet<string> = new Set(['list-versions', 'lookup-evals', 'compare-versions'])

/** Both sides of a saga's point in the log, for whoever has to find out where a move stood. */
const tracePoints = (log: Log) => (point: string, when: 'before' | 'after') =>
  log.debug('A move is at a point', { point, when })

/** What belongs to one model. */
function toModelParts(
  policy: ModelPolicy,
  options: PromotionOptions,
  { serving, record }: { serving: Serving; record: ChampionRecord },
): ModelParts {
  const { settings, built, index, store, log } = options
  const { registry, runs } = built.platform
  const { model, experiment } = policy
  const cases = model === options.policy.model ? { acceptedCases: options.acceptedCases } : {}
  return {
    policy,
    planner: createPromotionPlanner({
      ...{ registry, runs, serving, record, policy },
      ...currentSetOf({ policy, built, ...cases }),
    }),
    rollback: createRollbackPlanner({ registry, serving, record, policy }),
    findEvaluation: (version, same) => findEvaluation({ runs, experiment, model, version, ...same }),
    newestEvaluations: () => readNewestEvaluations(runs, { experiment, model }),
    desk: buildEvaluations({ settings, built, index, log, ...cases, policy, checkpoints: store.checkpoints }),
  }
}

export function buildPromotion(options: PromotionOptions): BuiltPromotion {
  const { policy, people, built, store, tickets, log, settings } = options
  const { registry, catalog } = built.platform
  const models = toModelPolicies(policy, settings.training.classifier)
  const classifiers = models.filter(({ kind }) => kind === 'classifier').map(({ endpoint }) => endpoint)
  const serving = createWhereMissing(built.platform.serving, new Set(classifiers))
  const record = createChampionRecord({ audit: store.audit, registry, sagas: store.sagas })
  const approvals = createApprovals({ store, people })
  const saga = createSaga({
    ...{ registry, serving, sagas: store.sagas, audit: store.audit, log, onPoint: tracePoints(log) },
    ...(built.embeddedServing ? { pollMs: EMBEDDED_POLL_MS } : {}),
  })
  const [first, ...others] = models
  const versions = createPromotionTools({
    ...toModelParts(first, options, { serving, record }),
    others: others.map((own) => toModelParts(own, options, { serving, record })),
    ...{ registry, catalog, record, saga, approvals, log },
    places: store.places,
    more: tickets.approved,
  })
  const tools = [...versions, ...tickets.tools]
  const find = (name: string): AnyTool | undefined => tools.find((tool) => tool.name === name)
  const cards = createCards({ store, find, wake: options.wake, homeOf: options.homeOf })
  const runner = createApprovedRunner({
    ...{ approvals, find, cards, log },
    orphans: (signal) => resumeOrphans({ saga, approvals: store.approvals, log }, signal),
  })
  const lookUps = tools.filter(({ name }) => LOOK_UPS.has(name))
  return { tools, lookUps, approvals, cards, runner }
}
