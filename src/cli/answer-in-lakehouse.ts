// What answers for versions that the local lakehouse serves: it reads their files over its own wire, as every client does.
import { z } from 'zod'
import { Secret } from '../config/secret.ts'
import type { Settings, WorkspaceSettings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { createDatabricksPlatform } from '../platform/databricks/create-databricks-platform.ts'
import { isNotFound } from '../platform/mlflow/platform-errors.ts'
import type { ChampionSource } from '../platform/offline/ai/champion.ts'
import { OFFLINE_MODEL_NAME } from '../platform/offline/offline-chat-model.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import type { RagChain } from '../rag/chain.ts'
import { createVersionAnswerer, type VersionAnswerer } from './answer-versions.ts'
import { buildPlainAgent } from './build-agents.ts'
import { createChampionSource } from './champion-classifier.ts'
import { openWorkspace, workspaceOptions } from './databricks-auth.ts'
import { buildClassifierTrainer } from './load-classifier.ts'
import { loadPolicy } from './load-policy.ts'
import { openIndex } from './open-index.ts'

export interface AnswerInLakehouse extends Pick<VersionAnswerer, 'answer'> {
  /** The ticket classifier that is promoted here: it answers ai_classify of the warehouses. */
  champion: ChampionSource
  close(): Promise<void>
}

export interface AnswerInLakehouseOptions {
  /** Of the lakehouse itself: nothing in them leads to a workspace. */
  settings: Settings
  log: Log
  /** Where the lakehouse listens, and a token for it. */
  host: string
  token: string
}

const indexSchema = z.looseObject({ endpoint_name: z.string() })

/** Chains look up the index that they name where the lakehouse has it, else the embedded one of the data folder. */
export function createAnswerInLakehouse({ settings, log, host, token }: AnswerInLakehouseOptions): AnswerInLakehouse {
  const workspace: WorkspaceSettings = {
    kind: 'databricks',
    host,
    workspaceId: undefined,
    auth: { kind: 'token', token: new Secret(token) },
  }
  const { http } = openWorkspace(workspace, log)
  const platform = createDatabricksPlatform(workspaceOptions(workspace, log))
  const remote = new Map<string, Promise<VectorIndex>>()
  let embedded: Promise<VectorIndex> | undefined

  /** Looked for with each question: an index may be made after the version that names it. */
  async function find(name: string): Promise<VectorIndex> {
    let endpoint: string
    try {
      const path = `/2.0/vector-search/indexes/${encodeURIComponent(name)}`
      endpoint = (await http.json({ method: 'GET', path, about: `index ${name}`, answer: indexSchema })).endpoint_name
    } catch (error) {
      if (!isNotFound(error)) throw error
      embedded ??= openIndex(settings, log, true)
      return embedded
    }
    const index = { kind: 'databricks', name, endpoint, table: undefined, documents: undefined } as const
    const known = remote.get(name) ?? openIndex({ ...settings, index, platform: workspace }, log, true)
    remote.set(name, known)
    return known
  }
  const indexOf = (name: string): VectorIndex => ({
    upsert: async (...given) => (await find(name)).upsert(...given),
    remove: async (...given) => (await find(name)).remove(...given),
    listDocuments: async (...given) => (await find(name)).listDocuments(...given),
    querySimilar: async (...given) => (await find(name)).querySimilar(...given),
    describe: async () => (await find(name)).describe(),
    // All of them are closed at once, below.
    async close() {},
  })
  // The models behind all endpoints of the lakehouse are one: so is the one behind the chains that it serves.
  const generationModel = settings.model.name === 'offline' ? OFFLINE_MODEL_NAME : settings.model.name
  const buildAgent = (chain: RagChain) =>
    buildPlainAgent({ ...chain, generationModel }, { settings, index: indexOf(chain.retrieval.index), log })
  const trainer = buildClassifierTrainer(settings)
  const { answer, classifierOf } = createVersionAnswerer({ platform: () => platform, trainer, buildAgent })
  const champion = createChampionSource({
    ...{ settings, log, policy: loadPolicy(settings.policy) },
    built: { platform, classifierOf: (version, model) => classifierOf(model, version), embeddedServing: true },
  })
  return {
    ...{ answer, champion },
    async close() {
      const indexes = await Promise.allSettled([...remote.values(), ...(embedded ? [embedded] : [])])
      await Promise.all(indexes.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
      await platform.close()
    },
  }
}
