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
import type { Platform } from '../platform/ports/platform.ts'
import type { Policy } from '../promotion/policy.ts'
import type { RagChain } from '../rag/chain.ts'
import { loadChain } from '../rag/registered/load-chain.ts'
import { askAlone } from './build-agents.ts'
import { workspaceOptions } from './databricks-auth.ts'

/** Experiment of the runs that hold registered chains. */
export const CHAINS_EXPERIMENT = '/Shared/lakedesk-chains'

export interface BuiltPlatform {
  platform: Platform
  /** True where Lakedesk's own process answers for the endpoint, so that a first version may be served without further ado. */
  embeddedServing: boolean
  /** The chain of a registered version. Throws CHAIN_INVALID, PLATFORM_*. */
  chainOf(version: string): Promise<RagChain>
  /** The agent of a version, built once. */
  agentOf(version: string): Promise<AnswerAgent>
}

export interface PlatformOptions {
  settings: Settings
  policy: Policy
  log: Log
  readOnly?: boolean
  buildAgent(chain: RagChain): AnswerAgent
}

function questionOf(record: Readonly<Record<string, unknown>>): string {
  return typeof record.question === 'string' ? record.question : ''
}

/** The embedded platform, over the registry and runs of another one where given; its endpoint is answered by the agents of this process. */
function openLocal(
  options: PlatformOptions,
  agentOf: (version: string) => Promise<AnswerAgent>,
  elsewhere: Partial<Pick<Platform, 'registry' | 'runs'>> = {},
): Platform {
  const { settings, policy, log, readOnly = false } = options
  return createLocalPlatform({
    file: join(resolve(settings.data), platformFileName),
    log,
    readOnly,
    grants: policy.grants,
    ...elsewhere,
    async load(_model, version) {
      await agentOf(version)
    },
    async answer(_model, version, record, { signal }) {
      const asked = { text: questionOf(record), signal: signal ?? new AbortController().signal }
      const answer = await askAlone(await agentOf(version), 'endpoint', asked)
      return { answer: answer.text }
    },
  })
}

function openPlatform(options: PlatformOptions, agentOf: (version: string) => Promise<AnswerAgent>): Platform {
  const { platform: chosen } = options.settings
  if (chosen.kind === 'databricks') {
    return createDatabricksPlatform(workspaceOptions(chosen, options.log))
  }
  if (chosen.kind !== 'mlflow') return openLocal(options, agentOf)
  const http = createMlflowHttp({
    baseUrl: chosen.trackingUri,
    ...(chosen.token ? { token: chosen.token.reveal() } : {}),
  })
  // An open-source MLflow server has no endpoints and no grants: those stay with the embedded platform.
  const elsewhere = { registry: createMlflowRegistry({ http }), runs: createMlflowRuns({ http }) }
  return { ...openLocal(options, agentOf, elsewhere), name: 'mlflow' }
}

export function buildPlatform(options: PlatformOptions): BuiltPlatform {
  const agents = new Map<string, Promise<AnswerAgent>>()
  const chainOf = (version: string): Promise<RagChain> =>
    loadChain({ registry: platform.registry, artifacts: platform.runs.artifacts }, options.policy.model, version)
  const agentOf = (version: string): Promise<AnswerAgent> => {
    const known = agents.get(version) ?? chainOf(version).then(options.buildAgent)
    agents.set(version, known)
    // A failure is not kept: the next call tries again.
    known.catch(() => agents.delete(version))
    return known
  }
  const platform = openPlatform(options, agentOf)
  return { platform, embeddedServing: options.settings.platform.kind !== 'databricks', chainOf, agentOf }
}
