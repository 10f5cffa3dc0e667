// Embeddings from any OpenAI-compatible endpoint, as unit vectors, with over-long texts averaged and never cut.
import OpenAI from 'openai'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { EMBEDDING_BATCH, type TextEmbeddings } from '../ports/models.ts'
import { createEndpointFetch, type OpenAiEndpoint, toBaseUrl } from './endpoint-fetch.ts'
import { splitForEmbedding } from './split-for-embedding.ts'
import { explainModelError } from './to-model-error.ts'

export interface OpenAiEmbeddingsOptions extends OpenAiEndpoint {
  /** Length of the vectors; asked of the endpoint with one request where not given. */
  dimension?: number
  /** What the model reads of one text. Default 512, the smallest of the known models: longer texts are split. */
  maxInputTokens?: number
  /** Tries after the first on 429, 5xx and lost connections, with backoff and Retry-After. Default 4. */
  maxRetries?: number
  log?: Log
}

const responseSchema = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()) })),
})

/** Rejects with a MODEL_ error where the endpoint fails, EMBEDDINGS_FAILED where its vectors are unusable. */
export async function createOpenAiEmbeddings(options: OpenAiEmbeddingsOptions): Promise<TextEmbeddings> {
  const endpoint = { ...options, baseUrl: toBaseUrl(options.baseUrl) }
  const embed = createRequest(endpoint)
  const dimension = options.dimension ?? (await embed(['dimension']))[0]?.length ?? 0
  const { model, maxInputTokens: maxTokens = 512, log = silentLog } = options

  async function embedDocuments(texts: string[]): Promise<number[][]> {
    const split = texts.map((text) => splitForEmbedding(text, maxTokens))
    const long = split.filter((parts) => parts.length > 1).length
    // What is longer than the model reads would be cut there without a word: its parts are averaged instead.
    if (long > 0)
      log.warn('texts are longer than the embedding model reads: their parts are averaged', {
        model,
        maxTokens,
        texts: long,
      })
    const parts = split.flatMap((all, at) => all.map((part) => ({ at, part })))
    const vectors: number[][] = []
    for (let from = 0; from < parts.length; from += EMBEDDING_BATCH) {
      vectors.push(...(await embed(parts.slice(from, from + EMBEDDING_BATCH).map(({ part }) => part))))
    }
    const sums = texts.map(() => new Array<number>(dimension).fill(0))
    parts.forEach(({ at, part }, i) => {
      addInto(sums[at] ?? [], toUnit(checked(vectors[i], dimension, endpoint)), part.length)
    })
    return sums.map(toUnit)
  }

  return {
    name: options.model,
    dimension,
    embedDocuments,
    embedQuery: async (text) => (await embedDocuments([text]))[0] ?? [],
  }
}

function createRequest(endpoint: OpenAiEmbeddingsOptions): (input: string[]) => Promise<number[][]> {
  const client = new OpenAI({
    apiKey: typeof endpoint.apiKey === 'string' ? endpoint.apiKey : 'none',
    baseURL: endpoint.baseUrl,
    timeout: endpoint.timeoutMs,
    maxRetries: endpoint.maxRetries ?? 4,
    fetch: createEndpointFetch(endpoint),
    organization: null,
    project: null,
    // What goes wrong is thrown; the client shall not print it beside.
    logLevel: 'off',
  })
  return async (input) => {
    let answer: unknown
    try {
      answer = await client.embeddings.create({ model: endpoint.model, input, encoding_format: 'float' })
    } catch (error) {
      throw await explainModelError(error, endpoint)
    }
    const parsed = responseSchema.safeParse(answer)
    if (!parsed.success || parsed.data.data.length !== input.length) {
      throw unusable(endpoint, `it did not return ${input.length} vectors`, parsed.error)
    }
    return parsed.data.data.sort((a, b) => a.index - b.index).map(({ embedding }) => embedding)
  }
}

function checked(vector: number[] | undefined, dimension: number, endpoint: OpenAiEndpoint): number[] {
  if (vector?.length === dimension && vector.every(Number.isFinite)) return vector
  throw unusable(endpoint, `a vector has ${vector?.length ?? 0} numbers instead of ${dimension}`)
}

function unusable({ model, baseUrl }: OpenAiEndpoint, why: string, cause?: unknown): LakedeskError {
  return new LakedeskError(
    'EMBEDDINGS_FAILED',
    `The vectors of ${model} at ${baseUrl} cannot be used: ${why}. Check that this is an embedding model and the configured dimension.`,
    cause,
  )
}

function addInto(sum: number[], vector: readonly number[], weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0) * weight
}

function toUnit(vector: number[]): number[] {
  const norm = Math.hypot(...vector)
  return norm === 0 ? vector : vector.map((value) => value / norm)
}
