// Builds what evaluates versions: the set of the policy, the judge of the settings, and the agents that are asked.
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { withCases } from '../evals/cases/accepted-cases.ts'
import { createClassifierDesk } from '../evals/classifier-desk.ts'
import { readEvalSet, readLabelSet } from '../evals/eval-set.ts'
import type { EvalCase, EvalSet } from '../evals/evaluation.ts'
import { createEvaluationDesk } from '../evals/evaluation-desk.ts'
import { type LabelSetParts, readLabelRows } from '../evals/held-out.ts'
import type { Judge } from '../evals/judges/judge.ts'
import { createModelJudge } from '../evals/judges/model-judge.ts'
import { createOfflineJudge } from '../evals/judges/offline-judge.ts'
import { RUBRICS } from '../evals/judges/rubrics.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import type { ModelKind, Policy } from '../promotion/policy.ts'
import { toChainParams } from '../rag/registered/log-chain.ts'
import type { Checkpoints } from '../store/port.ts'
import type { EvaluationDesk } from '../tools/run-evaluation.ts'
import { answerCase } from './build-agents.ts'
import { buildJudgeModel, offlineEmbeddings } from './build-models.ts'
import type { BuiltPlatform } from './build-platform.ts'
import { listIfAny } from './sample.ts'

/** Questions under way at once: each is an answer and its judgements. */
const MOST_AT_ONCE = 4

export interface EvaluationParts {
  settings: Settings
  /** Of the model that is evaluated; a chain where no kind is told. */
  policy: Policy & { kind?: ModelKind }
  built: BuiltPlatform
  /** What the versions look up. */
  index: VectorIndex
  checkpoints: Checkpoints
  /** Questions from users that belong to the set of this model. */
  acceptedCases?: () => Promise<readonly EvalCase[]>
  log: Log
}

function buildJudge({ settings, log }: EvaluationParts): { judge: Judge; judgeCalls: number } {
  const { judge: name } = settings.evaluation
  if (name === 'offline') {
    return { judge: createOfflineJudge({ embeddings: offlineEmbeddings(settings.data) }), judgeCalls: 0 }
  }
  const model = buildJudgeModel(name, { settings: settings.model, data: settings.data, log })
  const judge = createModelJudge({ model, timeoutMs: settings.model.timeoutMs, log })
  return { judge, judgeCalls: Object.keys(RUBRICS).length }
}

/** Loads the offline embeddings where anything uses them: their file takes seconds, which are no version's latency. */
async function prepareModels({ model, embeddings, evaluation, data }: Settings): Promise<void> {
  if (![model.name, embeddings.name, evaluation.judge].includes('offline')) return
  await offlineEmbeddings(data).embedQuery('How do I begin?')
}

/** The set that the policy names, with the questions from users that were accepted. Throws EVAL_SET_INVALID where it names none. */
export async function readPolicySet({
  policy,
  built,
  acceptedCases = async () => [],
}: Pick<EvaluationParts, 'policy' | 'acceptedCases'> & {
  built: Pick<BuiltPlatform, 'platform'>
}): Promise<EvalSet> {
  if (policy.evaluationSet !== undefined) {
    const set = await readEvalSet(policy.evaluationSet, { runs: built.platform.runs })
    return withCases(set, await acceptedCases())
  }
  throw new LakedeskError(
    'EVAL_SET_INVALID',
    'The promotion policy names no evaluation set, so there is nothing to ask. Set evaluationSet in the file of LAKEDESK_POLICY to a file of questions, or to dataset:<name>.',
  )
}

/** Without documentation every row would fail: that is said before the first question. */
async function needDocuments(index: VectorIndex): Promise<void> {
  if ((await listIfAny(index)).length > 0) return
  throw new LakedeskError(
    'INDEX_MISSING',
    'No documentation has been ingested yet, so no version could answer and nothing was started. Run: lakedesk ingest <folder>',
  )
}

/** Where the rows of a classifier come from. */
function toLabelSetParts({ policy, built }: Pick<EvaluationParts, 'policy' | 'built'>): LabelSetParts {
  const { model, alias, evaluationSet } = policy
  const { registry, runs } = built.platform
  const readSet = evaluationSet === undefined ? {} : { readSet: () => readLabelSet(evaluationSet, { runs }) }
  return { model, alias, registry, runs, ...readSet }
}

/** What versions of this model are measured on today; absent where the policy of a chain names nothing. */
export function currentSetOf(
  parts: Pick<EvaluationParts, 'policy' | 'built' | 'acceptedCases'>,
): { currentSet: () => Promise<EvalSet> } | Record<never, never> {
  if (parts.policy.kind === 'classifier') {
    return { currentSet: async () => (await readLabelRows(toLabelSetParts(parts))).set }
  }
  return parts.policy.evaluationSet === undefined ? {} : { currentSet: () => readPolicySet(parts) }
}

/** The desk of one model, by its kind. */
export function buildEvaluations(parts: EvaluationParts): EvaluationDesk {
  if (parts.policy.kind !== 'classifier') return buildChainEvaluations(parts)
  const { policy, built, checkpoints, log } = parts
  return createClassifierDesk({
    ...toLabelSetParts(parts),
    ...{ runs: built.platform.runs, experiment: policy.experiment, checkpoints, log },
    classifierOf: (version) => built.classifierOf(version, policy.model),
  })
}

function buildChainEvaluations(parts: EvaluationParts): EvaluationDesk {
  const { settings, policy, built, checkpoints, log } = parts
  const isFree = settings.model.name === 'offline' && settings.evaluation.judge === 'offline'
  const price = isFree ? { input: 0, output: 0 } : settings.evaluation.price
  return createEvaluationDesk({
    model: policy.model,
    experiment: policy.experiment,
    readSet: () => readPolicySet(parts),
    async subjectOf(version) {
      await needDocuments(parts.index)
      const [chain, agent] = [await built.chainOf(version, policy.model), await built.agentOf(version, policy.model)]
      return {
        model: policy.model,
        version,
        params: toChainParams(chain),
        promptTemplate: chain.systemPrompt,
        chainConfig: chain,
        prepare: () => prepareModels(settings),
        answer: (question, signal, thread) => answerCase(agent, question, signal, price, thread),
      }
    },
    ...buildJudge(parts),
    runs: built.platform.runs,
    checkpoints,
    log,
    concurrency: Math.min(MOST_AT_ONCE, settings.concurrency),
    ...(price ? { price } : {}),
  })
}
