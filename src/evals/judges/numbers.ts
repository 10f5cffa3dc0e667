// The numbers of a text in one spelling, since a wrong number makes a sentence wrong however well the rest agrees.

const NUMBER = /\d+(?:[.,:]\d+)*/g
const WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')
const NUMBER_WORD = new RegExp(`\\b(?:${WORDS.join('|')})\\b`, 'g')

/**
 * Distinct numbers: `10,000` is 10000, `v4.2` holds 4.2, `5GB` holds 5, `045` is 45. Small English number words count
 * only where `spelled` is set: `one` is mostly no number, so it may confirm one but is never asked for.
 */
export function numbersOf(text: string, spelled = false): Set<string> {
  const found = new Set((text.match(NUMBER) ?? []).map(toPlainNumber))
  if (spelled) for (const word of text.toLowerCase().match(NUMBER_WORD) ?? []) found.add(String(WORDS.indexOf(word)))
  return found
}

function toPlainNumber(written: string): string {
  return written.replace(/,(?=\d{3}(?!\d))/g, '').replace(/^0+(?=\d)/, '')
}
