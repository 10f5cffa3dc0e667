// Builds everything that answers questions, from checked settings: index, model, tools, agent, store, conversation core.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAnswerAgent } from '../agent/create-answer-agent.ts'
import type { EmbeddingsSettings, ModelSettings, Settings } from '../config/settings.ts'
import { createConversation } from '../conversation/create-conversation.ts'
import type { Conversation } from '../conversation/port.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createOfflineEmbeddings } from '../platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../platform/local/index/local-index.ts'
import { createOfflineChatModel } from '../platform/offline/offline-chat-model.ts'
import { createOpenAiChatModel } from '../platform/openai/create-openai-chat-model.ts'
import { createOpenAiEmbeddings } from '../platform/openai/create-openai-embeddings.ts'
import type { ChatModel, TextEmbeddings } from '../platform/ports/models.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { describeChain, PRODUCT_DOCS_RAG } from '../rag/chain.ts'
import { createRetriever } from '../rag/retriever.ts'
import type { Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { createTools } from '../tools/index.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export const INDEX_FILE = 'index.db'
export const STORE_FILE = 'store.db'

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

/** One for the index and the offline model: loading the model file twice would cost time and memory for nothing. */
function offlineEmbeddings(data: string): TextEmbeddings {
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

/** The offline model routes and quotes by meaning, with the offline embeddings whatever the index uses. */
export function buildModel(settings: ModelSettings, data: string, log: Log): ChatModel {
  if (settings.name === 'offline') {
    return createOfflineChatModel({ embeddings: offlineEmbeddings(data), log })
  }
  const temperature = settings.temperature ?? PRODUCT_DOCS_RAG.temperature
  return createOpenAiChatModel({
    baseUrl: required(settings.baseUrl, 'LAKEDESK_MODEL_BASE_URL'),
    model: settings.name,
    timeoutMs: settings.timeoutMs,
    maxTokens: PRODUCT_DOCS_RAG.maxTokens,
    ...(temperature === 'none' ? {} : { temperature }),
    ...(settings.apiKey ? { apiKey: settings.apiKey.reveal() } : {}),
  })
}

export async function openIndex(settings: Settings, log: Log, readOnly: boolean): Promise<VectorIndex> {
  const embeddings = await buildEmbeddings(settings.embeddings, settings.data)
  return createLocalIndex({ file: join(resolve(settings.data), INDEX_FILE), embeddings, log, readOnly })
}

export interface Answering {
  conversation: Conversation
  store: Store
  index: VectorIndex
  /** Waits for running answers, once. */
  drain(): Promise<void>
  /** Drains where that has not been done, and closes store and index. */
  close(): Promise<void>
}

export interface AnsweringOptions {
  settings: Settings
  log: Log
  index: VectorIndex
  /** `memory`: nothing is kept, so that one-shot commands run beside a server and beside each other. */
  store: 'file' | 'memory'
}

/** Throws STORE_* where the store cannot be opened. */
export function buildAnswering({ settings, log, index, store: kind }: AnsweringOptions): Answering {
  const file = kind === 'memory' ? ':memory:' : join(resolve(settings.data), STORE_FILE)
  const store = openSqliteStore({ file, log })
  const retriever = createRetriever({ index, chain: PRODUCT_DOCS_RAG })
  const agent = createAnswerAgent({
    model: buildModel(settings.model, settings.data, log),
    tools: createTools({ retrieve: retriever.retrieve }),
    audit: store.audit,
    systemPrompt: PRODUCT_DOCS_RAG.systemPrompt,
    version: describeChain(PRODUCT_DOCS_RAG),
    log,
    timeoutMs: settings.model.timeoutMs,
  })
  const conversation = createConversation({
    store,
    agent,
    log,
    limits: { concurrency: settings.concurrency },
    modelTimeoutMs: settings.model.timeoutMs,
  })
  let drained: Promise<void> | undefined
  const drain = (): Promise<void> => {
    drained ??= conversation.drain()
    return drained
  }
  return {
    conversation,
    store,
    index,
    drain,
    async close() {
      await drain()
      await index.close()
      await store.close()
    },
  }
}
