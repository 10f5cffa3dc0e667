// Keeps the data of trainings under the data folder, each file by the digest of what is in it.
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LakedeskError, toLakedeskError } from '../../../core/errors.ts'
import type { LabelledRow } from '../../ports/ai-functions.ts'
import type { TrainingFile, TrainingFormat } from '../../ports/training.ts'
import { type LineFormat, readExamples } from './read-examples.ts'

export const LOCAL_FORMATS = ['labelled-jsonl', 'instruction-jsonl', 'chat-jsonl'] as const satisfies LineFormat[]

/** Such as `local:labelled-jsonl/<64 hexadecimal digits>`. */
const ADDRESS = /^local:([a-z-]+)\/([0-9a-f]{64})$/

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export interface TrainingUploads {
  /** The same content again is the same file. Throws TRAINING_INVALID, STORE_*. */
  save(format: TrainingFormat, files: readonly TrainingFile[]): Promise<string>
  /** Throws TRAINING_INVALID where it was never uploaded here, is gone or damaged, or holds no rows. `what` names it, such as `training data`. */
  read(address: string, what: string): Promise<LabelledRow[]>
}

export function createTrainingUploads(folder: string): TrainingUploads {
  const pathOf = (format: LineFormat, digest: string): string => join(folder, `${digest}.${format}`)
  return {
    async save(format, files) {
      const own = LOCAL_FORMATS.find((known) => known === format)
      if (own === undefined)
        throw new LakedeskError(
          'TRAINING_INVALID',
          `The local training reads ${LOCAL_FORMATS.join(', ')}, not ${format}. Export the data in one of these.`,
        )
      const bytes = joinFiles(files)
      const digest = sha256(bytes)
      await writeDurably(folder, pathOf(own, digest), bytes)
      return `local:${own}/${digest}`
    },
    async read(address, what) {
      const [, named, digest = ''] = ADDRESS.exec(address) ?? []
      const format = LOCAL_FORMATS.find((known) => known === named)
      if (format === undefined)
        throw new LakedeskError(
          'TRAINING_INVALID',
          `The ${what} "${address.slice(0, 80)}" was not uploaded to the local training, which takes uploaded JSON lines and no tables or other places.`,
        )
      const bytes = await readFile(pathOf(format, digest)).catch((cause: unknown) => {
        throw new LakedeskError(
          'TRAINING_INVALID',
          `The ${what} is no longer there: ${address}. Upload it again.`,
          cause,
        )
      })
      if (sha256(bytes) !== digest)
        throw new LakedeskError('TRAINING_INVALID', `The ${what} was changed on the disk: ${address}. Upload it again.`)
      return readExamples(format, bytes, what)
    },
  }
}

/** In the order of their paths; a file without a line end at its end gets one. */
function joinFiles(files: readonly TrainingFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return Buffer.concat(
    sorted.flatMap(({ bytes }) => (bytes.at(-1) === 10 || bytes.length === 0 ? [bytes] : [bytes, Buffer.from('\n')])),
  )
}

/** Whole or not at all, whenever the power goes. */
async function writeDurably(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.${Date.now()}.part`
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(beside, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    throw toLakedeskError(
      error,
      full ? 'STORE_FULL' : 'STORE_FAILED',
      `The training data could not be written to ${folder}. Check the disk and the rights of the folder.`,
    )
  }
}
