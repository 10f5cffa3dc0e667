// What of a text can decide a label: its sentences without those that speak to the classifier, and long texts cut.
import { words } from '../../../../core/text/analyze.ts'
import { STOP_WORDS } from '../../../../core/text/stop-words.ts'
import { splitSentences, withoutAddressed } from './addressed.ts'
import { hasWords, isFormula } from './gibberish.ts'

/** Characters of a text that are read: beginning, end, and the middle part with the most different words, a third each. */
const READ = 6000
/** Sentences that are compared one by one where several labels may hold; the text as a whole is always compared. */
const COMPARED = 24

export interface Evidence {
  /** Empty where nothing is left to decide by: no words, or none that mean anything. */
  text: string
  sentences: string[]
  /** Share of the words that is likely English, from 0 to 1: the embedding model was trained on English. */
  english: number
}

export function toEvidence(text: string, names: readonly (readonly string[])[]): Evidence {
  const all = splitSentences(cut(text.replace(/\0/g, ' ')))
  const kept = all
    .map((sentence) => withoutAddressed(sentence, names))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence) && !isFormula(sentence))
  const joined = kept.join('\n')
  const whole = hasWords(joined) ? joined : ''
  return {
    text: whole,
    sentences: kept.filter((sentence) => sentence.length > 8).slice(0, COMPARED),
    english: englishShare(whole),
  }
}

function cut(text: string): string {
  if (text.length <= READ) return text
  const third = READ / 3
  let best = third
  let most = -1
  for (let at = third; at + third <= text.length - third; at += third / 2) {
    const different = new Set(text.slice(at, at + third).split(/[^\p{L}]+/u)).size
    if (different > most) [most, best] = [different, at]
  }
  return [text.slice(0, third), text.slice(best, best + third), text.slice(-third)].join('\n')
}

/**
 * By function words: English running text has four in ten, and a text of other languages hardly any. Short texts say little, so they count as English
 * unless they are in another script.
 */
function englishShare(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  if (letters === 0) return 1
  const latin = (text.match(/\p{Script=Latin}/gu)?.length ?? 0) / letters
  const said = words(text)
  if (said.length < 8) return latin
  const common = said.filter((word) => STOP_WORDS.has(word)).length / said.length
  return latin * Math.min(1, common / 0.2)
}
