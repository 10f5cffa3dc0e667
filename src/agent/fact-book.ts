// What tools other than the search said in one turn: the only source of the figures of an answer.
import type { Saying } from '../core/reply.ts'

export interface Fact {
  tool: string
  /** What the model read. */
  text: string
  /** The same for people; null where the tool has none. */
  says: Saying | null
  /** Id of the approval that now waits, where the tool only asked for it. */
  approval: string | null
}

export interface FactBook {
  add(fact: Fact): void
  all(): readonly Fact[]
}

export function createFactBook(): FactBook {
  const facts: Fact[] = []
  return { add: (fact) => void facts.push(fact), all: () => facts }
}
