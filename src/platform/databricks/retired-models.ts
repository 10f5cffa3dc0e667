// Models of the Foundation Model APIs that were retired or replaced, and the facts of those whose limits must be known before a request.

export interface RetiredModel {
  /** Endpoint that takes its place; null where Databricks names none. */
  replacement: string | null
  /** When, as far as it is published. */
  when: string
}

const LLAMA = 'databricks-meta-llama-3-3-70b-instruct'

/**
 * Sources: "Supported foundation models on Model Serving" (Llama 3.1 70B, replaced on 2024-12-11) and "Retired models policy" of the Databricks
 * documentation; DBRX and Mixtral are absent from the list of supported models of 2026-09-29, and the day of their end is not verified.
 */
export const RETIRED_MODELS: Readonly<Record<string, RetiredModel>> = {
  'databricks-meta-llama-3-1-70b-instruct': { replacement: LLAMA, when: 'on 2024-12-11' },
  'databricks-dbrx-instruct': { replacement: LLAMA, when: 'before 2026-09-29' },
  'databricks-mixtral-8x7b-instruct': { replacement: LLAMA, when: 'before 2026-09-29' },
}

/** Names as people know the models, where they were never names of endpoints. */
const KNOWN_AS: readonly [RegExp, string][] = [
  [/dbrx/i, 'databricks-dbrx-instruct'],
  [/llama[-_ ]?v?3[-_. ]1[-_ ]70b/i, 'databricks-meta-llama-3-1-70b-instruct'],
  [/mixtral/i, 'databricks-mixtral-8x7b-instruct'],
]

/** The retired model that a name stands for, such as `dbrx-instruct`; undefined where it was not retired as far as we know. */
export function findRetired(name: string): (RetiredModel & { name: string }) | undefined {
  const known = Object.hasOwn(RETIRED_MODELS, name) ? name : KNOWN_AS.find(([pattern]) => pattern.test(name))?.[1]
  const retired = known === undefined ? undefined : RETIRED_MODELS[known]
  return known !== undefined && retired ? { ...retired, name: known } : undefined
}

/** Tokens that an embedding model reads of one text. Source: "Foundation Model REST API reference"; over-long text is cut without a word. */
const EMBEDDING_TOKENS: readonly [RegExp, number][] = [
  [/bge-large-en/, 512],
  [/gte-large-en/, 8192],
  [/qwen3-embedding/, 32_768],
]

/** Undefined where the model is not known. */
export function embeddingTokens(model: string): number | undefined {
  return EMBEDDING_TOKENS.find(([pattern]) => pattern.test(model))?.[1]
}

/** Models that refuse temperature, top_p and top_k with 400, as far as it is known. */
export function takesNoSampling(name: string): boolean {
  return /claude-sonnet-5/.test(name)
}

/** Functions that one chat request may carry on every model of the Foundation Model APIs. */
export const MAX_TOOLS = 32
