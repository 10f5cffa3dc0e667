// Asks the golden questions through the endpoint: a version counts as promoted only when it answers them.
import { z } from 'zod'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Walk } from './saga-walk.ts'

const TRIES = 3

const answerSchema = z.union([
  z.string(),
  z.object({ answer: z.string() }).transform(({ answer }) => answer),
  z.object({ label: z.string() }).transform(({ label }) => label),
  z
    .object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })
    .transform(({ choices }) => choices[0]?.message.content ?? ''),
])

/** The text of a prediction: itself, its `answer`, the `label` of a classifier, or its first choice. Empty where it holds none of them. */
export function readAnswer(prediction: unknown): string {
  const parsed = answerSchema.safeParse(prediction)
  return parsed.success ? parsed.data.trim() : ''
}

async function ask(walk: Walk, step: 'canary' | 'probe', question: string, entity?: string): Promise<unknown[]> {
  const { serving, move, signal } = walk
  for (let tried = 1; ; tried++) {
    try {
      const options = entity === undefined ? { signal } : { signal, entity }
      return await walk.point(`${step}.ask`, () => serving.invoke(move.endpoint, [{ question }], options))
    } catch (error) {
      // An endpoint that has just swapped may drop a request; a version that is broken drops them all.
      if (signal.aborted || tried >= TRIES) throw error
      walk.log.warn('A probe got no answer; asking again', { error, question })
      await walk.pause(`${step}.ask-again`, walk.pollMs * tried)
    }
  }
}

/**
 * Asks every question, of the whole endpoint or of one served entity. Throws PLATFORM_FAILED naming the first question
 * that is not answered, answered empty, or answered without `expect` (any case).
 */
export async function probe(walk: Walk, step: 'canary' | 'probe', entity?: string): Promise<void> {
  const { move } = walk
  for (const { question, expect } of move.probe) {
    const [prediction] = await ask(walk, step, question, entity).catch((error: unknown) => {
      if (walk.signal.aborted) throw error
      const { userMessage } = toLakedeskError(error)
      throw new LakedeskError('PLATFORM_FAILED', `"${question}" was not answered: ${userMessage}`, error)
    })
    const answer = readAnswer(prediction)
    if (answer === '') throw new LakedeskError('PLATFORM_FAILED', `"${question}" was answered with nothing.`)
    if (expect !== undefined && !answer.toLowerCase().includes(expect.toLowerCase())) {
      const shown = answer.length > 160 ? `${answer.slice(0, 160)}...` : answer
      throw new LakedeskError(
        'PLATFORM_FAILED',
        `"${question}" was answered without "${expect}": "${shown.replaceAll(/\s+/g, ' ')}".`,
      )
    }
  }
}
