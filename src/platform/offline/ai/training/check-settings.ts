// Refuses settings with which nothing would be learned, or everything forgotten.
import { LakedeskError } from '../../../../core/errors.ts'

const MOST_EPOCHS = 200
const SLOWEST = 1e-5
const FASTEST = 1

/** Throws TRAINING_INVALID. */
export function checkSettings(of: { epochs: number; seed: number; learningRate: number }): void {
  const { epochs, seed, learningRate } = of
  if (!Number.isInteger(epochs) || epochs < 1 || epochs > MOST_EPOCHS)
    refuse(`${epochs} epochs cannot be trained: give a whole number from 1 to ${MOST_EPOCHS}, such as 3ep.`)
  if (!(learningRate >= SLOWEST && learningRate <= FASTEST))
    refuse(
      `A learning rate of ${learningRate} does not fit the ticket classifier: its head takes ${SLOWEST} to ${FASTEST}. Leave it out to use its own.`,
    )
  if (!Number.isSafeInteger(seed)) refuse(`The seed ${seed} is no whole number.`)
}

function refuse(sentence: string): never {
  throw new LakedeskError('TRAINING_INVALID', sentence)
}
