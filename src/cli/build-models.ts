// Builds models and embeddings from the settings, and the model of each version from its chain.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EmbeddingsSettings, FOUND_MODEL, type ModelSettings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { explainMissing, listModels } from '../platform/databricks/list-models.ts'
import { embeddingTokens, MAX_TOOLS } from '../platform/databricks/retired-models.ts'
import { createOfflineEmbeddings } from '../platform/local/embeddings/offline-embeddings.ts'
import { createOfflineChatModel, OFFLINE_MODEL_NAME } from '../platform/offline/offline-chat-model.ts'
import { createOpenAiChatModel } from '../platform/openai/create-openai-chat-model.ts'
import { createOpenAiEmbeddings } from '../platform/openai/create-openai-embeddings.ts'
import type { OpenAiEndpoint } from '../platform/openai/endpoint-fetch.ts'
import type { ChatModel, TextEmbeddings } from '../platform/ports/models.ts'
import { PRODUCT_DOCS_RAG, type RagChain } from '../rag/chain.ts'
import { openWorkspace } from './databricks-auth.ts'
import { withRecentVectors } from './recent-vectors.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * Folder of the model file that is derived from an installed package: beside the packages where that can be written, so that
 * all data folders share it, else under the data folder.
 */
function cacheFolder(data: string): string {
  const shared = join(root, 'node_modules', '.cache', 'lakedesk')
  try {
    mkdirSync(shared, { recursive: true })
    accessSync(shared, constants.W_OK)
    return shared
  } catch {
    // A read-only installation is ordinary; the data folder has to be writable anyway.
    return join(resolve(data), 'cache')
  }
}

const offline = new Map<string, TextEmbeddings>()

/** One for all that need it: loading the model file twice would cost time and memory for nothing. */
export function offlineEmbeddings(data: string): TextEmbeddings {
  const folder = cacheFolder(data)
  const known = offline.get(folder) ?? withRecentVectors(createOfflineEmbeddings({ cacheFolder: folder }))
  offline.set(folder, known)
  return known
}

function required(baseUrl: string | undefined, setting: string): string {
  if (baseUrl !== undefined) return baseUrl
  throw new LakedeskError('CONFIG_INVALID', `${setting} is not set, so the model cannot be reached. Set it.`)
}

type Reached = Pick<ModelSettings, 'apiKey' | 'workspace'>

/** Key and headers of an endpoint: those that are set, or the credentials of the workspace, asked before every request. */
function credentialsOf({ apiKey, workspace }: Reached, log: Log): Partial<OpenAiEndpoint> {
  if (!workspace) return apiKey ? { apiKey: apiKey.reveal() } : {}
  const { tokenOf, headers, http } = openWorkspace(workspace, log)
  return {
    ...{ apiKey: tokenOf, headers },
    explainMissing: async (model) => explainMissing(model, await listModels(http)),
  }
}

export async function buildEmbeddings(settings: EmbeddingsSettings, data: string, log: Log): Promise<TextEmbeddings> {
  if (settings.name === 'offline') return offlineEmbeddings(data)
  const maxInputTokens = embeddingTokens(settings.name)
  return createOpenAiEmbeddings({
    baseUrl: required(settings.baseUrl, 'LAKEDESK_EMBEDDINGS_BASE_URL'),
    model: settings.name,
    timeoutMs: 60_000,
    log,
    ...credentialsOf(settings, log),
    ...(maxInputTokens ? { maxInputTokens } : {}),
    ...(settings.dimension ? { dimension: settings.dimension } : {}),
  })
}

interface ModelParts {
  settings: ModelSettings
  data: string
  log: Log
}

/** Whoever builds a model has looked it up before. */
function notFoundYet({ workspace }: ModelSettings): LakedeskError {
  return new LakedeskError(
    'MODEL_NOT_FOUND',
    `No chat model was chosen, and none was looked up at ${workspace?.host ?? 'the endpoint'}. Set LAKEDESK_MODEL to the name of a model, or to offline.`,
  )
}

/** The offline model routes and quotes by meaning, with the offline embeddings whatever the index uses. */
export function buildNamed(
  name: string,
  sampling: { temperature?: number; maxTokens: number },
  { settings, data, log }: ModelParts,
): ChatModel {
  if (name === 'offline' || name === OFFLINE_MODEL_NAME) {
    return createOfflineChatModel({ embeddings: offlineEmbeddings(data), log })
  }
  if (name === FOUND_MODEL) throw notFoundYet(settings)
  return createOpenAiChatModel({
    baseUrl: required(settings.baseUrl, 'LAKEDESK_MODEL_BASE_URL'),
    model: name,
    timeoutMs: settings.timeoutMs,
    ...sampling,
    ...credentialsOf(settings, log),
    ...(settings.workspace ? { maxTools: MAX_TOOLS } : {}),
  })
}

/** A model of the endpoint of the settings by its name, as ai_query names one; null where no endpoint is set. */
export function buildEndpointModel(
  name: string,
  sampling: { temperature?: number; maxTokens: number; more?: Readonly<Record<string, unknown>> },
  settings: ModelSettings,
  log: Log,
): ChatModel['model'] | null {
  const { baseUrl, timeoutMs } = settings
  if (baseUrl === undefined) return null
  const { temperature, maxTokens, more } = sampling
  return createOpenAiChatModel({
    ...{ baseUrl, model: name, timeoutMs, maxTokens, streaming: false },
    ...(temperature === undefined ? {} : { temperature }),
    ...(more ? { more } : {}),
    ...credentialsOf(settings, log),
  }).model
}

/** The generation model of a chain, under the chain's own settings; a temperature of the settings goes first. */
export function buildModel(chain: RagChain, parts: ModelParts): ChatModel {
  const temperature = parts.settings.temperature ?? chain.temperature
  const sampling = { maxTokens: chain.maxTokens, ...(temperature === 'none' ? {} : { temperature }) }
  return buildNamed(chain.generationModel, sampling, parts)
}

/** A judge samples as little as it can. */
export function buildJudgeModel(name: string, parts: ModelParts): ChatModel {
  return buildNamed(name, { temperature: 0, maxTokens: 1024 }, parts)
}

/** The product documentation chain with the model of the settings: what a new version is registered from. */
export function currentChain(settings: ModelSettings): RagChain {
  const generationModel = settings.name === 'offline' ? OFFLINE_MODEL_NAME : settings.name
  const temperature = typeof settings.temperature === 'number' ? settings.temperature : PRODUCT_DOCS_RAG.temperature
  return { ...PRODUCT_DOCS_RAG, generationModel, temperature }
}
