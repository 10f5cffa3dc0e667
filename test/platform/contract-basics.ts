// What every contract suite of the platform needs: names nobody used before, the code of a failure, and patience.
import { randomBytes } from 'node:crypto'
import { LakedeskError } from '../../src/core/errors.ts'

/** A real server keeps what earlier runs left, so each test makes its own names. Letters, digits and `_` alone. */
export function newName(start: string): string {
  return `${start}_${randomBytes(6).toString('hex')}`
}

/** The code of the LakedeskError it throws; `no error`, or the other error itself. */
export function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof LakedeskError ? error.code : error),
  )
}

/** The sentence that people would be shown. Fails where nothing, or no LakedeskError, is thrown. */
export async function sentenceOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof LakedeskError) return error.userMessage
    throw error
  }
  throw new Error('It was expected to be refused, and was not.')
}

/** Looks again until it holds; after the limit the last look is returned as it is, for the test to judge. */
export async function lookUntil<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  { everyMs = 20, limitMs = 20_000 } = {},
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const seen = await look()
    if (holds(seen) || Date.now() > deadline) return seen
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
