// The pay-per-token endpoints of the local lakehouse: names, limits, and names that were retired.

/** `gte` vectors are longer than 1, and its over-long input is cut; `qwen3` refuses over-long input. */
export interface EmbeddingFacts {
  /** Length of every vector. */
  norm: number
  maxTokens: number
  tooLong: 'cut' | 'refused'
  /** True where `dimensions` may ask for fewer numbers. */
  shortens: boolean
}

export interface FoundationEndpoint {
  name: string
  /** Name in Unity Catalog. */
  entity: string
  task: 'llm/v1/chat' | 'llm/v1/embeddings'
  /** Most that one answer may hold, in tokens. Of chat alone. */
  maxTokens: number
  /** `strict` in the schema of a tool is refused by all models but GPT. */
  takesStrict: boolean
  embedding?: EmbeddingFacts
}

const chat = (name: string, entity: string, maxTokens: number, takesStrict: boolean): FoundationEndpoint => ({
  name,
  entity,
  task: 'llm/v1/chat',
  maxTokens,
  takesStrict,
})
const vectors = (name: string, entity: string, embedding: EmbeddingFacts): FoundationEndpoint => ({
  name,
  entity,
  task: 'llm/v1/embeddings',
  maxTokens: 0,
  takesStrict: false,
  embedding,
})

/** The numbers are those of the endpoints of these names. That BGE cuts what is too long is not verified. */
export const FOUNDATION_ENDPOINTS: readonly FoundationEndpoint[] = [
  chat('databricks-meta-llama-3-3-70b-instruct', 'system.ai.llama_v3_3_70b_instruct', 8192, false),
  chat('databricks-gpt-oss-20b', 'system.ai.gpt_oss_20b', 25_000, true),
  vectors('databricks-gte-large-en', 'system.ai.gte_large_en_v1_5', {
    norm: 24,
    maxTokens: 8192,
    tooLong: 'cut',
    shortens: false,
  }),
  vectors('databricks-bge-large-en', 'system.ai.bge_large_en_v1_5', {
    norm: 1,
    maxTokens: 512,
    tooLong: 'cut',
    shortens: false,
  }),
  vectors('databricks-qwen3-embedding-0-6b', 'system.ai.qwen3_embedding_0_6b', {
    norm: 1,
    maxTokens: 32_768,
    tooLong: 'refused',
    shortens: true,
  }),
]
