// Follows the sentences of an answer as they are written, and judges each by the passages it cites.
import type { Passage } from '../../core/passage.ts'
import { checkSupport } from './support.ts'

/** What a reader sees after a citation whose passage does not support the sentence. */
export const UNSUPPORTED_MARK = ' (not confirmed by the cited page)'

export interface Claims {
  /** Text that was shown, in order. */
  add(text: string): void
  /** Ends the sentence. */
  end(): void
  /** Judges the sentence before a group of citations; the mark to show, or nothing. */
  judge(cited: readonly Passage[]): string
  /** How many terms of supported sentences each passage carries, by number. */
  weights(): ReadonlyMap<number, number>
}

const HAS_WORD = /[\p{L}\p{N}]/u
const SENTENCE_END = /[.!?…][)\]"'”’*_]*$/

export function createClaims(): Claims {
  let current = ''
  let last = ''
  const weights = new Map<number, number>()
  const end = (): void => {
    if (HAS_WORD.test(current)) last = current
    current = ''
  }
  return {
    end,
    add(text) {
      for (const char of text) {
        if (char === '\n' || (/\s/.test(char) && SENTENCE_END.test(current))) end()
        else current += char
      }
    },
    judge(cited) {
      end()
      const { supported, found } = checkSupport(last, cited)
      for (const { n } of cited) weights.set(n, (weights.get(n) ?? 0) + (supported ? found : 0))
      return supported ? '' : UNSUPPORTED_MARK
    },
    weights: () => weights,
  }
}
