// Puts one task to a chat model: evens out what endpoints do not take, reads the answer, and asks once more where it is of no use.
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from '@langchain/core/messages'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { statusOf } from '../../core/model-fault.ts'
import type { AiAnswer, Json } from '../ports/ai-functions.ts'
import { type ModelTask, UnusableAnswer } from './model-task.ts'

/** Sampling and limit of one request; absent temperature: the endpoint's own. */
export interface Sampling {
  temperature?: number
  maxTokens: number
  more?: Readonly<Record<string, Json>>
}

/** Whether a request names the form of its answer, and a temperature. */
export interface Takes {
  format: boolean
  temperature: boolean
}

/** One endpoint, and what is known of it since the process started. */
export interface Asked {
  readonly name: string
  modelWith(sampling: Sampling): BaseChatModel
  /** What a form of answer that was not asked for yet is tried with. */
  takes: Takes
  /** Tokens that its answers need beyond their text, such as for reasoning. */
  spareTokens: number
  /** By form of answer, how it was taken: where a request of such a form is refused, the fault lies in what was asked. */
  readonly taken: Map<string, Takes>
  /** Requests that it refused as wrong before it took any. */
  refusals: number
}

/** What a cut-off answer is given in addition at the second try. */
const SPARE_TOKENS = 2000
/** So many refusals and nothing taken: it is the settings and not the calls. */
const MAX_REFUSALS = 20
const MAX_TAKEN = 1000

interface Heard {
  text: string
  finish: string | undefined
  inputTokens: number
  outputTokens: number
}

/**
 * At most one repair: a second request that says what was wrong with the first answer. What stays unusable, is cut off, filtered, or
 * refused for this input is the `error` of the answer. Throws MODEL_* for all else, AI_FUNCTION_FAILED after many refusals and no answer.
 */
export async function askModel(
  asked: Asked,
  task: ModelTask,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<AiAnswer> {
  const usage = { inputTokens: 0, outputTokens: 0 }
  const messages = toMessages(task)
  let fault = ''
  for (let attempt = 0; attempt < 2; attempt++) {
    let heard: Heard
    try {
      heard = await requestAsTaken(asked, task, messages, signal, timeoutMs)
    } catch (error) {
      signal.throwIfAborted()
      if (!isOfThisCall(error)) throw error
      countRefusal(asked, error)
      fault = error.userMessage
      // Nothing at all is worth one more try, a refusal is not.
      if (statusOf(error) !== undefined) break
      continue
    }
    usage.inputTokens += heard.inputTokens
    usage.outputTokens += heard.outputTokens
    try {
      return { ...readHeard(asked, task, heard), error: null, usage }
    } catch (error) {
      if (!(error instanceof UnusableAnswer)) throw error
      fault = error.message
      if (heard.finish === 'content_filter') break
      if (heard.finish !== 'length') messages.push(...toRepair(heard, fault))
    }
  }
  return { value: null, error: fault, usage }
}

function toMessages(task: ModelTask): BaseMessage[] {
  return [...(task.system === null ? [] : [new SystemMessage(task.system)]), new HumanMessage(task.human)]
}

function toRepair(heard: Heard, fault: string): BaseMessage[] {
  const wrong = `Your reply could not be used. ${fault} Reply again, in the form asked for and nothing else.`
  // An empty reply cannot be shown to the model: endpoints refuse it.
  return [...(heard.text.trim() === '' ? [] : [new AIMessage(heard.text)]), new HumanMessage(wrong)]
}

function readHeard(asked: Asked, task: ModelTask, heard: Heard): Pick<AiAnswer, 'value' | 'confidence'> {
  if (heard.finish === 'content_filter') throw new UnusableAnswer('The model endpoint filtered the answer out.')
  if (heard.finish === 'length' && !task.mayBeCut) {
    asked.spareTokens = SPARE_TOKENS
    throw new UnusableAnswer(`The model's answer was cut off after ${heard.outputTokens || task.maxTokens} tokens.`)
  }
  if (heard.text.trim() === '') throw new UnusableAnswer('The model returned an empty answer.')
  return task.read(heard.text)
}

/** Where the endpoint refuses the request (HTTP 400, 422), tries without response format, then without temperature, and keeps in mind what it took. */
async function requestAsTaken(
  asked: Asked,
  task: ModelTask,
  messages: readonly BaseMessage[],
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Heard> {
  const form = JSON.stringify(task.format)
  const known = asked.taken.get(form)
  let { format, temperature } = known ?? asked.takes
  if (task.format === null) format = false
  for (;;) {
    try {
      const heard = await request(asked, task, messages, { format, temperature }, signal, timeoutMs)
      if (!known) keepTaken(asked, task, form, { format, temperature })
      return heard
    } catch (error) {
      const status = error instanceof LakedeskError ? statusOf(error) : undefined
      if ((status !== 400 && status !== 422) || known) throw error
      const words = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
      const isSampling = /temperature|top_p|top_k|sampling/i.test(words)
      if (temperature && (isSampling || !format)) temperature = false
      else if (format) format = false
      else throw error
    }
  }
}

/** One schema that was refused says nothing of others where some was taken. */
function keepTaken(asked: Asked, task: ModelTask, form: string, takes: Takes): void {
  const isEver = task.format === null || takes.format || [...asked.taken.values()].some(({ format }) => format)
  asked.takes = { format: isEver ? asked.takes.format : false, temperature: takes.temperature }
  if (asked.taken.size < MAX_TAKEN) asked.taken.set(form, takes)
}

const metadataSchema = z.looseObject({ finish_reason: z.string().nullish() })

async function request(
  asked: Asked,
  task: ModelTask,
  messages: readonly BaseMessage[],
  takes: Takes,
  outer: AbortSignal,
  timeoutMs: number,
): Promise<Heard> {
  const model = asked.modelWith({
    maxTokens: task.maxTokens + (task.mayBeCut ? 0 : asked.spareTokens),
    ...(takes.temperature ? { temperature: task.temperature ?? 0 } : {}),
    ...(task.more ? { more: task.more } : {}),
  })
  // The client's own limit ends when the answer begins; this one ends with it.
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([outer, limit])
  const options = { signal, ...(takes.format ? { response_format: toResponseFormat(task.format) } : {}) }
  try {
    const answer = await model.invoke(takes.format ? [...messages] : withSchema(task, messages), options)
    return {
      text: answer.text,
      finish: metadataSchema.safeParse(answer.response_metadata).data?.finish_reason ?? undefined,
      inputTokens: answer.usage_metadata?.input_tokens ?? 0,
      outputTokens: answer.usage_metadata?.output_tokens ?? 0,
    }
  } catch (error) {
    outer.throwIfAborted()
    if (!limit.aborted) throw error
    throw new LakedeskError(
      'MODEL_TIMEOUT',
      `The model ${asked.name} did not answer within ${timeoutMs / 1000} s. It may be starting or overloaded: please try again, or raise the model timeout.`,
      error,
    )
  }
}

function toResponseFormat(format: ModelTask['format']): unknown {
  if (format === 'object' || format === null) return { type: 'json_object' }
  return { type: 'json_schema', json_schema: { name: format.name, schema: format.schema, strict: true } }
}

/** Says in words what a response format would say; the prompts of our own functions say it anyway. */
function withSchema(task: ModelTask, messages: readonly BaseMessage[]): BaseMessage[] {
  if (task.format === null || task.system !== null) return [...messages]
  const shape = task.format === 'object' ? '' : ` that fits this JSON schema:\n${JSON.stringify(task.format.schema)}`
  return [new SystemMessage(`Reply with one JSON object and nothing else${shape}`), ...messages]
}

/** An answer that cannot be read, or a request that is refused for what is in it: too long, filtered, malformed. */
function isOfThisCall(error: unknown): error is LakedeskError {
  if (!(error instanceof LakedeskError)) return false
  if (error.code === 'MODEL_EMPTY') return true
  return error.code === 'MODEL_FAILED' && (statusOf(error) ?? 400) < 500
}

function countRefusal(asked: Asked, error: LakedeskError): void {
  if (asked.taken.size > 0) return
  asked.refusals += 1
  if (asked.refusals < MAX_REFUSALS) return
  // The next statement tries again.
  asked.refusals = 0
  const sentence = `The model ${asked.name} refused the first ${MAX_REFUSALS} requests, so no more were sent. The last time: ${error.userMessage}`
  throw new LakedeskError('AI_FUNCTION_FAILED', sentence, error)
}
