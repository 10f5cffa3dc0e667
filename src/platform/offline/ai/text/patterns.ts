// How the things that fields and masks ask for look in a text: addresses, numbers, codes, dates, amounts.

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const CURRENCY = '(?:€|\\$|£|¥|EUR|USD|GBP|CHF|JPY|PLN|SEK|NOK|DKK|CAD|AUD|INR)'
const SUM = "\\d{1,3}(?:[.,']\\d{3})+(?:[.,]\\d{1,2})?|\\d{1,12}(?:[.,]\\d{1,2})?"

/**
 * Every pattern runs in a time that grows with the length of the text alone: repeats are bounded, and no two neighbours match the
 * same letters. Where the first group is set, it is the thing itself.
 */
export const PATTERNS = {
  email: /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}\b/gi,
  url: /\b(?:https?:\/\/|www\.)[^\s<>"'()[\]{}]{1,2000}/gi,
  ip: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d)|(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}\b/gi,
  card: /(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g,
  iban: /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?\b/g,
  ssn: /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g,
  phone: /(?<![\w+/.-])(?:\+\d{1,3}|\(\d{2,5}\)|0\d{1,4}|\d{3})(?:[ ./-]?(?:\(\d{1,5}\)|\d{2,9})){2,6}(?![\w/-])/g,
  date: new RegExp(
    [
      '\\b\\d{4}-\\d{2}-\\d{2}\\b',
      '\\b\\d{1,2}[./]\\d{1,2}[./]\\d{2,4}\\b',
      `\\b\\d{1,2}(?:st|nd|rd|th)?\\.?,? (?:of )?${MONTH}\\b\\.?(?:,? \\d{4})?`,
      `\\b${MONTH}\\b\\.? \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?\\b`,
      '\\b(?:today|yesterday|tomorrow|tonight|(?:last|next|this) (?:week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday))\\b',
      '\\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\\b',
    ].join('|'),
    'gi',
  ),
  amount: new RegExp(`${CURRENCY} ?(?:${SUM})(?![\\d%])|(?<![\\w.,-])(?:${SUM}) ?(?:${CURRENCY})(?!\\w)`, 'g'),
  currency: new RegExp(`(?<![A-Za-z])${CURRENCY}(?![A-Za-z])|\\b(?:euros?|dollars?|pounds?|yen|francs)\\b`, 'g'),
  version:
    /\b(?:version|release|v\.?|ver\.?)\s?(\d{1,4}(?:\.[\dx]{1,6}){0,3}(?:-[a-z]{1,8}\.?\d{0,4})?)(?![\w.]*\d)|(?<![\w.,@$€£/-])(\d{1,3}\.\d{1,4}\.\d{1,6}(?:-[a-z]{1,8}\.?\d{0,4})?)(?![\w.]*\d)/gi,
  address:
    /\b\d{1,5} (?:\p{Lu}[\p{L}'.-]{1,30} ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Square|Quay|Terrace)\b\.?(?:, \p{Lu}[\p{L}-]{1,30}){0,3}|\b\p{Lu}[\p{L}-]{1,40}(?:straße|strasse|str\.|gracht|straat|weg|platz|allee|gasse) \d{1,4}[a-z]?\b(?:, (?:\d{4,5} )?\p{Lu}[\p{L}-]{1,30})?|\b\d{1,4},? (?:rue|avenue|boulevard|via|calle|plaza) (?:[\p{L}'-]{1,30} ?){1,4}/gu,
  company:
    /\b(?:[\p{Lu}\d][\p{L}\d&'.-]{0,40} (?:& )?){1,4}(?:GmbH|AG|Inc|Ltd|LLC|Corp|BV|B\.V\.|SARL|S\.A\.|SpA|Oy|AB|A\/S|Co)\b\.?/gu,
  vat: /\b(?:ATU\d{8}|(?:BE|DE|DK|ES|FI|FR|IE|IT|LU|NL|PL|PT|SE)[A-Z\d]?\d{7,11}(?:B\d{2})?)\b/g,
} as const satisfies Record<string, RegExp>

export type PatternName = keyof typeof PATTERNS

/** One place in a text. */
export interface Span {
  at: number
  text: string
}

/** The checksum of payment cards (ISO/IEC 7812-1, Luhn). */
function isCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce((total, digit, i) => {
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    return total + (i % 2 === 0 ? digit : doubled)
  }, 0)
  return sum > 0 && sum % 10 === 0
}

/** Letters and digits of a phone number that is none: dates, cards, and numbers too short or too long for one (ITU-T E.164: 15 digits). */
function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').length
  return (
    digits >= 7 &&
    digits <= 15 &&
    !/^\d{4}-\d{2}-\d{2}|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$/.test(text) &&
    !isAddressOfHost(text)
  )
}

function isAddressOfHost(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
}

/** Every place where it stands, in order. */
export function findAll(name: PatternName, text: string): Span[] {
  const spans: Span[] = []
  for (const match of text.matchAll(PATTERNS[name])) {
    const whole = match[1] ?? match[2] ?? match[0]
    const trimmed = name === 'url' ? whole.replace(/[.,;:!?]+$/, '') : whole.trimEnd()
    if (name === 'card' && !isCard(trimmed)) continue
    if (name === 'phone' && !isPhone(trimmed)) continue
    spans.push({ at: match.index + match[0].indexOf(whole), text: trimmed })
  }
  return spans
}
