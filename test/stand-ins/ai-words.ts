// An AI engine that needs no model: it chooses labels by the words they share with a text, and notes every call. For tests alone.
import type { AiAnswer, AiCall, AiEngine, Json } from '../../src/platform/ports/ai-functions.ts'

export function createWordEngine(): AiEngine & { calls: AiCall[] } {
  const calls: AiCall[] = []
  return {
    calls,
    modelOf: () => 'words',
    refresh: async () => {},
    keyPart: () => '1',
    batch: 100,
    async answer(asked) {
      calls.push(...asked)
      return asked.map(toAnswer)
    },
    estimate: () => ({ inputTokens: 0, outputTokens: 0 }),
    price: { input: 0, output: 0 },
  }
}

function toAnswer(call: AiCall): AiAnswer {
  return { value: toValue(call), error: null, usage: { inputTokens: 0, outputTokens: 0 } }
}

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[a-z]{4,}/g) ?? [])

function toValue(call: AiCall): Json {
  switch (call.function) {
    case 'ai_classify': {
      const words = wordsOf(call.content)
      const shared = ({ label, description = '' }: { label: string; description?: string }): number =>
        [...wordsOf(`${label} ${description}`)].filter((word) => words.has(word)).length
      const best = call.labels.reduce((left, right) => (shared(right) > shared(left) ? right : left))
      return [shared(best) > 0 ? best.label : (call.labels.at(-1)?.label ?? '')]
    }
    case 'ai_extract':
      return Object.fromEntries(call.fields.map(({ name }) => [name, /\b[A-Z]+-\d+\b/.exec(call.content)?.[0] ?? null]))
    case 'ai_summarize':
      return call.content
        .split(/\s+/)
        .slice(0, call.maxWords || undefined)
        .join(' ')
    case 'ai_query':
      return call.format.kind === 'text' ? call.request.slice(-20) : { sentiment: 'neutral' }
    case 'ai_analyze_sentiment':
      return 'neutral'
    case 'ai_similarity':
      return call.left === call.right ? 1 : 0
    case 'ai_gen':
      return call.prompt
    default:
      return call.content
  }
}
