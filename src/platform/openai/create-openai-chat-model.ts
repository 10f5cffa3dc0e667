// A chat model behind any OpenAI-compatible endpoint: Databricks, OpenAI, Ollama, vLLM, llama.cpp.
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import type { ChatGenerationChunk } from '@langchain/core/outputs'
import { ChatOpenAICompletions } from '@langchain/openai'
import type OpenAI from 'openai'
import { APIError } from 'openai'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { ChatModel } from '../ports/models.ts'
import { createEndpointFetch, type OpenAiEndpoint, toBaseUrl } from './endpoint-fetch.ts'
import { explainModelError } from './to-model-error.ts'

export interface OpenAiChatOptions extends OpenAiEndpoint {
  /** Left out of the request where not given: some models refuse any sampling setting. */
  temperature?: number
  maxTokens?: number
  /** Other fields of the request, as the endpoint takes them. */
  more?: Readonly<Record<string, unknown>>
  /** False for endpoints that cannot stream. */
  streaming?: boolean
  /** Most tools that one request may carry; more are refused before anything is sent. */
  maxTools?: number
}

/** Speaks /chat/completions only, whatever the model is called. All failures are LakedeskErrors of the MODEL_ family. */
export function createOpenAiChatModel(options: OpenAiChatOptions): ChatModel {
  const endpoint = { ...options, baseUrl: toBaseUrl(options.baseUrl) }
  return { model: new EndpointChatModel(endpoint), name: options.model, quotesOnly: false }
}

type Delta = Parameters<ChatOpenAICompletions['_convertCompletionsDeltaToBaseMessageChunk']>[0]
type Message = Parameters<ChatOpenAICompletions['_convertCompletionsMessageToBaseMessage']>[0]
type CallOptions = ChatOpenAICompletions['ParsedCallOptions']
type RequestOptions = OpenAI.RequestOptions
type StreamedRequest = OpenAI.Chat.ChatCompletionCreateParamsStreaming
type StreamedChunk = OpenAI.Chat.Completions.ChatCompletionChunk
type WholeRequest = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming
type WholeAnswer = OpenAI.Chat.Completions.ChatCompletion

/** langchain's completions model with the endpoints' differences evened out; a class because langchain extends by class. */
class EndpointChatModel extends ChatOpenAICompletions {
  readonly #endpoint: OpenAiChatOptions

  constructor(options: OpenAiChatOptions) {
    super({
      model: options.model,
      // The client insists on a key; servers that want none ignore it.
      apiKey: typeof options.apiKey === 'string' ? options.apiKey : 'none',
      timeout: options.timeoutMs,
      // Whether to try again is the caller's decision: it alone knows whether text was already shown.
      maxRetries: 0,
      disableStreaming: options.streaming === false,
      configuration: {
        baseURL: options.baseUrl,
        fetch: createEndpointFetch(options),
        organization: null,
        project: null,
        // What goes wrong is thrown; the client shall not print it beside.
        logLevel: 'off',
      },
      ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
      ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
      ...(options.more === undefined ? {} : { modelKwargs: { ...options.more } }),
    })
    this.#endpoint = options
  }

  override async _generate(
    messages: BaseMessage[],
    options: CallOptions,
    runManager?: CallbackManagerForLLMRun,
  ): ReturnType<ChatOpenAICompletions['_generate']> {
    try {
      const result = await super._generate(messages.map(fillEmptyText), options, runManager)
      if (result.generations.length === 0) throw new Error('it holds no answer')
      return result
    } catch (error) {
      throw await explainModelError(error, this.#endpoint)
    }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: CallOptions,
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    try {
      let chunks = 0
      let finished = false
      for await (const chunk of super._streamResponseChunks(messages.map(fillEmptyText), options, runManager)) {
        chunks++
        finished ||= typeof chunk.generationInfo?.finish_reason === 'string'
        yield chunk
      }
      if (options.signal?.aborted) return
      if (chunks === 0) throw new Error('it holds no answer')
      // A connection may also end in good order before the answer does: half of it must not pass for the whole.
      if (!finished) throw brokenOff(this.#endpoint)
    } catch (error) {
      throw await explainModelError(error, this.#endpoint)
    }
  }

  override invocationParams(
    options: CallOptions,
    extra?: { streaming?: boolean },
  ): ReturnType<ChatOpenAICompletions['invocationParams']> {
    const params = super.invocationParams(options, extra)
    checkTools(params.tools?.length ?? 0, this.#endpoint)
    // Models other than GPT refuse `strict` in a tool's schema.
    for (const tool of params.tools ?? []) if (tool.type === 'function') delete tool.function.strict
    return params
  }

  /**
   * langchain has the client parse what comes under a JSON schema, which throws away an answer that is no JSON, with its usage and the
   * reason for its end: here the answer is handed on as it came, and whoever asked reads it.
   */
  override completionWithRetry(
    request: StreamedRequest,
    options?: RequestOptions,
  ): Promise<AsyncIterable<StreamedChunk>>
  override completionWithRetry(request: WholeRequest, options?: RequestOptions): Promise<WholeAnswer>
  override async completionWithRetry(
    request: StreamedRequest | WholeRequest,
    options?: RequestOptions,
  ): Promise<AsyncIterable<StreamedChunk> | WholeAnswer> {
    if (request.stream) return refusingErrors(await super.completionWithRetry(request, options))
    // Makes the client, so it stands before the use of it.
    const clientOptions = this._getClientOptions({ ...options, maxRetries: 0 })
    return this.client.chat.completions.create(request, clientOptions)
  }

  protected override _convertCompletionsDeltaToBaseMessageChunk(
    delta: Delta,
    ...rest: Rest<ChatOpenAICompletions['_convertCompletionsDeltaToBaseMessageChunk']>
  ) {
    return super._convertCompletionsDeltaToBaseMessageChunk({ ...delta, content: toText(delta.content) }, ...rest)
  }

  protected override _convertCompletionsMessageToBaseMessage(
    message: Message,
    ...rest: Rest<ChatOpenAICompletions['_convertCompletionsMessageToBaseMessage']>
  ) {
    return super._convertCompletionsMessageToBaseMessage({ ...message, content: toText(message.content) }, ...rest)
  }
}

const errorEventSchema = z.object({ error_code: z.union([z.string(), z.number()]), message: z.string().default('') })

/** Databricks' own form of an error, `{error_code, message}`, is an event like any other to the client. */
async function* refusingErrors(chunks: AsyncIterable<StreamedChunk>): AsyncGenerator<StreamedChunk> {
  for await (const chunk of chunks) {
    const event = errorEventSchema.safeParse(chunk).data
    if (event) {
      const { error_code: code, message } = event
      throw new APIError(undefined, { code, message: message || String(code) }, undefined, undefined)
    }
    yield chunk
  }
}

function brokenOff({ model, baseUrl }: OpenAiEndpoint): LakedeskError {
  return new LakedeskError(
    'MODEL_FAILED',
    `The answer of the model ${model} at ${baseUrl} broke off in the middle, so it is not whole. Please ask again; if it stays so, look at what stands between Lakedesk and the endpoint.`,
    new Error('the stream ended without a reason'),
  )
}

function checkTools(count: number, { model, baseUrl, maxTools = Number.POSITIVE_INFINITY }: OpenAiChatOptions): void {
  if (count <= maxTools) return
  throw new LakedeskError(
    'MODEL_FAILED',
    `The model ${model} at ${baseUrl} takes at most ${maxTools} tools in one request, and ${count} were to be sent, so nothing was. Offer fewer tools.`,
  )
}

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never

/** Claude on Databricks refuses empty assistant text beside tool calls; one space is taken everywhere. */
function fillEmptyText(message: BaseMessage): BaseMessage {
  if (!AIMessage.isInstance(message) || message.tool_calls?.length === 0 || toText(message.content) !== '')
    return message
  return new AIMessage({ content: ' ', tool_calls: message.tool_calls ?? [] })
}

/** Databricks answers some models with content parts, reasoning among them: only the text is the answer. */
function toText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (part?.type === 'text' && typeof part.text === 'string' ? part.text : '')).join('')
}
