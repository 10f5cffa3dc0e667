// The port of what answers the AI functions of SQL: a model behind an endpoint, or the offline rules.

export const AI_FUNCTIONS = [
  'ai_classify',
  'ai_extract',
  'ai_summarize',
  'ai_query',
  'ai_analyze_sentiment',
  'ai_similarity',
  'ai_gen',
  'ai_fix_grammar',
  'ai_mask',
  'ai_translate',
] as const
export type AiFunctionName = (typeof AI_FUNCTIONS)[number]

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface AiLabel {
  label: string
  description?: string
}

export type ExtractType = 'string' | 'integer' | 'number' | 'boolean' | 'enum' | 'object' | 'array'

export interface ExtractField {
  name: string
  type: ExtractType
  description?: string
  /** Of an enum. */
  labels?: readonly string[]
  /** Of an object. */
  properties?: readonly ExtractField[]
  /** Of an array. */
  items?: ExtractField
}

/** Sampling of ai_query; absent fields are the endpoint's own. */
export interface AiModelParameters {
  maxTokens?: number
  temperature?: number
  /** Others, as the endpoint takes them. */
  more?: Readonly<Record<string, Json>>
}

/** One distinct call, its arguments checked and never NULL. */
export type AiCall =
  | {
      function: 'ai_classify'
      content: string
      labels: readonly AiLabel[]
      multilabel: boolean
      instructions?: string
    }
  | {
      function: 'ai_extract'
      content: string
      fields: readonly ExtractField[]
      instructions?: string
      citations: boolean
      confidenceScores: boolean
    }
  | { function: 'ai_summarize'; content: string; maxWords: number }
  | {
      function: 'ai_query'
      endpoint: string
      request: string
      parameters: AiModelParameters
      /** A JSON schema the answer must fit, or `json` for any JSON object. */
      format: { kind: 'text' } | { kind: 'json' } | { kind: 'schema'; name: string; schema: Json }
    }
  | { function: 'ai_analyze_sentiment'; content: string }
  | { function: 'ai_similarity'; left: string; right: string }
  | { function: 'ai_gen'; prompt: string }
  | { function: 'ai_fix_grammar'; content: string }
  | { function: 'ai_mask'; content: string; labels: readonly string[] }
  | { function: 'ai_translate'; content: string; to: string }

/**
 * What came back. `value` by function: ai_classify an array of chosen labels (empty: undecidable), ai_extract an object with every field
 * (null: not found), ai_similarity a number from 0 to 1, ai_query text or, under a format, what the JSON holds, all others text; null
 * where there is nothing to say. With an `error` (one sentence) the value is null and the fault is in this call alone.
 */
export interface AiAnswer {
  value: Json
  error: string | null
  /** From 0 to 1, how sure; absent where nobody can tell. Of ai_extract by field. */
  confidence?: number | Readonly<Record<string, number>>
  usage: { inputTokens: number; outputTokens: number }
}

/** A text and what it is. */
export interface LabelledRow {
  text: string
  label: string
}

export interface AiPrice {
  /** US dollars per million tokens. */
  input: number
  output: number
}

export interface AiEngine {
  /** Model that would answer this call. Part of the key of every remembered answer. */
  modelOf(call: AiCall): string
  /** Reads what may change between statements, such as labelled rows, and gives the engine for one statement: its answers and keys stay the same, whatever changes. */
  refresh(signal: AbortSignal): Promise<AiEngine>
  /** What beside model and arguments decides the answer: the version of prompt or rules, and the labelled rows that matter for this call. */
  keyPart(call: AiCall): string
  /** Calls that are best given together, such as to an embedding model; 1: each for itself. */
  readonly batch: number
  /**
   * One answer per call, in order. What is wrong with one call alone is its `error`. Throws what concerns all of them: MODEL_* (MODEL_BUSY may be
   * tried again), AI_FUNCTION_FAILED; rejects with the reason of the signal.
   */
  answer(calls: readonly AiCall[], signal: AbortSignal): Promise<AiAnswer[]>
  /** Tokens that a call would take: input counted roughly, output at most. 0 where no model is asked. */
  estimate(call: AiCall): { inputTokens: number; outputTokens: number }
  /** Null where it is not configured; zeros where no model is asked. */
  readonly price: AiPrice | null
}
