// Divides examples into those to train on and those to measure on: seeded, stratified by label, the same whatever their order.
import { createHash } from 'node:crypto'
import { answerOf, type Example, questionOf } from './example.ts'
import { eachPaced, sortPaced } from './paced.ts'

export interface Split {
  train: readonly Example[]
  held: readonly Example[]
}

/** Part that is held out. */
export const HELD_SHARE = 0.2

/**
 * Each question must stand in `examples` once, so none can be on both sides. Of a label with one example none is held out, of every other at
 * least one. Which ones is decided by a hash of the seed and the question. Throws the reason of the signal.
 */
export async function splitExamples(examples: readonly Example[], seed: number, signal?: AbortSignal): Promise<Split> {
  const strata = new Map<string, { key: string; example: Example }[]>()
  await eachPaced(
    examples,
    (example) => {
      const stratum = example.kind === 'labelled' ? answerOf(example) : ''
      const key = createHash('sha256')
        .update(`${seed}\n${questionOf(example)}`)
        .digest('hex')
      const members = strata.get(stratum)
      if (members) members.push({ key, example })
      else strata.set(stratum, [{ key, example }])
    },
    signal,
  )
  const train: Example[] = []
  const held: Example[] = []
  for (const [, members] of [...strata].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const ordered = await sortPaced(members, ({ key }) => key, signal)
    const least = Math.max(1, Math.round(ordered.length * HELD_SHARE))
    const out = ordered.length < 2 ? 0 : Math.min(ordered.length - 1, least)
    for (const [at, { example }] of ordered.entries()) (at < out ? held : train).push(example)
  }
  return { train, held }
}
