// Fills the fields of a schema from a text: each by what its name and type ask for, null where nothing was found.
import type { ExtractField, Json } from '../../../ports/ai-functions.ts'
import { cosine, type Embedder } from '../../embedder.ts'
import { analyzeSentiment } from '../sentiment/analyze-sentiment.ts'
import { readTicketText } from '../text/ticket-text.ts'
import { findErrorCodes } from './error-codes.ts'
import type { Finder, Found, Reading } from './found.ts'
import { findNumbers, parseNumber, readBoolean } from './numbers.ts'
import { findProducts } from './products.ts'
import { finderOf } from './things.ts'
import { findUrgency, readUrgency, toOwnScale } from './urgency.ts'

export interface Extracted {
  value: Json
  confidence: number
}

const NOTHING: Extracted = { value: null, confidence: 0 }
const URGENT = /^(?:urgency|urgent|priority|severity)$/
const FEELING = /^(?:sentiment|feeling|mood|tone|emotion)$/
const PRODUCT = /^(?:products?|components?|modules?|apps?|applications?|software|devices?|tools?)$/
const HUMP = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu
/** Cosine between text and label from which an enum is chosen by meaning alone, and its lead over the next. */
const LIKE = 0.3
const LEAD = 0.08

/** `productName`, `product_name` and `Product name` are the same words. */
export function fieldWords(name: string): string[] {
  return name
    .replace(HUMP, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

export function readForExtraction(content: string, gazetteer: readonly string[]): Reading {
  const text = readTicketText(content)
  return { ...text, said: text.sentences.join('\n'), gazetteer }
}

/** "Product: Scanner" and "Product is Scanner" name the field themselves. */
function readNamed(said: string, words: readonly string[]): Found[] {
  const name = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s_-]?')
  if (name === '') return []
  const match = new RegExp(`(?:^|\\n|[;|] ?|\\. )${name}\\s{0,2}[:=]\\s{0,3}([^\\n;|]{1,120})`, 'iu').exec(said)
  const value = match?.[1]?.replace(/[\s.,]+$/, '').trim()
  return value === undefined || value === '' ? [] : [{ value, confidence: 0.9 }]
}

function chooseFinder(words: readonly string[]): Finder | null {
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word))
  if (has(/^(?:errors?|err|exception|fault)$/) || (has(/^status$/) && has(/^code$/))) return findErrorCodes
  if (has(URGENT)) return findUrgency
  if (has(FEELING)) {
    return ({ said }) => {
      const felt = analyzeSentiment(said)
      return felt === null ? [] : [{ value: felt.sentiment, confidence: felt.confidence }]
    }
  }
  const known = finderOf(words)
  if (known !== null) return known
  return has(PRODUCT) ? findProducts : null
}

function findText(reading: Reading, field: ExtractField, words: readonly string[]): Found[] {
  const named = readNamed(reading.said, words)
  if (named.length > 0) return named
  // A name that says nothing may have a description that does.
  const finder = chooseFinder(words) ?? chooseFinder(fieldWords(field.description ?? '').slice(0, 8))
  return finder === null ? [] : finder(reading, words)
}

async function chooseLabel(
  reading: Reading,
  field: ExtractField,
  words: readonly string[],
  embedder: Embedder,
  signal: AbortSignal,
): Promise<Extracted> {
  const labels = field.labels ?? []
  const urgency = words.some((word) => URGENT.test(word)) ? readUrgency(reading) : null
  const own = urgency === null ? null : toOwnScale(urgency.level, labels)
  if (urgency !== null && own !== null) return { value: own, confidence: urgency.confidence }
  const spoken = (label: string) => fieldWords(label).join(' ')
  const asText = findText(reading, field, words)
  const [same] = asText.flatMap(({ value, confidence }) => {
    const label = labels.find((one) => spoken(one) === spoken(value))
    return label === undefined ? [] : [{ value: label, confidence }]
  })
  if (same !== undefined) return same
  const padded = ` ${fieldWords(reading.said).join(' ')} `
  const named = labels.filter((label) => spoken(label) !== '' && padded.includes(` ${spoken(label)} `))
  const [longest] = named.sort((a, b) => b.length - a.length)
  if (longest !== undefined) return { value: longest, confidence: named.length === 1 ? 0.85 : 0.55 }
  if (labels.length === 0 || reading.said === '') return NOTHING
  const vectors = await embedder.texts(
    [reading.said, ...labels.map((label) => `${words.join(' ')}: ${spoken(label)}`)],
    signal,
  )
  const [text = [], ...others] = vectors
  const order = labels
    .map((label, i) => ({ label, likeness: cosine(text, others[i] ?? []) }))
    .sort((a, b) => b.likeness - a.likeness)
  const [best, next] = order
  if (best === undefined || best.likeness < LIKE || best.likeness - (next?.likeness ?? 0) < LEAD) return NOTHING
  return { value: best.label, confidence: Math.min(0.6, best.likeness) }
}

function toNumber(found: readonly Found[], integer: boolean): Extracted {
  for (const { value, confidence } of found) {
    const number = parseNumber(value)
    if (number !== null && (!integer || Number.isInteger(number))) return { value: number, confidence }
  }
  return NOTHING
}

async function extractArray(
  reading: Reading,
  field: ExtractField,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<Extracted> {
  const items = field.items ?? { name: field.name, type: 'string' as const }
  const words = fieldWords(field.name)
  if (items.type === 'string') {
    const singular = words.map((word) => word.replace(/(?<=\w{3})s$/, ''))
    const found = findText(
      reading,
      { ...items, name: field.name },
      findText(reading, items, words).length > 0 ? words : singular,
    )
    return { value: found.map(({ value }) => value), confidence: found[0]?.confidence ?? 0 }
  }
  const one = await extractField(reading, { ...items, name: items.name || field.name }, embedder, signal)
  return one.value === null ? { value: [], confidence: 0 } : { value: [one.value], confidence: one.confidence }
}

/** One field. An object is null where none of its properties was found; an array is then empty. */
export async function extractField(
  reading: Reading,
  field: ExtractField,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<Extracted> {
  const words = fieldWords(field.name)
  switch (field.type) {
    case 'string': {
      const [best] = findText(reading, field, words)
      return best === undefined ? NOTHING : { value: best.value, confidence: best.confidence }
    }
    case 'integer':
    case 'number': {
      const near = findNumbers(reading, words)
      return toNumber([...(near.length > 0 ? near : findText(reading, field, words))], field.type === 'integer')
    }
    case 'boolean': {
      if (words.some((word) => URGENT.test(word))) {
        const urgency = readUrgency(reading)
        return urgency === null ? NOTHING : { value: urgency.level === 'high', confidence: urgency.confidence }
      }
      return readBoolean(reading.said, words) ?? NOTHING
    }
    case 'enum':
      return chooseLabel(reading, field, words, embedder, signal)
    case 'array':
      return extractArray(reading, field, embedder, signal)
    case 'object': {
      const value: { [name: string]: Json } = {}
      let confidence = 0
      for (const property of field.properties ?? []) {
        const found = await extractField(reading, property, embedder, signal)
        value[property.name] = found.value
        confidence = Math.max(confidence, found.confidence)
      }
      return confidence === 0 ? NOTHING : { value, confidence }
    }
  }
}
