// Divides examples into those to train on and those to measure on: seeded, stratified by label, the same whatever their order.
import { createHash } from 'node:crypto'
import { answerOf, type Example, questionOf } from './example.ts'

export interface Split {
  train: readonly Example[]
  held: readonly Example[]
}

/** Part that is held out. */
export const HELD_SHARE = 0.2

/**
 * Each question must stand in `examples` once, so none can be on both sides. Of a label with one example none is held out, of every other at
 * least one. Which ones is decided by a hash of the seed and the question.
 */
export function splitExamples(examples: readonly Example[], seed: number, share = HELD_SHARE): Split {
  const strata = new Map<string, { key: string; example: Example }[]>()
  for (const example of examples) {
    const stratum = example.kind === 'labelled' ? answerOf(example) : ''
    const key = createHash('sha256')
      .update(`${seed}\n${questionOf(example)}`)
      .digest('hex')
    strata.set(stratum, [...(strata.get(stratum) ?? []), { key, example }])
  }
  const train: Example[] = []
  const held: Example[] = []
  for (const [, members] of [...strata].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const ordered = members.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ example }) => example)
    const out = ordered.length < 2 ? 0 : Math.min(ordered.length - 1, Math.max(1, Math.round(ordered.length * share)))
    held.push(...ordered.slice(0, out))
    train.push(...ordered.slice(out))
  }
  return { train, held }
}
