// Composes an answer of quotations: a procedure in its order, or the sentences, rows and items that hold the fact, each cited.
import { REFUSAL } from '../../core/refusal.ts'
import type { Evidence, Unit } from './evidence.ts'
import { asksHowTo, chooseProcedure, missingSteps, stepsOf } from './procedure.ts'
import { quoteBlock, quoteHeading } from './quote.ts'
import { inPageOrder, isTrouble, readSections, type Section, stepNumber } from './sections.ts'
import { add, addAll, joinAnnounced, type Selection, selectFacts } from './selection.ts'
import { areSiblings, judgeSiblings, namedTogether } from './siblings.ts'
import type { Block } from './units.ts'

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
/** Lines, fences counted, up to which code may be a fact (a default, a command) and is no mere example. */
const LONG_CODE = 5
/** Lines, fences counted, of code that needs no heading where several sections are quoted. */
const SHORT_CODE = 3
/** What makes a unit weigh less or more in what is quoted. */
const EXAMPLE = 0.12
const TROUBLE_BLOCK = 0.2
const NO_FIGURE = 0.08
const NAMED_PAGE = 0.08
/** Taken back of what the order of the search gave: it is made for pages, and says little of their sentences. */
const LED_BY_RANK = 0.1

const QUANTITY =
  /\bhow (?:long|many|much|often|far|fast|big|large|old|soon)\b|\b(?:max|maximum|min|minimum|limit|longest|heaviest|until when)\b/i
const FACT =
  /^(?:and |or |but |so )?(?:what|which|who|when|where|why|is|are|does|do|did|will|until|how (?!do|can|to|should))\b/i
const TROUBLE =
  /\b(?:errors?|problems?|wrong|fails?|failed|failing|failure|broken|mistakes?|not work\w*|doesn'?t|can'?t|cannot|stopped|why|trouble\w*|bug)\b|\b[A-Z]{2,}[A-Z0-9]*-?\d{3,}\b|\b[45]\d\d\b/i
const REMARK = /^\W*(?:notice|note|warning|important|tip|caution)\b/i
const CODE_ASKED =
  /\b(?:code|example|command|snippet|sample|yaml|json|policy|permissions?|script|curl|request|query)\b/i

interface Wants {
  query: string
  searches: number
  /** Errors and mistakes are asked about. */
  trouble: boolean
  wanted: ReadonlySet<string>
}

interface Selected {
  selection: Selection
  sections: Section[]
  missing: string
}

/** The units with the weights that decide what is quoted for one part. */
function weighPart(part: Part, whole: Evidence, wants: Wants): Unit[] {
  const key = (unit: Unit) => `${unit.rank}:${unit.blockAt}:${unit.at}`
  const inWhole = new Map(whole.units.map((unit) => [key(unit), unit.score]))
  const code = CODE_ASKED.test(part.question) || asksHowTo(part.question)
  const quantity = QUANTITY.test(part.question)
  const adjust = (unit: Unit): number => {
    const { block, passage } = unit
    const heading = block.heading || (passage.headings.at(-1) ?? '')
    const isExample = block.kind === 'code' && !code && unit.text.split('\n').length > LONG_CODE
    return (
      (isExample ? -EXAMPLE : 0) +
      (!wants.trouble && isTrouble({ heading, title: '' }) ? -TROUBLE_BLOCK : 0) +
      (quantity && !/\d/.test(unit.plain) ? -NO_FIGURE : 0) +
      (wants.wanted.has(passage.title) ? NAMED_PAGE : 0) -
      LED_BY_RANK / (1 + unit.rank)
    )
  }
  return part.evidence.units
    .map((unit) => {
      const score = PART_SHARE * unit.score + (1 - PART_SHARE) * (inWhole.get(key(unit)) ?? unit.score)
      return { ...unit, score: score + adjust(unit) }
    })
    .sort((a, b) => b.score - a.score)
}

/**
 * Adds the quotations of one part: a procedure where it asks how to do something and one was found, else the facts. Returns
 * what to search for where steps of the procedure are missing.
 */
function selectPart(
  part: Part,
  units: readonly Unit[],
  most: number,
  into: { selection: Selection; sections: readonly Section[] },
  wants: Wants,
): string {
  const { selection, sections } = into
  const quantity = QUANTITY.test(part.question)
  const isHowTo = asksHowTo(part.question) && !quantity
  const pages = namedTogether(wants.query, [...new Set(units.map(({ passage }) => passage.title))])
  const groups = pages.length > 0 ? pages.map((page) => units.filter(({ passage }) => passage.title === page)) : [units]
  const procedures = groups.map((group) =>
    isHowTo ? chooseProcedure(readSections(group), part.evidence.questionTerms, wants.trouble) : [],
  )
  const procedure = procedures.flat()
  if (procedure.length === 0) {
    const wholeSteps = !FACT.test(part.question) && !quantity
    selectFacts(selection, units, sections, { most, wholeSteps })
    return ''
  }
  const blocks = sections.flatMap((section) => section.blocks)
  for (const { rank, blockAt } of procedure.flatMap(stepsOf)) {
    const home = blocks.find((other) => other.rank === rank && other.blockAt === blockAt)
    if (home !== undefined) addAll(selection, home)
  }
  for (const [first] of procedures) addIntroduction(selection, sections, first?.doc ?? '')
  return missingSteps(procedure, wants.query, wants.searches)
}

function select(parts: readonly Part[], whole: Evidence, query: string, searches: number): Selected {
  const passages = [...new Set(whole.units.map(({ passage }) => passage))]
  const { wanted, unwanted } = judgeSiblings(query, passages)
  const wants = { query, searches, trouble: TROUBLE.test(query), wanted }
  const isKept = ({ passage }: Unit) => !unwanted.has(passage.title)
  const sections = readSections(whole.units.filter(isKept))
  const selection: Selection = new Map()
  const most = parts.length > 1 ? MOST_FACTS_OF_PART : MOST_FACTS
  const missing = parts.map((part) =>
    selectPart(part, weighPart(part, whole, wants).filter(isKept), most, { selection, sections }, wants),
  )
  joinAnnounced(selection, sections)
  return { selection, sections, missing: missing.find((query) => query !== '') ?? '' }
}

/** The sentence with which a page begins, where it was found. */
function addIntroduction(selection: Selection, sections: readonly Section[], doc: string): void {
  const opening = sections.find((section) => section.doc === doc && section.heading === '')
  const first = opening?.blocks[0]
  if (first?.block.kind === 'paragraph' && !REMARK.test(first.block.text)) add(selection, first, [0])
}

/** Two lists side by side would be read as one; a line or two of code explain themselves. */
function needsHeading({ kind, text }: Block): boolean {
  return kind !== 'paragraph' && (kind !== 'code' || text.split('\n').length > SHORT_CODE)
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
    const isLong = chosen.some(({ block }) => needsHeading(block))
    if (ordered.length > 1 && (isLong || stepNumber(section.heading) !== null) && section.heading !== heading)
      paragraphs.push(quoteHeading(section.heading))
    heading = section.heading
    for (const block of chosen) paragraphs.push(quoteBlock(block, selection.get(block) ?? new Set()))
  }
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')
}

export interface Composed {
  text: string
  /** What to search for to complete the answer; empty where nothing seems to be missing. */
  missing: string
}

/** The quotations of an answer; a refusal where the evidence of the whole message holds no unit. `searches`: made so far. */
export function composeAnswer(parts: readonly Part[], whole: Evidence, query: string, searches = 1): Composed {
  if (whole.units.length === 0) return { text: REFUSAL, missing: '' }
  const { selection, sections, missing } = select(parts, whole, query, searches)
  return { text: write(selection, sections), missing }
}

/** The honest refusal, with the nearest page named where there is one. */
export function composeRefusal(nearest: string): string {
  return nearest === '' ? REFUSAL : `${REFUSAL} The nearest page I found is "${nearest}", but it does not answer this.`
}
