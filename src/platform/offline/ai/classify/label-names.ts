// Labels as people would say them: `card_arrival`, `cardArrival` and `card-arrival` all read "card arrival".
import type { AiLabel } from '../../../ports/ai-functions.ts'

const HUMP = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu
const CATCH_ALL = new Set([
  'other',
  'others',
  'misc',
  'miscellaneous',
  'none',
  'none of the above',
  'none of these',
  'unknown',
  'something else',
  'everything else',
  'anything else',
  'uncategorized',
  'uncategorised',
  'unclassified',
  'not applicable',
  'n a',
])

/** The name in plain lower-case words. */
export function readableName(label: string): string {
  const spaced = label
    .replace(HUMP, ' ')
    .replace(/[^\p{L}\p{N}'’]+/gu, ' ')
    .trim()
  return (spaced === '' ? label : spaced).toLowerCase()
}

/** Is this the label for what fits nowhere else, such as `other` or `None of the above`? */
export function isCatchAll({ label }: AiLabel): boolean {
  return CATCH_ALL.has(readableName(label))
}
