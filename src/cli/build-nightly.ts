// Builds the nightly reports: a desk and its tools for each model of the policy, and the runner of their schedules.
import type { People } from '../approvals/people.ts'
import type { Settings } from '../config/settings.ts'
import type { Conversation } from '../conversation/port.ts'
import { digestOf } from '../core/digest.ts'
import type { Log } from '../core/log.ts'
import { readEvaluation } from '../evals/find-evaluation.ts'
import { findFinished } from '../evals/find-finished.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { createChampionRecord } from '../promotion/champion.ts'
import { judge } from '../promotion/gate.ts'
import { type ModelPolicy, toModelPolicies, toShortName } from '../promotion/model-policies.ts'
import { createRollbackPlanner } from '../promotion/plan-rollback.ts'
import type { Policy } from '../promotion/policy.ts'
import type { Night } from '../reports/nightly/night.ts'
import { readNights } from '../reports/nightly/night-ledger.ts'
import type { Place, Store } from '../store/port.ts'
import { createNightlyDesk, type NightlyDesk } from '../tools/nightly-desk.ts'
import { createNightlyTools, type NightlyModel, type NightlyTools } from '../tools/nightly-tools.ts'
import { isPassing } from '../tools/run-approved.ts'
import { createScheduleRunner, type ScheduleRunner, type ScheduleRunnerParts } from '../tools/schedule-runner.ts'
import { buildEvaluations } from './build-evaluations.ts'
import type { BuiltFeedback } from './build-feedback.ts'
import type { BuiltPlatform } from './build-platform.ts'

export interface NightlyOptions {
  settings: Settings
  policy: Policy
  people: People
  built: BuiltPlatform
  index: VectorIndex
  store: Store
  /** Questions from users that joined the set of the policy's first model. */
  feedback: Pick<BuiltFeedback, 'acceptedCases' | 'newCases'>
  log: Log
  /** Of the conversation, which is built later. */
  topOf: Conversation['topOf']
  homeOf: Conversation['homeOf']
  wake(): void
}

export interface BuiltNightly extends NightlyTools {
  /** Starts what is due; the service that keeps requests is built later. */
  runnerOf(approvals: ScheduleRunnerParts['approvals']): ScheduleRunner
}

/** Nights whose evaluations count as used. */
const RECENT_NIGHTS = 200

export function buildNightly(options: NightlyOptions): BuiltNightly {
  const { settings, policy, people, store, log, wake } = options
  const policies = toModelPolicies(policy, settings.training.classifier)
  const names = policies.map(({ model }) => model)
  const [first, ...others] = policies
  const tools = createNightlyTools({
    models: [toModel(first, names, options), ...others.map((own) => toModel(own, names, options))],
    people,
    entries: policy.people,
  })
  return {
    ...tools,
    runnerOf: (approvals) =>
      createScheduleRunner({
        ...{ approvals, wake, log, tool: tools.run, audit: store.audit, posts: store.posts },
        schedules: store.ledger('schedules'),
        findFinished: (model, after) =>
          findUnused(
            policies.find((each) => each.model === model),
            after,
            options,
          ),
      }),
  }
}

function toModel(policy: ModelPolicy, names: readonly string[], options: NightlyOptions): NightlyModel {
  const { built, store, log, topOf, homeOf, wake } = options
  const { model, alias } = policy
  const short = toShortName(model)
  const isFirst = model === names[0]
  const isAlone = names.filter((name) => toShortName(name).toLowerCase() === short.toLowerCase()).length === 1
  const called = isFirst ? {} : { called: short }
  const { settings, index, feedback } = options
  const cases = isFirst ? { acceptedCases: feedback.acceptedCases } : {}
  const desk = buildEvaluations({ settings, built, index, log, policy, checkpoints: store.checkpoints, ...cases })
  const report = buildDesk(policy, isFirst ? { newCases: feedback.newCases } : called, desk, options)
  const toTop = (place: Place): Place => {
    const address = topOf(place.channel, place.address)
    return { channel: place.channel, address, thread: homeOf(place.channel, address) ?? place.thread }
  }
  return {
    report,
    spoken: { model, alias, word: isFirst ? null : isAlone ? short : model },
    parts: {
      ...{ model, alias, desk, log, wake, ...called },
      registry: built.platform.registry,
      ledger: (kind) => store.ledger(kind),
      posts: store.posts,
      measure: report.measure,
      toPosts: report.toPosts,
      topOf: toTop,
      now: Date.now,
    },
  }
}

function buildDesk(
  policy: ModelPolicy,
  own: { called?: string } & Pick<Partial<BuiltFeedback>, 'newCases'>,
  evaluations: ReturnType<typeof buildEvaluations>,
  options: NightlyOptions,
): NightlyDesk {
  const { built, store, log } = options
  const { registry, runs, serving } = built.platform
  const { model, alias, gate } = policy
  const record = createChampionRecord({ audit: store.audit, registry, sagas: store.sagas })
  const rollback = createRollbackPlanner({ registry, serving, record, policy })
  return createNightlyDesk({
    ...{ model, gate, log, isPassing, ...own },
    ledger: (kind) => store.ledger(kind),
    champion: () => registry.getAlias(model, alias),
    evaluate: (version, hands) => evaluations.run(version, hands),
    readEvaluation: (runId) => readEvaluation(runs, runId),
    judgeCandidate: (candidate, champion) =>
      judge(gate, {
        evaluation: candidate,
        champion: { version: champion.version, evaluation: champion },
        now: Date.now(),
      }).verdict,
    facts: (version) => readFacts(version, policy, options),
    traceUrls: () => findTraceUrls(policy, options),
    canRollBack: async () => (await rollback.plan()).kind === 'plan',
  })
}

/** What decides the answers: the chain or the classifier, and the documentation. */
async function readFacts(
  version: string,
  { kind, model }: ModelPolicy,
  { built, index }: NightlyOptions,
): Promise<Night['facts']> {
  if (kind === 'classifier') return { chain: (await built.classifierOf(version, model)).digest, docs: null }
  const docs = [...(await index.listDocuments())].sort(([a], [b]) => (a < b ? -1 : 1))
  return { chain: digestOf(await built.chainOf(version, model)), docs: digestOf(docs) }
}

/**
 * Where the tracking UI shows a trace: the list of traces of its experiment with that one opened, as MLflow's own short addresses
 * of traces lead to (https://github.com/mlflow/mlflow, server/js, `selectedEvaluationId`). The embedded platform has no UI.
 */
async function findTraceUrls(
  { experiment }: ModelPolicy,
  { settings: { platform }, built }: NightlyOptions,
): Promise<((traceId: string) => string) | null> {
  if (platform.kind === 'local') return null
  const id = encodeURIComponent(await built.platform.runs.ensureExperiment(experiment))
  const workspace = platform.kind === 'databricks' && platform.workspaceId ? `&o=${platform.workspaceId}` : ''
  const root = platform.kind === 'databricks' ? `${platform.host}/ml` : `${platform.trackingUri.replace(/\/+$/, '')}/#`
  return (traceId) => `${root}/experiments/${id}/traces?selectedEvaluationId=${encodeURIComponent(traceId)}${workspace}`
}

/** What a job evaluated and no night has told yet. */
async function findUnused(
  policy: ModelPolicy | undefined,
  after: string,
  { built, store }: NightlyOptions,
): ReturnType<ScheduleRunnerParts['findFinished']> {
  if (!policy) return null
  const { registry, runs } = built.platform
  const { model, alias, experiment } = policy
  const version = await registry.getAlias(model, alias)
  if (version === null) return null
  const nights = await readNights(store.ledger('nights'), model, RECENT_NIGHTS)
  const used = new Set(
    nights.flatMap(({ champion, again, third, candidates }) => [
      champion?.runId,
      again?.runId,
      third?.runId,
      ...candidates.map(({ runId }) => runId),
    ]),
  )
  return findFinished({ runs, experiment, model, version, after, isUsed: (runId) => used.has(runId) })
}
