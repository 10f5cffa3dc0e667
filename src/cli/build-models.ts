// Builds models and embeddings from the settings, and the model of each version from its chain.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmbeddingsSettings, ModelSettings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createOfflineEmbeddings } from '../platform/local/embeddings/offline-embeddings.ts'
import { createOfflineChatModel, OFFLINE_MODEL_NAME } from '../platform/offline/offline-chat-model.ts'
import { createOpenAiChatModel } from '../platform/openai/create-openai-chat-model.ts'
import { createOpenAiEmbeddings } from '../platform/openai/create-openai-embeddings.ts'
import type { ChatModel, TextEmbeddings } from '../platform/ports/models.ts'
import { PRODUCT_DOCS_RAG, type RagChain } from '../rag/chain.ts'

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
  const known = offline.get(folder) ?? createOfflineEmbeddings({ cacheFolder: folder })
  offline.set(folder, known)
  return known
}

function required(baseUrl: string | undefined, setting: string): string {
  if (baseUrl !== undefined) return baseUrl
  throw new LakedeskError('CONFIG_INVALID', `${setting} is not set, so the model cannot be reached. Set it.`)
}

export async function buildEmbeddings(settings: EmbeddingsSettings, data: string): Promise<TextEmbeddings> {
  if (settings.name === 'offline') return offlineEmbeddings(data)
  return createOpenAiEmbeddings({
    baseUrl: required(settings.baseUrl, 'LAKEDESK_EMBEDDINGS_BASE_URL'),
    model: settings.name,
    timeoutMs: 60_000,
    ...(settings.apiKey ? { apiKey: settings.apiKey.reveal() } : {}),
    ...(settings.dimension ? { dimension: settings.dimension } : {}),
  })
}

interface ModelParts {
  settings: ModelSettings
  data: string
  log: Log
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
  return createOpenAiChatModel({
    baseUrl: required(settings.baseUrl, 'LAKEDESK_MODEL_BASE_URL'),
    model: name,
    timeoutMs: settings.timeoutMs,
    ...sampling,
    ...(settings.apiKey ? { apiKey: settings.apiKey.reveal() } : {}),
  })
}

/** A model of the endpoint of the settings by its name, as ai_query names one; null where no endpoint is set. */
export function buildEndpointModel(
  name: string,
  sampling: { temperature?: number; maxTokens: number; more?: Readonly<Record<string, unknown>> },
  { baseUrl, timeoutMs, apiKey }: ModelSettings,
): ChatModel['model'] | null {
  if (baseUrl === undefined) return null
  const { temperature, maxTokens, more } = sampling
  return createOpenAiChatModel({
    ...{ baseUrl, model: name, timeoutMs, maxTokens, streaming: false },
    ...(temperature === undefined ? {} : { temperature }),
    ...(more ? { more } : {}),
    ...(apiKey ? { apiKey: apiKey.reveal() } : {}),
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
