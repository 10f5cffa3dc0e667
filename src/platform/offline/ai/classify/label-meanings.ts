// What labels mean, as vectors and words: names in several phrasings, descriptions and their parts, glosses, instructions.
import { terms, words } from '../../../../core/text/analyze.ts'
import type { AiLabel } from '../../../ports/ai-functions.ts'
import { splitSentences } from './addressed.ts'
import { kindsOfLabel } from './cues.ts'
import { glossesOf } from './glossary.ts'
import { isCatchAll, readableName } from './label-names.ts'
import type { Embed } from './memory.ts'
import { unitMean, type Vector } from './vectors.ts'

export interface LabelMeaning {
  label: string
  /** Words of the name, for finding it in a text that speaks to the classifier. */
  name: string[]
  /** A catch-all that says nothing of its own: chosen only where nothing else is sure. */
  empty: boolean
  catchAll: boolean
  vector: Vector
  /** Stemmed words of name and description with weights from 0 to 1: rare among the labels counts more. */
  stems: ReadonlyMap<string, number>
  /** Kinds of messages it speaks of, weighted in the same way. */
  kinds: ReadonlyMap<number, number>
}

/** What a description counts beside the name, as a whole and once more in its parts. */
const DESCRIPTION = 4
const PHRASINGS = [
  (name: string) => name,
  (name: string) => `This is about ${name}.`,
  (name: string) => `I have a question about ${name}.`,
]

export async function readMeanings(
  labels: readonly AiLabel[],
  instructions: string,
  embed: Embed,
  signal?: AbortSignal,
): Promise<LabelMeaning[]> {
  const told = labels.map((label) => ({ ...label, said: ownWords(label, describe(label, labels, instructions)) }))
  const plans = told.map((label) => toPlan(label.label, label.said))
  const vectors = await embed(
    plans.flatMap((plan) => plan.texts),
    signal,
  )
  const said = told.map((label) => [...new Set(terms(`${readableName(label.label)} ${label.said}`))])
  const stems = weighByRarity(said)
  const kinds = weighByRarity(said.map(kindsOfLabel))
  let at = 0
  return told.map((label, k) => {
    const plan = plans[k] ?? { texts: [], groups: [] }
    const own = vectors.slice(at, at + plan.texts.length)
    at += plan.texts.length
    let from = 0
    const vector = unitMean(
      plan.groups.map(({ size }) => {
        from += size
        return unitMean(own.slice(from - size, from))
      }),
      plan.groups.map(({ weight }) => weight),
    )
    return {
      label: label.label,
      name: words(readableName(label.label)),
      catchAll: isCatchAll(label),
      empty: isCatchAll(label) && label.said === '',
      vector,
      stems: stems[k] ?? new Map(),
      kinds: kinds[k] ?? new Map(),
    }
  })
}

/** The description, and the sentences of the instructions that name this label alone. */
function describe({ label, description = '' }: AiLabel, labels: readonly AiLabel[], instructions: string): string {
  if (instructions.trim() === '') return description.trim()
  const names = labels.map((other) => ` ${words(readableName(other.label)).join(' ')} `)
  const mine = ` ${words(readableName(label)).join(' ')} `
  const added = splitSentences(instructions)
    .flatMap((sentence) => sentence.split(/;\s*/))
    .filter((sentence) => {
      const said = ` ${words(sentence).join(' ')} `
      return names.filter((name) => said.includes(name)).length === 1 && said.includes(mine)
    })
  return [description.trim(), ...added].filter((part) => part !== '').join('; ')
}

/** "Everything else, such as thanks and sales" is about thanks and sales: the rest of it is near every text. */
function ownWords(label: AiLabel, said: string): string {
  if (!isCatchAll(label)) return said
  const examples = /\b(?:such as|like|including|for example|e\.g\.|for instance)\b[,:]?(.*)$/is.exec(said)
  if (examples?.[1] !== undefined) return examples[1].trim()
  return /\b(?:else|other|rest|none|not|any|anything|remaining)\b/i.test(said) ? '' : said
}

interface Plan {
  texts: string[]
  /** Consecutive texts whose mean counts with this weight. */
  groups: { size: number; weight: number }[]
}

function toPlan(label: string, said: string): Plan {
  const name = readableName(label)
  const plan: Plan = { texts: [], groups: [] }
  const add = (weight: number, texts: readonly string[]) => {
    if (texts.length === 0) return
    plan.texts.push(...texts)
    plan.groups.push({ size: texts.length, weight })
  }
  const glosses = glossesOf(terms(name))
  add(
    1,
    PHRASINGS.map((phrase) => phrase(name)),
  )
  add(1, glosses)
  if (said !== '') {
    add(DESCRIPTION, [`${name}: ${said}`])
    add(DESCRIPTION, partsOf(said))
  } else if (glosses.length > 0) add(1, [`${name}: ${glosses.join('; ')}`])
  return plan
}

/** "charges, invoices and refunds" names three things. */
function partsOf(said: string): string[] {
  return said
    .split(/[,;.()]|\b(?:and|or)\b/)
    .map((part) => part.trim())
    .filter((part) => part.length > 2)
    .slice(0, 12)
}

/** Inverse label frequency, scaled to 1 for what one label alone has. */
function weighByRarity<T>(all: readonly (readonly T[])[]): Map<T, number>[] {
  const labelsWith = new Map<T, number>()
  for (const one of all.flat()) labelsWith.set(one, (labelsWith.get(one) ?? 0) + 1)
  const full = Math.log(1 + all.length)
  return all.map(
    (own) => new Map(own.map((one) => [one, Math.log(1 + all.length / (labelsWith.get(one) ?? 1)) / full])),
  )
}
