// Composes an answer of quotations: a procedure in its order, or the sentences, rows and items that hold the fact, each cited.
import { REFUSAL } from '../../core/refusal.ts'
import type { Evidence, Unit } from './evidence.ts'
import { asksHowTo, chooseProcedure } from './procedure.ts'
import { quoteBlock, quoteHeading } from './quote.ts'
import { inPageOrder, isTrouble, readSections, type Section, type SectionBlock } from './sections.ts'
import { add, addAll, joinAnnounced, type Selection, selectFacts } from './selection.ts'
import { areSiblings, dropSiblings } from './siblings.ts'

/** One of the questions of a message, with the units weighed for it. */
export interface Part {
  question: string
  evidence: Evidence
}

/** Quotations for a message that asks one thing, and for each of several. */
const MOST_FACTS = 3
const MOST_FACTS_OF_PART = 2
/** What counts in the weight of a unit: the part, and the whole message that it stands in. */
const PART_SHARE = 0.6
/** Lines from which code is an example and not a fact. */
const LONG_CODE = 4
const EXAMPLE_MALUS = 0.12
const TROUBLE_MALUS = 0.2

const QUANTITY =
  /\bhow (?:long|many|much|often|far|fast|big|large|old|soon)\b|\b(?:max|maximum|min|minimum|limit|longest|heaviest|until when)\b/i
const FACT =
  /^(?:and |or |but |so )?(?:what|which|who|when|where|why|is|are|does|do|did|will|until|how (?!do|can|to|should))\b/i
const TROUBLE =
  /\b(?:errors?|problems?|wrong|fails?|failed|failing|failure|broken|mistakes?|not work\w*|doesn'?t|can'?t|cannot|stopped|why|trouble\w*|bug)\b|\b[A-Z]{2,}[A-Z0-9]*-?\d{3,}\b|\b[45]\d\d\b/i
const CODE_ASKED =
  /\b(?:code|example|command|snippet|sample|yaml|json|policy|permissions?|script|curl|request|query)\b/i

/** The units with the weights that decide what is quoted for one part. */
function weighPart(part: Part, whole: Evidence, wantsTrouble: boolean): Unit[] {
  const key = (unit: Unit) => `${unit.rank}:${unit.blockAt}:${unit.at}`
  const inWhole = new Map(whole.units.map((unit) => [key(unit), unit.score]))
  const wantsCode = CODE_ASKED.test(part.question) || asksHowTo(part.question)
  return part.evidence.units
    .map((unit) => {
      const example = unit.block.kind === 'code' && !wantsCode && unit.text.split('\n').length > LONG_CODE + 2
      const trouble =
        !wantsTrouble && isTrouble({ heading: unit.block.heading || (unit.passage.headings.at(-1) ?? ''), title: '' })
      const score = PART_SHARE * unit.score + (1 - PART_SHARE) * (inWhole.get(key(unit)) ?? unit.score)
      return { ...unit, score: score - (example ? EXAMPLE_MALUS : 0) - (trouble ? TROUBLE_MALUS : 0) }
    })
    .sort((a, b) => b.score - a.score)
}

function select(parts: readonly Part[], whole: Evidence, query: string): { selection: Selection; sections: Section[] } {
  const wantsTrouble = TROUBLE.test(query)
  const kept = new Set(dropSiblings(query, [...new Set(whole.units.map(({ passage }) => passage))]).map(({ n }) => n))
  const sections = readSections(whole.units.filter(({ passage }) => kept.has(passage.n)))
  const selection: Selection = new Map()
  for (const part of parts) {
    const units = weighPart(part, whole, wantsTrouble).filter(({ passage }) => kept.has(passage.n))
    const own = readSections(units)
    const procedure =
      asksHowTo(part.question) && !QUANTITY.test(part.question)
        ? chooseProcedure(own, part.evidence.questionTerms, wantsTrouble)
        : []
    const blockOf = ({ rank, blockAt }: SectionBlock) =>
      sections.flatMap(({ blocks }) => blocks).find((other) => other.rank === rank && other.blockAt === blockAt)
    for (const block of procedure.flatMap(({ blocks }) => blocks)) {
      const home = blockOf(block)
      if (home !== undefined) addAll(selection, home)
    }
    if (procedure.length > 0) addIntroduction(selection, sections, procedure[0]?.doc ?? '')
    else {
      const wholeSteps = !FACT.test(part.question) && !QUANTITY.test(part.question)
      selectFacts(selection, units, sections, { most: parts.length > 1 ? MOST_FACTS_OF_PART : MOST_FACTS, wholeSteps })
    }
  }
  joinAnnounced(selection, sections)
  return { selection, sections }
}

/** The sentence with which a page begins, where it was found. */
function addIntroduction(selection: Selection, sections: readonly Section[], doc: string): void {
  const opening = sections.find((section) => section.doc === doc && section.heading === '')
  const first = opening?.blocks[0]
  if (first?.block.kind === 'paragraph') add(selection, first, [0])
}

/** The quotations: pages in the order in which they were chosen, and each in its own order. */
function write(selection: Selection, sections: readonly Section[]): string {
  const quoted = sections.filter(({ blocks }) => blocks.some((block) => selection.has(block)))
  const docs = [...new Set([...selection.keys()].map(({ units }) => units[0]?.passage.doc ?? ''))]
  const ordered = docs.flatMap((doc) => quoted.filter((section) => section.doc === doc).sort(inPageOrder))
  const titles = [...new Set(ordered.map(({ title }) => title))]
  const paragraphs: string[] = []
  let page = ''
  let heading = ''
  for (const section of ordered) {
    const chosen = section.blocks.filter((block) => selection.has(block))
    const isSibling = titles.some((other) => areSiblings(section.title, other))
    if (isSibling && section.title !== page) paragraphs.push(quoteHeading(section.title))
    page = section.title
    const isLong = chosen.some(({ block }) => block.kind !== 'paragraph')
    if (ordered.length > 1 && isLong && section.heading !== heading) paragraphs.push(quoteHeading(section.heading))
    heading = section.heading
    for (const block of chosen) paragraphs.push(quoteBlock(block, selection.get(block) ?? new Set()))
  }
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')
}

/** The quotations of an answer; the evidence of the whole message must hold at least one unit. */
export function composeAnswer(parts: readonly Part[], whole: Evidence, query: string): string {
  if (whole.units.length === 0) return REFUSAL
  const { selection, sections } = select(parts, whole, query)
  return write(selection, sections)
}

/** The honest refusal, with the nearest page named where there is one. */
export function composeRefusal(nearest: string): string {
  return nearest === '' ? REFUSAL : `${REFUSAL} The nearest page I found is "${nearest}", but it does not answer this.`
}
