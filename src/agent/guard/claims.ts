// Follows the sentences of an answer as they are written, and judges each by the passages it cites, or else by all.
import type { Passage } from '../../core/passage.ts'
import { isRefusal } from '../../core/refusal.ts'
import { checkSupport, claimsSomething, holdsCommand, pointsToPages } from './support.ts'

/** What a reader sees after a citation whose passage does not support the sentence. */
export const UNSUPPORTED_MARK = ' (not confirmed by the cited page)'
/** What a reader sees after a sentence that cites nothing and that no passage of the turn supports. */
export const UNCITED_MARK = ' (not confirmed by the documentation)'

export interface Claims {
  /** Text that was shown, in order. */
  add(text: string): void
  /** Ends the sentence. */
  end(): void
  /** Judges the sentence before a group of citations; the mark to show, or nothing. */
  judge(cited: readonly Passage[]): string
  /** Judges what ended without a citation since the last call; the mark to show behind it, or nothing. */
  review(): string
  /** What follows is a block of code, until `endCode`, which gives the mark to show below it, or nothing. */
  beginCode(): void
  endCode(): string
  /** How many terms of supported sentences each passage carries, by number. */
  weights(): ReadonlyMap<number, number>
}

const HAS_WORD = /[\p{L}\p{N}]/u
const SENTENCE_END = /[.!?…][)\]"'”’*_]*$/
/** Full stops that end no sentence: of a numbered item, and of an abbreviation. */
const NO_END = /^[\s>]*\d{1,3}\.$|(?:^|[^\p{L}])(?:e\.g|i\.e|etc|vs|cf|approx|incl|resp)\.$/iu

/** `told`: results of other tools. They support a sentence as pages do, and are never cited. */
export function createClaims(passages: () => readonly Passage[], told: () => readonly Passage[]): Claims {
  let current = ''
  let last = ''
  /** Ended, and followed by no citation so far. */
  let open = ''
  let afterRefusal = false
  let code: string | null = null
  const weights = new Map<number, number>()
  const end = (): void => {
    if (HAS_WORD.test(current)) {
      last = current
      open = open === '' ? current : `${open} ${current}`
    }
    current = ''
  }
  return {
    end,
    add(text) {
      if (code !== null) {
        code += text
        return
      }
      for (const char of text) {
        if (char === '\n' || (/\s/.test(char) && SENTENCE_END.test(current) && !NO_END.test(current))) end()
        else current += char
      }
    },
    judge(cited) {
      end()
      open = ''
      const { supported, found } = checkSupport(last, [...cited, ...told()])
      for (const { n } of cited) weights.set(n, (weights.get(n) ?? 0) + (supported ? found : 0))
      return supported ? '' : UNSUPPORTED_MARK
    },
    review() {
      const sentence = open
      open = ''
      if (passages().length === 0 || sentence === '') return ''
      const pointsOn = afterRefusal && pointsToPages(sentence)
      afterRefusal = isRefusal(sentence) && !holdsCommand(sentence)
      if (afterRefusal || pointsOn || !claimsSomething(sentence)) return ''
      return checkSupport(sentence, [...passages(), ...told()]).supported ? '' : UNCITED_MARK
    },
    beginCode() {
      current = ''
      code = ''
    },
    endCode() {
      const lines = (code ?? '').split('\n').filter((line) => HAS_WORD.test(line))
      code = null
      last = lines.at(-1) ?? last
      open = ''
      if (passages().length === 0 || lines.length === 0) return ''
      // Names and values of an example may well be others than the page's, so only most of it must stand there.
      return checkSupport(lines.join('\n'), passages()).enough ? '' : UNCITED_MARK
    },
    weights: () => weights,
  }
}
