// A hosted model answers the AI functions, and the promoted classifier those calls of ai_classify that it was trained for.
import type { AiAnswer, AiCall, AiEngine } from '../../ports/ai-functions.ts'
import { type ChampionClassifier, type ChampionSource, championFor } from './champion.ts'

export interface PromotedEngineOptions {
  /** Answers everything else. */
  model: AiEngine
  champion: ChampionSource
  /** The offline engine with this version. Asked once per version. */
  createRules(champion: ChampionSource): AiEngine
}

/**
 * A statement keeps the version and the labelled rows that it began with. What the version does not answer stays with the model under its own name,
 * so that nothing is asked and paid for again because a version moved.
 */
export function createPromotedEngine({ model, champion, createRules }: PromotedEngineOptions): AiEngine {
  let made: { digest: string; rules: AiEngine } | null = null
  const rulesOf = (promoted: ChampionClassifier): AiEngine => {
    const digest = `${promoted.model} ${promoted.version} ${promoted.classifier?.digest}`
    if (made?.digest !== digest) made = { digest, rules: createRules(async () => promoted) }
    return made.rules
  }
  const refresh = async (signal: AbortSignal): Promise<AiEngine> => {
    const [promoted, inner] = [await champion(), await model.refresh(signal)]
    if (promoted === null) return inner
    return route(promoted, inner, await rulesOf(promoted).refresh(signal), refresh)
  }
  return { ...toPlain(model), refresh }
}

/** With what it answers now, getters and all. */
function toPlain(engine: AiEngine): AiEngine {
  return {
    get batch() {
      return engine.batch
    },
    get price() {
      return engine.price
    },
    modelOf: (call) => engine.modelOf(call),
    keyPart: (call) => engine.keyPart(call),
    estimate: (call) => engine.estimate(call),
    answer: (calls, signal) => engine.answer(calls, signal),
    refresh: (signal) => engine.refresh(signal),
  }
}

function route(promoted: ChampionClassifier, model: AiEngine, rules: AiEngine, refresh: AiEngine['refresh']): AiEngine {
  const isOurs = (call: AiCall): boolean => call.function === 'ai_classify' && championFor(promoted, call) !== null
  const of = (call: AiCall): AiEngine => (isOurs(call) ? rules : model)
  return {
    ...toPlain(model),
    refresh,
    modelOf: (call) => of(call).modelOf(call),
    keyPart: (call) => of(call).keyPart(call),
    estimate: (call) => of(call).estimate(call),
    async answer(calls, signal) {
      const ours = calls.filter(isOurs)
      const others = calls.filter((call) => !isOurs(call))
      const [first, second] = [
        ours.length > 0 ? await rules.answer(ours, signal) : [],
        others.length > 0 ? await model.answer(others, signal) : [],
      ]
      const answered = new Map<AiCall, AiAnswer | undefined>([
        ...ours.map((call, i): [AiCall, AiAnswer | undefined] => [call, first[i]]),
        ...others.map((call, i): [AiCall, AiAnswer | undefined] => [call, second[i]]),
      ])
      return calls.map(
        (call) =>
          answered.get(call) ?? {
            value: null,
            error: 'No answer was given.',
            usage: { inputTokens: 0, outputTokens: 0 },
          },
      )
    },
  }
}
