// Answers the AI functions of SQL through any chat model: one request per distinct input.
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { LakedeskError } from '../../core/errors.ts'
import type { AiAnswer, AiCall, AiEngine, AiPrice } from '../ports/ai-functions.ts'
import type { TextEmbeddings } from '../ports/models.ts'
import { createTaughtEngine } from '../ports/taught-engine.ts'
import type { TaughtRow } from '../ports/taught-rows.ts'
import { type Asked, askModel, type Sampling } from './ask-model.ts'
import { type Chooser, createChooser } from './choose-examples.ts'
import { toDigest } from './fence.ts'
import { answerWithoutModel } from './free-answer.ts'
import { countTokens } from './model-task.ts'
import { toTask } from './to-task.ts'

export interface ModelEngineOptions {
  /** Endpoint that answers all functions but ai_query, which names its own. */
  name: string
  /** A chat model of an endpoint with this sampling; null where there is no endpoint of this name. */
  modelFor(endpoint: string, sampling: Sampling): BaseChatModel | null
  /** Names for the sentence that says an endpoint is unknown. */
  endpoints?: readonly string[]
  /** Labelled rows, oldest first. Read before every statement. */
  examples?(signal: AbortSignal): Promise<readonly TaughtRow[]>
  /** For ai_similarity; without them the model is asked. */
  embeddings?: TextEmbeddings
  price: AiPrice | null
  /** Milliseconds for one request as a whole. */
  timeoutMs: number
}

/** Changes whenever prompts or the reading of answers change: remembered answers are then asked for again. */
const PROMPT_VERSION = 'model-1'
const NOTHING = { inputTokens: 0, outputTokens: 0 }
/** Tokens of a message beside its text. */
const ENVELOPE_TOKENS = 10

/** Two inputs never share a request, so that an instruction inside one cannot touch the answer of another. */
export function createModelEngine(options: ModelEngineOptions): AiEngine {
  const askedByName = new Map<string, Asked>()

  function askedOf(endpoint: string): Asked {
    let asked = askedByName.get(endpoint)
    if (!asked) {
      asked = createAsked(endpoint, options)
      askedByName.set(endpoint, asked)
    }
    return asked
  }

  const modelOf = (call: AiCall): string => {
    if (call.function === 'ai_query') return call.endpoint
    return call.function === 'ai_similarity' && options.embeddings ? options.embeddings.name : options.name
  }

  async function answerOne(call: AiCall, chooser: Chooser, signal: AbortSignal): Promise<AiAnswer> {
    const known = answerWithoutModel(call, chooser)
    if (known) return known
    if (call.function === 'ai_similarity' && options.embeddings) {
      return compareVectors(call.left, call.right, options.embeddings, signal)
    }
    return askModel(askedOf(modelOf(call)), toTask(call, chooser), signal, options.timeoutMs)
  }

  const estimate = (call: AiCall, chooser: Chooser): { inputTokens: number; outputTokens: number } => {
    if (answerWithoutModel(call, chooser)) return NOTHING
    if (call.function === 'ai_similarity' && options.embeddings) {
      return { inputTokens: countTokens(call.left) + countTokens(call.right), outputTokens: 0 }
    }
    const task = toTask(call, chooser)
    const spare = task.mayBeCut ? 0 : (askedByName.get(modelOf(call))?.spareTokens ?? 0)
    const inputTokens = countTokens(task.system ?? '') + countTokens(task.human) + ENVELOPE_TOKENS
    return { inputTokens, outputTokens: task.maxTokens + spare }
  }

  const teach = (rows: readonly TaughtRow[]): AiEngine => {
    const chooser = createChooser()
    chooser.learn(rows)
    return {
      batch: 1,
      price: options.price,
      modelOf,
      refresh: taught.refresh,
      keyPart: (call) => [PROMPT_VERSION, ...toTaughtParts(call, chooser)].join(':'),
      answer: (calls, signal) => Promise.all(calls.map((call) => answerOne(call, chooser, signal))),
      estimate: (call) => estimate(call, chooser),
    }
  }
  const taught = createTaughtEngine(async (signal) => (await options.examples?.(signal)) ?? [], teach)
  return taught
}

/** The labelled rows that matter for a call, as parts of its key. */
function toTaughtParts(call: AiCall, chooser: Chooser): string[] {
  if (call.function === 'ai_classify') {
    const { exact, nearest } = chooser.choose(call)
    if (exact !== null) return ['is', toDigest(exact)]
    return nearest.length === 0 ? [] : [toDigest(...nearest.flatMap(({ text, label }) => [text, label]))]
  }
  if (call.function === 'ai_extract') {
    const { told, nearest } = chooser.chooseFields(call)
    if (told.size + nearest.length === 0) return []
    const like = nearest.flatMap(({ text, values }) => [text, JSON.stringify([...values])])
    return [toDigest(JSON.stringify([...told]), ...like)]
  }
  return []
}

function createAsked(name: string, options: ModelEngineOptions): Asked {
  const models = new Map<string, BaseChatModel>()
  return {
    name,
    takes: { format: true, temperature: true },
    spareTokens: 0,
    taken: new Map(),
    refusals: 0,
    modelWith(sampling) {
      const key = JSON.stringify(sampling)
      let model = models.get(key)
      if (!model) {
        const made = options.modelFor(name, sampling)
        if (made === null) throw toUnknownEndpoint(name, options.endpoints ?? [])
        // Limits differ from text to text; a client is cheap to make again.
        if (models.size >= 100) models.clear()
        models.set(key, made)
        model = made
      }
      return model
    },
  }
}

function toUnknownEndpoint(name: string, endpoints: readonly string[]): LakedeskError {
  const known = endpoints.length > 0 ? ` There are: ${endpoints.join(', ')}.` : ''
  return new LakedeskError(
    'MODEL_NOT_FOUND',
    `There is no model endpoint "${name}": it was never there, or has been retired.${known} Name one of them in the statement.`,
  )
}

/** Cosine of unit vectors, as FLOAT from 0 to 1. */
async function compareVectors(
  left: string,
  right: string,
  embeddings: TextEmbeddings,
  signal: AbortSignal,
): Promise<AiAnswer> {
  signal.throwIfAborted()
  const [a = [], b = []] = await embeddings.embedDocuments([left, right])
  signal.throwIfAborted()
  let dot = 0
  for (let i = 0; i < a.length; i++) dot += (a[i] ?? 0) * (b[i] ?? 0)
  const usage = { inputTokens: countTokens(left) + countTokens(right), outputTokens: 0 }
  return { value: Math.min(1, Math.max(0, dot)), error: null, usage }
}
