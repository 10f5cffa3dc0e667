// The embedding endpoints: texts in, vectors of 1024 numbers out, with the limits of each endpoint.
import type { TextEmbeddings } from '../../ports/models.ts'
import { EMBEDDING_BATCH } from '../../ports/models.ts'
import { refuse, text, type Values } from '../wire.ts'
import type { EmbeddingFacts, FoundationEndpoint } from './catalogue.ts'
import { countTokens, cutTokens } from './tokens.ts'
import { WIDE, widen } from './widen.ts'

const bad = (message: string) => refuse(400, 'BAD_REQUEST', message)

/** Vectors as the endpoint has them, without the limits of a request. */
export async function embedTexts(
  embeddings: TextEmbeddings,
  { norm }: EmbeddingFacts,
  texts: readonly string[],
  size: number = WIDE,
): Promise<number[][]> {
  const vectors = await embeddings.embedDocuments([...texts])
  return vectors.map((vector) => widen(vector, norm, size))
}

/** Answers the body of an embeddings request. Refuses what the endpoint does not take. */
export async function answerEmbeddings(
  embeddings: TextEmbeddings,
  { name, embedding }: FoundationEndpoint,
  args: Values,
): Promise<Values> {
  if (!embedding) throw bad(`Endpoint ${name} does not embed.`)
  const instruction = text(args, 'instruction')
  const texts = readTexts(args.input, name).map((one) => toInput(one, instruction, name, embedding))
  const vectors = await embedTexts(embeddings, embedding, texts, readSize(args.dimensions, name, embedding))
  const prompt_tokens = texts.reduce((sum, one) => sum + countTokens(one), 0)
  const inBase64 = args.encoding_format === 'base64'
  return {
    id: crypto.randomUUID(),
    object: 'list',
    model: embeddings.name,
    data: vectors.map((vector, index) => ({
      index,
      object: 'embedding',
      embedding: inBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
    })),
    usage: { prompt_tokens, total_tokens: prompt_tokens },
  }
}

function readTexts(input: unknown, name: string): string[] {
  const given: unknown[] = Array.isArray(input) ? input : [input]
  if (given.length === 0 || given.some((one) => typeof one !== 'string'))
    throw bad(`Invalid input for ${name}: 'input' must be a string or a list of strings.`)
  if (given.length > EMBEDDING_BATCH)
    throw bad(`Input embeddings size is too large, exceeding ${EMBEDDING_BATCH} limit for ${name}`)
  return given.map(String)
}

function toInput(given: string, instruction: string, name: string, { maxTokens, tooLong }: EmbeddingFacts): string {
  const whole = instruction === '' ? given : `${instruction} ${given}`
  if (tooLong === 'cut') return cutTokens(whole, maxTokens)
  const tokens = countTokens(whole)
  if (tokens > maxTokens)
    throw bad(`Input of ${tokens} tokens is too long for ${name}: the maximum context length is ${maxTokens} tokens.`)
  return whole
}

function readSize(given: unknown, name: string, { shortens }: EmbeddingFacts): number {
  if (given === undefined || given === null) return WIDE
  const size = Number(given)
  if (!Number.isInteger(size) || size < 1 || size > WIDE)
    throw bad(`'dimensions' must be a whole number from 1 to ${WIDE}.`)
  if (size !== WIDE && !shortens) throw bad(`Endpoint ${name} does not support 'dimensions'.`)
  return size
}
