// What the steps of the answer guard share.
import type { Passage } from '../../core/passage.ts'
import type { Claims } from './claims.ts'
import type { Wait } from './markup.ts'
import type { Pen } from './pen.ts'
import type { UrlRule } from './urls.ts'

export interface Fence {
  char: string
  length: number
  /** Spaces that the opening stood in from the left: as many are taken from each line inside. */
  indent: number
}

/** What the steps of the filter share. */
export interface GuardState {
  /** Read by no step yet. */
  rest: string
  fence: Fence | null
  /** Passages of the group of citations that is being read, such as those of `[1][2]`. */
  group: Passage[]
  readonly pen: Pen
  readonly claims: Claims
  readonly urls: UrlRule
  passage(n: number): Passage | undefined
}

/** Takes from `rest` and writes with the pen, or says that it must see more. */
export type Step = (state: GuardState, final: boolean) => Wait | undefined

/** Judges the sentence before the citations just read, and marks it where they do not support it. */
export function closeGroup(state: GuardState): void {
  if (state.group.length === 0) return
  const cited = state.group
  state.group = []
  state.pen.mark(state.claims.judge(cited))
}
