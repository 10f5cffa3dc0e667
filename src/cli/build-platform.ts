// Builds the platform of the settings, and the agents that answer with its versions.
import { join, resolve } from 'node:path'
import type { AnswerAgent } from '../agent/answer.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { createDatabricksPlatform } from '../platform/databricks/create-databricks-platform.ts'
import { createLocalPlatform, platformFileName } from '../platform/local/platform/create-local-platform.ts'
import { createMlflowRegistry } from '../platform/mlflow/create-mlflow-registry.ts'
import { createMlflowRuns } from '../platform/mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../platform/mlflow/mlflow-http.ts'
import type { TextClassifier } from '../platform/ports/classifier.ts'
import type { Platform } from '../platform/ports/platform.ts'
import { toModelPolicies } from '../promotion/model-policies.ts'
import type { Policy } from '../promotion/policy.ts'
import type { RagChain } from '../rag/chain.ts'
import { loadChain } from '../rag/registered/load-chain.ts'
import { askAlone } from './build-agents.ts'
import { workspaceOptions } from './databricks-auth.ts'
import { buildClassifierTrainer, loadClassifier } from './load-classifier.ts'
import { loadOnce } from './load-once.ts'

/** Experiment of the runs that hold registered chains. */
export const CHAINS_EXPERIMENT = '/Shared/lakedesk-chains'

export interface BuiltPlatform {
  platform: Platform
  /** True where Lakedesk's own process answers for the endpoint, so that a first version may be served without further ado. */
  embeddedServing: boolean
  /** The chain of a registered version, of the policy's model where none is named. Throws CHAIN_INVALID, PLATFORM_*. */
  chainOf(version: string, model?: string): Promise<RagChain>
  /** The agent of a version, built once. */
  agentOf(version: string, model?: string): Promise<AnswerAgent>
  /** The classifier of a version, loaded once. Throws CLASSIFIER_INVALID, PLATFORM_*. */
  classifierOf(version: string, model: string): Promise<TextClassifier>
}

/** What answers for versions of one kind, loaded once each. */
interface Loaders {
  agentOf(model: string, version: string): Promise<AnswerAgent>
  classifierOf(model: string, version: string): Promise<TextClassifier>
}

export interface PlatformOptions {
  settings: Settings
  policy: Policy
  log: Log
  readOnly?: boolean
  buildAgent(chain: RagChain): AnswerAgent
}

/** A classifier reads `text`; probes ask it a question like any other model. */
function textOf(record: Readonly<Record<string, unknown>>, ...names: readonly string[]): string {
  return names.map((name) => record[name]).find((value) => typeof value === 'string') ?? ''
}

/** The embedded platform, over the registry and runs of another one where given; its endpoints are answered by this process. */
function openLocal(
  options: PlatformOptions,
  { agentOf, classifierOf }: Loaders,
  elsewhere: Partial<Pick<Platform, 'registry' | 'runs'>> = {},
): Platform {
  const { settings, policy, log, readOnly = false } = options
  const models = toModelPolicies(policy, settings.training.classifier)
  const isClassifier = (model: string) => models.some((own) => own.model === model && own.kind === 'classifier')
  return createLocalPlatform({
    file: join(resolve(settings.data), platformFileName),
    log,
    readOnly,
    grants: policy.grants,
    ...elsewhere,
    async load(model, version) {
      await (isClassifier(model) ? classifierOf(model, version) : agentOf(model, version))
    },
    async answer(model, version, record, { signal = new AbortController().signal }) {
      if (isClassifier(model)) {
        const classifier = await classifierOf(model, version)
        const [predicted] = await classifier.classify([textOf(record, 'text', 'question')], signal)
        return { label: predicted?.label ?? '', confidence: predicted?.confidence ?? 0 }
      }
      const asked = { text: textOf(record, 'question'), signal }
      const answer = await askAlone(await agentOf(model, version), 'endpoint', asked)
      return { answer: answer.text }
    },
  })
}

function openPlatform(options: PlatformOptions, loaders: Loaders): Platform {
  const { platform: chosen } = options.settings
  if (chosen.kind === 'databricks') {
    return createDatabricksPlatform(workspaceOptions(chosen, options.log))
  }
  if (chosen.kind !== 'mlflow') return openLocal(options, loaders)
  const http = createMlflowHttp({
    baseUrl: chosen.trackingUri,
    ...(chosen.token ? { token: chosen.token.reveal() } : {}),
  })
  // An open-source MLflow server has no endpoints and no grants: those stay with the embedded platform.
  const elsewhere = { registry: createMlflowRegistry({ http }), runs: createMlflowRuns({ http }) }
  return { ...openLocal(options, loaders, elsewhere), name: 'mlflow' }
}

export function buildPlatform(options: PlatformOptions): BuiltPlatform {
  const { policy, settings } = options
  const chainOf = (version: string, model = policy.model): Promise<RagChain> =>
    loadChain({ registry: platform.registry, artifacts: platform.runs.artifacts }, model, version)
  const loaders: Loaders = {
    agentOf: loadOnce((model, version) => chainOf(version, model).then(options.buildAgent)),
    classifierOf: loadOnce((model, version) =>
      loadClassifier({ platform, trainer: buildClassifierTrainer(settings) }, model, version),
    ),
  }
  const platform = openPlatform(options, loaders)
  return {
    platform,
    embeddedServing: settings.platform.kind !== 'databricks',
    chainOf,
    agentOf: (version, model = policy.model) => loaders.agentOf(model, version),
    classifierOf: (version, model) => loaders.classifierOf(model, version),
  }
}
