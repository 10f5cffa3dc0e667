// A training as it was counted and is agreed to: plain data, kept with the request.
import { z } from 'zod'
import { TRAINING_FORMATS, TRAINING_TASKS } from '../platform/ports/training.ts'

const count = z.number().int().min(0)

export const preparedSchema = z.object({
  /** Name of the driver. */
  driver: z.string(),
  baseModel: z.string(),
  task: z.enum(TRAINING_TASKS),
  format: z.enum(TRAINING_FORMATS),
  /** As it was named: `corrections`, a table, a file. */
  data: z.string(),
  /** Of the examples, whatever their order. */
  digest: z.string(),
  /** Decides which examples are held out. */
  seed: z.number(),
  /** Such as `3ep`. */
  duration: z.string(),
  learningRate: z.number().nullable(),
  registerTo: z.string(),
  /** Newest version of that model before; null: none. */
  newest: z.string().nullable(),
  counts: z.object({
    rows: count,
    train: count,
    held: count,
    tokens: count,
    leftOut: z.object({ duplicates: count, conflicts: count, empty: count, tooLong: count }),
    labels: z.array(z.object({ label: z.string(), count })),
  }),
  notes: z.array(z.string()),
  estimate: z.object({ tokens: z.number().nullable(), usd: z.number().nullable(), words: z.string() }),
})
export type PreparedTraining = z.infer<typeof preparedSchema>

/** What an approval rests on, by name, in words that people compare. `policy`: digest of what decides about that model. */
export function toFacts(training: PreparedTraining, policy: string): Record<string, string> {
  const { driver, baseModel, data, digest, registerTo, newest } = training
  return {
    training: driver,
    'base model': baseModel,
    data: `${data}, digest ${digest.slice(0, 12)}`,
    policy,
    [`newest version of ${registerTo}`]: newest === null ? 'none' : `v${newest}`,
  }
}
