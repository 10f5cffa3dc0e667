// How long a training goes on, in epochs: people may say it in batches or tokens, as on Databricks.
import { LakedeskError } from '../../../core/errors.ts'
import type { LabelledRow } from '../../ports/ai-functions.ts'

const DURATION = /^([0-9][0-9_]*)(ep|ba|tok)$/
/** Rows that a batch of this duration stands for. */
const BATCH = 32
/** English text, roughly. */
const CHARACTERS_PER_TOKEN = 4
const MOST_EPOCHS = 200

/** At least one whole epoch. Throws TRAINING_INVALID. */
export function readDuration(duration: string, rows: readonly LabelledRow[]): number {
  const [, digits = '', unit] = DURATION.exec(duration.trim()) ?? []
  const amount = Number(digits.replaceAll('_', ''))
  const epochs = unit === undefined ? 0 : toEpochs(amount, unit, rows)
  if (epochs >= 1 && epochs <= MOST_EPOCHS) return epochs
  throw new LakedeskError(
    'TRAINING_INVALID',
    `The duration "${duration.slice(0, 40)}" ${epochs > MOST_EPOCHS ? `is ${epochs} epochs of this data, and at most ${MOST_EPOCHS} are trained` : 'cannot be read'}. Write it as 3ep, 100ba or 1_000_000tok.`,
  )
}

function toEpochs(amount: number, unit: string, rows: readonly LabelledRow[]): number {
  if (unit === 'ep' || amount === 0) return amount
  if (unit === 'ba') return Math.ceil((amount * BATCH) / rows.length)
  const tokens = rows.reduce((sum, { text }) => sum + Math.ceil(text.length / CHARACTERS_PER_TOKEN), 0)
  return Math.ceil(amount / Math.max(1, tokens))
}
