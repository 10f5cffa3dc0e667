// How far a training has come, kept in the store: so that a crash takes it up where it was, and a wish to cancel it is not lost.
import { z } from 'zod'
import type { Checkpoints } from '../store/port.ts'

const startingSchema = z.object({ trainData: z.string(), evalData: z.string().nullable() })
export type Uploaded = z.infer<typeof startingSchema>

export interface TrainingJournal {
  /** Where its data lies, once it may have been started. */
  starting(): Promise<Uploaded | null>
  /** Id of the run, once it is known. */
  started(): Promise<string | null>
  /** Who cancelled it, where somebody did. */
  cancelledBy(): Promise<string | null>
  writeStarting(uploaded: Uploaded): Promise<void>
  writeStarted(id: string): Promise<void>
  writeCancel(by: string): Promise<void>
}

/** `approval`: id of the request that is carried out. Throws STORE_*. */
export function createTrainingJournal(checkpoints: Checkpoints, approval: string): TrainingJournal {
  const job = `training:${approval}`
  const read = async <T>(key: string, schema: z.ZodType<T>): Promise<T | null> => {
    const value = (await checkpoints.list(job)).get(key)
    return value === undefined ? null : schema.parse(value)
  }
  return {
    starting: () => read('starting', startingSchema),
    started: () => read('started', z.string()),
    cancelledBy: () => read('cancel', z.string()),
    writeStarting: (uploaded) => checkpoints.put(job, 'starting', uploaded),
    writeStarted: (id) => checkpoints.put(job, 'started', id),
    writeCancel: (by) => checkpoints.put(job, 'cancel', by),
  }
}
