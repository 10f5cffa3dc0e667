// Masks what labels name: addresses, numbers, people, companies, dates; and says which labels it has no rule for.

import { findErrorCodes } from './extract/error-codes.ts'
import { fieldWords, readForExtraction } from './extract/extract-fields.ts'
import type { Finder } from './extract/found.ts'
import { findProducts } from './extract/products.ts'
import { finderOf } from './extract/things.ts'
import { findAll, type PatternName } from './text/patterns.ts'

const MASKED = '[MASKED]'

/** Labels as people write them, by the pattern that finds them. */
const BY_PATTERN: readonly [RegExp, PatternName][] = [
  [/\be-?mails?\b/, 'email'],
  [/\b(?:phones?|telephone|mobile|fax|tel)\b/, 'phone'],
  [/\b(?:urls?|links?|websites?|web address)\b/, 'url'],
  [/\bip(?: ?v[46])?\b/, 'ip'],
  [/\b(?:credit|debit|payment|bank)? ?card\b/, 'card'],
  [/\b(?:iban|bank account|account number)\b/, 'iban'],
  [/\b(?:ssn|social security)\b/, 'ssn'],
  [/\b(?:street|postal|home|mailing)? ?address(?:es)?\b/, 'address'],
  [/\b(?:dates?|birthday|birth)\b/, 'date'],
  [/\b(?:amounts?|prices?|money|sums?)\b/, 'amount'],
  [/\b(?:vat|tax)\b/, 'vat'],
]
const PEOPLE = /\b(?:persons?|people|names?|customers?|users?|contacts?)\b/
const COMPANIES = /\b(?:compan(?:y|ies)|organi[sz]ations?|organi[sz]ation names?|employers?)\b/
const PRODUCTS = /\bproducts?\b/
const ERRORS = /\berrors?\b/

type Masker = (content: string) => string[]

function byFinder(finder: Finder, words: readonly string[]): Masker {
  return (content) => finder(readForExtraction(content, []), words).map(({ value }) => value)
}

function maskerOf(label: string): Masker | null {
  const words = fieldWords(label)
  const said = words.join(' ')
  const pattern = BY_PATTERN.find(([asked]) => asked.test(said))?.[1]
  if (pattern !== undefined) return (content) => findAll(pattern, content).map(({ text }) => text)
  const finder = PRODUCTS.test(said)
    ? findProducts
    : ERRORS.test(said)
      ? findErrorCodes
      : COMPANIES.test(said)
        ? finderOf(['company'])
        : (finderOf(words) ?? (PEOPLE.test(said) ? finderOf(['person']) : null))
  return finder === null ? null : byFinder(finder, words)
}

/** A person's first name alone is masked too, once the whole is known. */
function withParts(values: readonly string[], isName: boolean): string[] {
  const parts = isName ? values.flatMap((value) => value.split(/\s+/).filter((part) => part.length > 2)) : []
  return [...new Set([...values, ...parts])].filter((value) => value.trim().length > 1)
}

/** The content with every find replaced by `[MASKED]`, or the sentence why a label cannot be masked. */
export function mask(content: string, labels: readonly string[]): { text: string } | { error: string } {
  const values: string[] = []
  for (const label of labels) {
    const masker = maskerOf(label)
    if (masker === null) {
      const known =
        'person, email, phone, url, ip, credit card, iban, ssn, address, company, date, amount, order number'
      return {
        error: `The offline rules cannot mask "${label.slice(0, 100)}". They know ${known} and the like; a model knows more.`,
      }
    }
    values.push(...withParts(masker(content), PEOPLE.test(fieldWords(label).join(' '))))
  }
  if (values.length === 0) return { text: content }
  // The longest first, so that no half of an address is left behind.
  const sorted = [...new Set(values)].sort((a, b) => b.length - a.length)
  const escaped = sorted.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return {
    text: content.replace(new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'gu'), MASKED),
  }
}
