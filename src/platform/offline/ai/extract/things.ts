// Finds addresses, dates, sums, people, plans, and the numbers that things go by.
import { findAll, type PatternName } from '../text/patterns.ts'
import { type Finder, type Found, type Reading, ranked } from './found.ts'

const byPattern =
  (name: PatternName, confidence: number, where: (reading: Reading) => string = ({ clean }) => clean): Finder =>
  (reading) =>
    ranked(findAll(name, where(reading)).map(({ text }) => ({ value: text, confidence })))

const INTRODUCED =
  /\b(?:my name is|i am called|this is|i'm|ich heiße|mein name ist|je m'appelle|me llamo|mi chiamo|call from [^,\n]{1,60},)\s+((?:\p{Lu}[\p{L}'-]{1,20})(?: \p{Lu}[\p{L}'-]{1,20}){0,2})/giu
const TITLED =
  /\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Señora?)\.? ((?:\p{Lu}[\p{L}'-]{1,20})(?: \p{Lu}[\p{L}'-]{1,20}){0,2})/gu
const NAME_LINE = /^\p{Lu}[\p{L}'-]{1,20}(?: \p{Lu}[\p{L}'.-]{0,20}){0,3}$/u
const ROLE =
  /\b(?:team|support|department|lead|manager|head|service|owner|finance|operations|accounting|buchhaltung|sales|it)\b/i

const findPeople: Finder = ({ clean, signature }) => {
  const found: Found[] = []
  for (const match of clean.matchAll(INTRODUCED)) {
    if (/^\p{Lu}/u.test(match[1] ?? '')) found.push({ value: match[1] ?? '', confidence: 0.9 })
  }
  const [line = ''] = signature
  const [name = ''] = line.split(/[,|/]/)
  if (NAME_LINE.test(name.trim()) && !ROLE.test(name)) found.push({ value: name.trim(), confidence: 0.75 })
  for (const match of clean.matchAll(TITLED)) found.push({ value: match[1] ?? '', confidence: 0.7 })
  return ranked(found)
}

const findCompanies: Finder = (reading) => {
  const known = byPattern('company', 0.7)(reading, [])
  const last = reading.signature.length > 1 ? reading.signature.at(-1) : undefined
  const from = /\bcall from ([^,\n]{2,60}),/i.exec(reading.clean)?.[1]
  return ranked([
    ...known,
    ...(from === undefined ? [] : [{ value: from, confidence: 0.75 }]),
    ...(last !== undefined && !ROLE.test(last) && last.length < 60 && !/[@\d]/.test(last)
      ? [{ value: last, confidence: 0.5 }]
      : []),
  ])
}

const PLAN =
  /\b(starter|basic|free|growth|scale|pro|professional|premium|plus|business|team|standard|enterprise|trial)(?= (?:plan|tier|subscription|package|edition|licen[cs]e)\b)|\b(?:on|to|for|from|of)(?: the)? (Starter|Growth|Scale|Enterprise|Premium|Pro|Business|Basic)\b/gi
const findPlans: Finder = ({ said }) =>
  ranked(
    [...said.matchAll(PLAN)].map((match) => ({
      value: match[1] ?? match[2] ?? '',
      confidence: match[1] === undefined ? 0.65 : 0.85,
    })),
  )

/** Words by which a language is known when several stand in one text. */
const LANGUAGES: Readonly<Record<string, RegExp>> = {
  English: /\b(?:the|and|is|are|not|have|please|with|our|you|we|to|of|for|this|it|my|can|i)\b/gi,
  German: /\b(?:der|die|das|und|ist|nicht|ich|wir|bitte|mit|eine?|seit|keine?|auf|guten|gruß|für|danke|sie)\b/gi,
  French: /\b(?:le|la|les|des|est|pas|nous|vous|bonjour|merci|une?|depuis|pour|avec|je|plus|cordialement|ce)\b/gi,
  Spanish: /\b(?:el|los|las|es|no|por|favor|gracias|hola|una?|han|con|que|me|necesitamos|buenos|para|toda)\b/gi,
  Italian: /\b(?:il|gli|non|salve|grazie|per|con|una|riesco|più|che|di|ho|ciao|questo|codice)\b/gi,
  Portuguese: /\b(?:os|não|obrigado|obrigada|por|com|uma|desde|ontem|já|que|do|mostra|olá|você)\b/gi,
  Dutch: /\b(?:het|een|niet|ik|wij|met|kan|en|geen|mijn|graag|groet|om|meer|hallo|bedankt)\b/gi,
}
const SCRIPTS: readonly [string, RegExp][] = [
  ['Japanese', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['Chinese', /\p{Script=Han}/u],
  ['Korean', /\p{Script=Hangul}/u],
  ['Russian', /\p{Script=Cyrillic}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Hindi', /\p{Script=Devanagari}/u],
  ['Thai', /\p{Script=Thai}/u],
  ['Greek', /\p{Script=Greek}/u],
]

const findLanguage: Finder = ({ body }) => {
  const script = SCRIPTS.find(([, letters]) => (body.match(new RegExp(letters, 'gu')) ?? []).length > 3)
  if (script !== undefined) return [{ value: script[0], confidence: 0.9 }]
  const counts = Object.entries(LANGUAGES).map(([value, words]) => ({ value, count: (body.match(words) ?? []).length }))
  const [best, next] = counts.sort((a, b) => b.count - a.count)
  if (best === undefined || best.count < 2) return []
  return [{ value: best.value, confidence: Math.min(0.95, 0.5 + 0.1 * (best.count - (next?.count ?? 0))) }]
}

const escapeWord = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const USUAL_PREFIX: Readonly<Record<string, string>> = {
  invoice: 'INV|RE|RG',
  order: 'ORD|SO|PO|TP',
  ticket: 'TICKET|TKT|CASE|T',
  customer: 'C|CUST|KD',
  case: 'CASE',
}

/** Numbers of a thing: written after its word ("order no. TP-12", "invoice #42"), or under a prefix people use for it. */
function findNumberOf(thing: string): Finder {
  const word = `\\b${escapeWord(thing)}s?(?:[- ]?(?:number|no|nr|num|id|ref|reference|code))?\\.?`
  const near = new RegExp(
    `${word}(?: (?:is|are|was|and|of))?\\s{0,2}[:#=]?\\s{0,2}#?([A-Z]{0,8}[-_]?\\d[\\w-]{1,30}|[A-Za-z]{1,8}[-_](?=[\\w-]*\\d)[\\w-]{2,30})(?![\\w])`,
    'gi',
  )
  const prefix = USUAL_PREFIX[thing]
  const prefixed = prefix === undefined ? null : new RegExp(`(?<![\\w-])(?:${prefix})[-_]\\d[\\d-]{1,20}(?![\\w])`, 'g')
  return ({ clean }) =>
    ranked([
      ...[...clean.matchAll(near)].map((match) => ({ value: match[1] ?? '', confidence: 0.85 })),
      ...(prefixed === null
        ? []
        : [...clean.matchAll(prefixed)].map((match) => ({ value: match[0], confidence: 0.8 }))),
    ])
}

const PLAIN: Readonly<Record<string, Finder>> = {
  email: byPattern('email', 0.97),
  phone: byPattern('phone', 0.85),
  url: byPattern('url', 0.97),
  ip: byPattern('ip', 0.95),
  iban: byPattern('iban', 0.9),
  card: byPattern('card', 0.9),
  date: byPattern('date', 0.75, ({ said }) => said),
  amount: byPattern('amount', 0.85, ({ said }) => said),
  currency: byPattern('currency', 0.85, ({ said }) => said),
  version: byPattern('version', 0.8, ({ said }) => said),
  address: byPattern('address', 0.65),
  vat: byPattern('vat', 0.75),
  plan: findPlans,
  language: findLanguage,
  person: findPeople,
  company: findCompanies,
}
const MEANING: readonly [RegExp, string][] = [
  [/^(?:e-?mails?|mails?)$/, 'email'],
  [/^(?:phones?|tel|telephone|mobile|fax|callback)$/, 'phone'],
  [/^(?:urls?|links?|website|uri|webpage)$/, 'url'],
  [/^(?:ip|ips)$/, 'ip'],
  [/^iban$/, 'iban'],
  [/^card$/, 'card'],
  [/^(?:version|versions|release)$/, 'version'],
  [/^(?:vat)$/, 'vat'],
  [/^(?:currency|currencies)$/, 'currency'],
  [/^(?:amounts?|price|cost|costs|fee|sum|charge|money|payment|refund)$/, 'amount'],
  [/^(?:dates?|deadline|day|due)$/, 'date'],
  [/^(?:plans?|tier|subscription|edition)$/, 'plan'],
  [/^(?:language|languages|lang)$/, 'language'],
  [/^(?:address|street)$/, 'address'],
  [/^(?:company|organisation|organization|employer|business)$/, 'company'],
  [/^(?:person|persons|people|sender|author|caller|contact|signature)$/, 'person'],
]
const PERSONAL = /^(?:customer|user|full|first|last|client|contact|agent|employee|reporter|requester|sender|owner)$/
const NUMBER_SUFFIX = /^(?:number|no|nr|num|id|ids|ref|reference|numbers)$/

/** The finder that the words of a field's name ask for; null where they mean nothing to these rules. */
export function finderOf(words: readonly string[]): Finder | null {
  const last = words.at(-1) ?? ''
  const [thing] = words.filter((word) => !NUMBER_SUFFIX.test(word)).slice(-1)
  for (const [pattern, name] of MEANING) {
    // "order date" is a date, and "card number" a card.
    if (words.some((word) => pattern.test(word))) return PLAIN[name] ?? null
  }
  if (NUMBER_SUFFIX.test(last) && thing !== undefined) return findNumberOf(thing)
  if (/^(?:order|invoice|ticket|case|sku|rma|tracking)$/.test(last)) return findNumberOf(last)
  if (last === 'name' || last === 'names')
    return words.length === 1 || words.some((word) => PERSONAL.test(word)) ? findPeople : null
  return PERSONAL.test(last) && last !== 'first' && last !== 'last' && last !== 'full' ? findPeople : null
}
