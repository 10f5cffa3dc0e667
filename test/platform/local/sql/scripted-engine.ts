// An engine of AI functions whose answers follow from the text, and which counts what it is asked.
import { setTimeout as sleep } from 'node:timers/promises'
import type { AiAnswer, AiCall, AiEngine, AiPrice, Json } from '../../../../src/platform/ports/ai-functions.ts'

export interface ScriptedEngine extends AiEngine {
  /** Every call it was asked for, in order. */
  readonly asked: AiCall[]
  /** Replaces the answer to calls it does not return undefined for; may throw. */
  script: (call: AiCall, signal: AbortSignal) => Promise<AiAnswer | undefined> | AiAnswer | undefined
  version: string
}

const USAGE = { inputTokens: 10, outputTokens: 5 }

/** ai_classify takes the first label that stands in the text, and nothing where none does. */
export function createScriptedEngine(
  options: { latencyMs?: number; price?: AiPrice | null; batch?: number } = {},
): ScriptedEngine {
  const asked: AiCall[] = []
  const engine: ScriptedEngine = {
    asked,
    script: () => undefined,
    version: 'v1',
    batch: options.batch ?? 1,
    price: options.price === undefined ? { input: 1, output: 2 } : options.price,
    modelOf: (call) => (call.function === 'ai_query' ? call.endpoint : 'scripted-model'),
    refresh: async () => engine,
    keyPart: () => engine.version,
    estimate: () => USAGE,
    async answer(calls, signal) {
      if (options.latencyMs) await sleep(options.latencyMs, undefined, { signal })
      signal.throwIfAborted()
      const answers: AiAnswer[] = []
      for (const call of calls) {
        asked.push(call)
        answers.push((await engine.script(call, signal)) ?? { value: answerOf(call), error: null, usage: USAGE })
      }
      return answers
    },
  }
  return engine
}

export function failed(error: string): AiAnswer {
  return { value: null, error, usage: { inputTokens: 10, outputTokens: 0 } }
}

function answerOf(call: AiCall): Json {
  switch (call.function) {
    case 'ai_classify':
      return call.labels
        .map(({ label }) => label)
        .filter((label) => call.content.includes(label))
        .slice(0, call.multilabel ? 20 : 1)
    case 'ai_extract':
      return Object.fromEntries(call.fields.map(({ name }) => [name, valueBehind(call.content, `${name}=`)]))
    case 'ai_similarity':
      return call.left === call.right ? 1 : 0.25
    case 'ai_analyze_sentiment':
      return call.content.includes('!') ? 'negative' : 'neutral'
    case 'ai_query':
      return call.format.kind === 'text' ? `answer to ${call.request}` : { said: call.request }
    case 'ai_gen':
      return `text for ${call.prompt}`
    case 'ai_summarize':
      return call.content.split(' ').slice(0, call.maxWords).join(' ')
    case 'ai_translate':
      return `${call.to}: ${call.content}`
    default:
      return call.content.toUpperCase()
  }
}

function valueBehind(content: string, mark: string): string | null {
  const at = content.indexOf(mark)
  return at < 0 ? null : (/^\S+/.exec(content.slice(at + mark.length))?.[0] ?? null)
}
