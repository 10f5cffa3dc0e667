// The filter between a model and the reader: lets words through as soon as they are safe, and nothing else.
import type { Passage } from '../../core/passage.ts'
import { createClaims } from './claims.ts'
import { closeGroup, type GuardState, type Step } from './guard-state.ts'
import { isInvisible } from './invisible.ts'
import { WAIT } from './markup.ts'
import { createPen } from './pen.ts'
import { closeFence, stepInFence } from './step-in-fence.ts'
import { stepInText } from './step-in-text.ts'
import { createUrlRule } from './urls.ts'

export interface AnswerGuard {
  /** Takes a piece of the model's text; returns what is safe to show now. */
  write(delta: string): string
  /** Ends the text; returns the rest. Everything returned, joined, is the whole answer. */
  end(): string
  /** Passages that the shown text cites: those that carry most of it first, then by rank. */
  cited(): Passage[]
}

/**
 * Reads the text one UTF-16 unit at a time, so the result cannot depend on how the model cut it into pieces. Held back is
 * only what is not decided yet: an open bracket, tag or code span, the first letters of `http`, white space.
 *
 * What comes out holds no image, no HTML, no reference definition, and no address that does not stand verbatim in a
 * retrieved passage; every `[n]` outside code points at a passage, and a sentence is marked that its passages do not support,
 * or, where it cites none but claims something, that no passage of the turn supports. `told`: what other tools said, which
 * supports a sentence too.
 */
export function createAnswerGuard(
  passages: () => readonly Passage[],
  told: () => readonly Passage[] = () => [],
): AnswerGuard {
  const claims = createClaims(passages, told)
  const state: GuardState = {
    rest: '',
    fence: null,
    group: [],
    pen: createPen(claims),
    claims,
    urls: createUrlRule(passages),
    passage: (n) => passages().find((passage) => passage.n === n),
  }
  const readable = createVisibleFilter()

  const drain = (final: boolean): void => {
    while (state.rest !== '') {
      const step: Step = state.fence ? stepInFence : stepInText
      if (step(state, final) === WAIT) return
    }
  }

  return {
    write(delta) {
      for (let i = 0; i < delta.length; i++) {
        const unit = delta.charAt(i)
        if (!readable(unit)) continue
        state.rest += unit
        drain(false)
      }
      return state.pen.take(false)
    },
    end() {
      drain(true)
      closeGroup(state)
      if (state.fence) {
        state.pen.write(`\n${state.fence.char.repeat(state.fence.length)}`)
        closeFence(state)
      }
      claims.end()
      state.pen.remark()
      return state.pen.take(true)
    },
    cited() {
      const weights = new Map(claims.weights())
      // A group that is still being read has been shown already.
      for (const { n } of state.group) weights.set(n, weights.get(n) ?? 0)
      return passages()
        .map((passage, rank) => ({ passage, rank, weight: weights.get(passage.n) }))
        .filter(({ weight }) => weight !== undefined)
        .sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0) || a.rank - b.rank)
        .map(({ passage }) => passage)
    },
  }
}

function createVisibleFilter(): (unit: string) => boolean {
  let droppedLead = false
  return (unit) => {
    const isTrail = unit >= '\udc00' && unit <= '\udfff'
    if (droppedLead && isTrail) return false
    droppedLead = unit === '\udb40'
    return !isInvisible(unit)
  }
}
