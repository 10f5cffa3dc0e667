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
import type { Policy } from '../promotion/policy.ts'
import type { RagChain } from '../rag/chain.ts'
import { createVersionAnswerer, type VersionAnswerer } from './answer-versions.ts'
import { workspaceOptions } from './databricks-auth.ts'
import { buildClassifierTrainer } from './load-classifier.ts'

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

export interface PlatformOptions {
  settings: Settings
  policy: Policy
  log: Log
  readOnly?: boolean
  buildAgent(chain: RagChain): AnswerAgent
}

/** The embedded platform, over the registry and runs of another one where given; its endpoints are answered by this process. */
function openLocal(
  { settings, policy, log, readOnly = false }: PlatformOptions,
  { load, answer }: VersionAnswerer,
  elsewhere: Partial<Pick<Platform, 'registry' | 'runs'>> = {},
): Platform {
  const file = join(resolve(settings.data), platformFileName)
  return createLocalPlatform({ file, log, readOnly, grants: policy.grants, ...elsewhere, load, answer })
}

function openPlatform(options: PlatformOptions, answerer: VersionAnswerer): Platform {
  const { platform: chosen } = options.settings
  if (chosen.kind === 'databricks') {
    return createDatabricksPlatform(workspaceOptions(chosen, options.log))
  }
  if (chosen.kind !== 'mlflow') return openLocal(options, answerer)
  const http = createMlflowHttp({
    baseUrl: chosen.trackingUri,
    ...(chosen.token ? { token: chosen.token.reveal() } : {}),
  })
  // An open-source MLflow server has no endpoints and no grants: those stay with the embedded platform.
  const elsewhere = { registry: createMlflowRegistry({ http }), runs: createMlflowRuns({ http }) }
  return { ...openLocal(options, answerer, elsewhere), name: 'mlflow' }
}

export function buildPlatform(options: PlatformOptions): BuiltPlatform {
  const { policy, settings, buildAgent } = options
  const trainer = buildClassifierTrainer(settings)
  const answerer = createVersionAnswerer({ platform: () => platform, trainer, buildAgent })
  const platform = openPlatform(options, answerer)
  return {
    platform,
    embeddedServing: settings.platform.kind !== 'databricks',
    chainOf: (version, model = policy.model) => answerer.chainOf(model, version),
    agentOf: (version, model = policy.model) => answerer.agentOf(model, version),
    classifierOf: (version, model) => answerer.classifierOf(model, version),
  }
}
