// The port of the models: langchain's own classes, so that any of its drivers fits.
import type { EmbeddingsInterface } from '@langchain/core/embeddings'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'

/** Turns text into unit vectors. `name` identifies the vectors: an index refuses others than those it was built with. */
export interface TextEmbeddings extends EmbeddingsInterface<number[] | Float32Array> {
  readonly name: string
  readonly dimension: number
}

export interface ChatModel {
  readonly model: BaseChatModel
  /** Name as people know it, such as `databricks-meta-llama-3-3-70b-instruct` or `offline-extractive`. */
  readonly name: string
  /** True where the model quotes the documentation instead of writing: the footer says so. */
  readonly quotesOnly: boolean
}

/** Inputs per embedding request that every known endpoint takes (Databricks refuses more than 150). */
export const EMBEDDING_BATCH = 150
