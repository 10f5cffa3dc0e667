// Embeddings without network: all-MiniLM-L6-v2 from an installed package, run by onnxruntime.
import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { LakedeskError, toLakedeskError } from '../../../core/errors.ts'
import { EMBEDDING_BATCH, type TextEmbeddings } from '../../ports/models.ts'
import { MINILM_DIMENSION } from './build-minilm.ts'
import { ensureModelFile, readTokenizerJson } from './model-file.ts'
import { planBatches, toWindows, type Window } from './plan-batches.ts'

export interface OfflineEmbeddingsOptions {
  /** Folder for the built model file (about 23 MB). */
  cacheFolder: string
  /** Threads of one run. Default: as many as there are cores, at most 4. */
  threads?: number
}

interface Runtime {
  session: InferenceSession
  /** Token ids of a text, without the start and end marks. */
  encode(text: string): number[]
  toTensor(data: BigInt64Array, dims: number[]): OrtTensor
  start: number
  end: number
}

/**
 * Unit vectors of 384 numbers. Nothing is loaded before the first call. Text longer than 254 tokens is never cut: it is
 * embedded in overlapping windows, and its vector is their mean, weighted by length, made unit length again.
 * Rejects with EMBEDDINGS_FAILED, or STORE_FULL where the model file could not be written.
 */
export function createOfflineEmbeddings(options: OfflineEmbeddingsOptions): TextEmbeddings {
  let loading: Promise<Runtime> | undefined
  const runtime = (): Promise<Runtime> => {
    loading ??= loadRuntime(options).catch((error: unknown) => {
      // The next call tries again, since a full disk or a missing folder may have been mended.
      loading = undefined
      throw toLakedeskError(error, 'EMBEDDINGS_FAILED', LOAD_FAILED)
    })
    return loading
  }
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    if (texts.length === 0) return []
    const ready = await runtime()
    try {
      return await embedAll(ready, texts)
    } catch (error) {
      throw toLakedeskError(error, 'EMBEDDINGS_FAILED', 'The offline embedding model failed. Please try again.')
    }
  }
  return {
    name: 'minilm-l6-v2-int8',
    dimension: MINILM_DIMENSION,
    embedDocuments: (texts) => embed(texts),
    async embedQuery(text) {
      const [vector] = await embed([text])
      if (!vector) throw new LakedeskError('EMBEDDINGS_FAILED', 'The offline embedding model returned nothing.')
      return vector
    },
  }
}

const LOAD_FAILED =
  'The offline embedding model could not be loaded. Run npm ci; onnxruntime-node needs Linux, macOS or Windows on x64 or arm64.'

async function loadRuntime({
  cacheFolder,
  threads = Math.min(4, availableParallelism()),
}: OfflineEmbeddingsOptions): Promise<Runtime> {
  const [ort, { Tokenizer }, tokenizerJson] = await Promise.all([
    import('onnxruntime-node'),
    import('@huggingface/tokenizers'),
    readTokenizerJson(),
  ])
  const tokenizer = new Tokenizer({ ...tokenizerJson, padding: null, truncation: null }, {})
  const open = (file: string) =>
    ort.InferenceSession.create(file, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      // Threads that wait actively take a core from whatever else runs; short texts then cost three times the time. Vectors are the same.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  // A cached file that does not load (cut by a crash of the machine, say) is built anew once.
  const session = await open(await ensureModelFile(cacheFolder)).catch(async (error: unknown) => {
    if (error instanceof LakedeskError) throw error
    return open(await ensureModelFile(cacheFolder, true))
  })
  const mark = (token: string): number => {
    const id = tokenizer.token_to_id(token)
    if (id === undefined) throw new Error(`The tokenizer does not know ${token}`)
    return id
  }
  return {
    session,
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    toTensor: (data, dims) => new ort.Tensor('int64', data, dims),
    start: mark('[CLS]'),
    end: mark('[SEP]'),
  }
}

async function embedAll(runtime: Runtime, texts: readonly string[]): Promise<Float32Array[]> {
  const windows = texts.flatMap((text, index) => toWindows(index, runtime.encode(text)))
  const sums = texts.map(() => new Float32Array(MINILM_DIMENSION))
  for (const batch of planBatches(windows, EMBEDDING_BATCH)) {
    const vectors = await runBatch(runtime, batch)
    for (const [row, window] of batch.entries()) {
      const sum = sums[window.text]
      if (!sum) continue
      const weight = Math.max(1, window.tokens.length)
      for (let i = 0; i < MINILM_DIMENSION; i++) {
        sum[i] = (sum[i] ?? 0) + weight * (vectors[row * MINILM_DIMENSION + i] ?? 0)
      }
    }
  }
  for (const sum of sums) normalize(sum)
  return sums
}

async function runBatch(runtime: Runtime, batch: readonly Window[]): Promise<Float32Array> {
  const longest = Math.max(...batch.map((window) => window.tokens.length)) + 2
  const ids = new BigInt64Array(batch.length * longest)
  const mask = new BigInt64Array(batch.length * longest)
  for (const [row, { tokens }] of batch.entries()) {
    const marked = [runtime.start, ...tokens, runtime.end]
    for (const [column, id] of marked.entries()) {
      ids[row * longest + column] = BigInt(id)
      mask[row * longest + column] = 1n
    }
  }
  const dims = [batch.length, longest]
  const output = await runtime.session.run({
    input_ids: runtime.toTensor(ids, dims),
    attention_mask: runtime.toTensor(mask, dims),
  })
  const data = output.embedding?.data
  if (!(data instanceof Float32Array)) throw new Error('The model returned no float32 embedding')
  return data
}

function normalize(vector: Float32Array): void {
  let square = 0
  for (const value of vector) square += value * value
  const scale = 1 / Math.sqrt(square || 1)
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale
}
