// Foundation Model APIs of the local lakehouse: pay-per-token endpoints that chat and embed, by all of their routes.
import type { ChatModel, TextEmbeddings } from '../../ports/models.ts'
import type { SystemEndpoints } from '../system-endpoints.ts'
import { type Call, type Route, required, route } from '../wire.ts'
import { answerStreamed, answerWhole, takeChoices } from './answer-chat.ts'
import { FOUNDATION_ENDPOINTS, type FoundationEndpoint } from './catalogue.ts'
import { answerEmbeddings, embedTexts } from './embed.ts'
import { badRequest, PlainRefusal, readChat } from './read-chat.ts'
import { respondStreamed, respondWhole, toChatArgs } from './responses.ts'

export interface FoundationModels {
  /** Who answers behind every chat endpoint. Answers carry its own name. */
  chat: ChatModel
  /** Who embeds behind every embedding endpoint. */
  embeddings: TextEmbeddings
}

export interface FoundationParts {
  /** Without them there are no endpoints, and every name is unknown. */
  models: FoundationModels | undefined
  now(): number
  system: Pick<SystemEndpoints, 'add'>
  /** Answers for the endpoints that people made. */
  invokeOther(call: Call, name: string): unknown
}

/** Turns texts into vectors as an endpoint does, without the limits of one request. */
export type Embed = (texts: readonly string[]) => Promise<number[][]>

type Answering = (endpoint: FoundationEndpoint, call: Call) => Promise<unknown>

/** Bytes that one request may have. */
const MAX_PAYLOAD = 4 * 1024 * 1024
/** Where clients of OpenAI's form are pointed at. */
const BASES = ['/serving-endpoints', '/serving-endpoints/v1', '/ai-gateway/mlflow/v1', '/ai-gateway/openai/v1']

export function createFoundation({ models, now, system, invokeOther }: FoundationParts) {
  const endpoints = models ? FOUNDATION_ENDPOINTS : []
  const find = (name: string) => endpoints.find((one) => one.name === name)
  const answers = models ? createAnswers(models, now) : undefined

  for (const endpoint of answers ? endpoints : []) {
    const { name, task, entity } = endpoint
    const details = { type: 'FOUNDATION_MODEL', foundation_model: { name: entity, display_name: name } }
    system.add({ name, task, entity, details, invoke: (call) => checked(call, () => answers?.any(endpoint, call)) })
  }

  /** OpenAI's form names the endpoint in the body. */
  const byModel = (answer: Answering | undefined) => (call: Call) => {
    const name = required(call.args, 'model')
    const endpoint = find(name)
    return endpoint && answer ? checked(call, () => answer(endpoint, call)) : invokeOther(call, name)
  }
  const routes: Route[] = BASES.flatMap((base) => [
    route(`POST ${base}/chat/completions`, byModel(answers?.chat)),
    route(`POST ${base}/completions`, byModel(answers?.completion)),
    route(`POST ${base}/responses`, byModel(answers?.responses)),
    route(`POST ${base}/embeddings`, byModel(answers?.embeddings)),
  ])
  return {
    routes,
    /** Undefined where there is no embedding endpoint of this name. */
    embedWith(name: string): Embed | undefined {
      const facts = find(name)?.embedding
      return facts && models && ((texts) => embedTexts(models.embeddings, facts, texts))
    },
  }
}

/** Refuses what is too large, and says plainly what is said in plain text. */
async function checked(call: Call, answer: () => unknown): Promise<unknown> {
  if (call.bytes.length > MAX_PAYLOAD) throw badRequest(`Request size cannot exceed ${MAX_PAYLOAD} bytes.`)
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof PlainRefusal)) throw error
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    return { raw: true, status: error.status, headers, body: String(error.body) }
  }
}

function needTask({ name, task }: FoundationEndpoint, wanted: FoundationEndpoint['task']): void {
  if (task !== wanted) throw badRequest(`Endpoint ${name} has the task ${task}, not ${wanted}.`)
}

function createAnswers({ chat, embeddings }: FoundationModels, now: () => number) {
  const answers = {
    async chat(endpoint: FoundationEndpoint, { args, signal }: Call): Promise<unknown> {
      needTask(endpoint, 'llm/v1/chat')
      const task = { chat, ask: readChat(args, endpoint), signal, now: now() }
      return task.ask.stream ? answerStreamed(task) : answerWhole(task)
    },
    async responses(endpoint: FoundationEndpoint, { args, signal }: Call): Promise<unknown> {
      needTask(endpoint, 'llm/v1/chat')
      const task = { chat, ask: readChat(toChatArgs(args), endpoint), signal, now: now() }
      return task.ask.stream ? respondStreamed(task) : respondWhole(task)
    },
    /** The older form: one prompt, one text. */
    async completion(endpoint: FoundationEndpoint, { args, signal }: Call): Promise<unknown> {
      needTask(endpoint, 'llm/v1/chat')
      const { prompt, ...more } = args
      if (typeof prompt !== 'string') throw badRequest("'prompt' must be a string.")
      if (more.stream === true) throw badRequest(`Endpoint ${endpoint.name} streams chat completions only.`)
      const ask = readChat({ ...more, messages: [{ role: 'user', content: prompt }] }, endpoint)
      const { choices, usage } = await takeChoices({ chat, ask, signal, now: now() })
      return {
        ...{ id: `cmpl_${crypto.randomUUID()}`, object: 'text_completion', model: chat.name, usage },
        created: Math.floor(now() / 1000),
        choices: choices.map(({ text, finish }, index) => ({ index, text, finish_reason: finish, logprobs: null })),
      }
    },
    async embeddings(endpoint: FoundationEndpoint, { args }: Call): Promise<unknown> {
      needTask(endpoint, 'llm/v1/embeddings')
      return answerEmbeddings(embeddings, endpoint, args)
    },
    /** By what the endpoint is for and what the body holds. */
    any(endpoint: FoundationEndpoint, call: Call): Promise<unknown> {
      if (endpoint.embedding) return answers.embeddings(endpoint, call)
      const isPrompt = 'prompt' in call.args && !('messages' in call.args)
      return isPrompt ? answers.completion(endpoint, call) : answers.chat(endpoint, call)
    },
  }
  return answers
}

export type Foundation = ReturnType<typeof createFoundation>
