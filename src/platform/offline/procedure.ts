// Chooses the sections that a how-to question is answered with: the numbered steps of a page, or its best procedure.

import { terms } from '../../core/text/analyze.ts'
import { coverage, type WeightedTerm } from './evidence.ts'
import { namesIn } from './names.ts'
import { inPageOrder, isTrouble, type Section, type SectionBlock, stepNumber } from './sections.ts'

/** Share of the question's weighted terms in a page's title from which the whole page is asked for. */
const WHOLE_PAGE = 0.6
/** A further procedure of the page is quoted where it answers nearly as well as the best. */
const NEARLY = 0.85
const MOST_SECTIONS = 3
const MOST_STEP_SECTIONS = 10
/** Characters of a paragraph before or between the steps, and of a remark behind them. */
const PARAGRAPH = 300
const REMARK = 130
const MOST_ITEMS = 8
const MOST_ROWS = 12

const HOW_TO =
  /\bhow (?:do|can|could|should|would|to|does one|must)\b(?!.*\b(?:know|tell|see if)\b)|\bsteps?\b|\bset ?up\b|\bguide\b|\binstructions?\b|\bwalk me\b/i
const NO_PROCEDURE = /\bhow (?:do|does|can) (?:it|this|that|you|they)\b/i

export function asksHowTo(question: string): boolean {
  return question.split(/[.?!]\s+/).some((sentence) => HOW_TO.test(sentence) && !NO_PROCEDURE.test(sentence))
}

/** The blocks of a section that belong to doing it: remarks behind the last step, long lists and long tables are left out. */
export function stepsOf(section: Section): SectionBlock[] {
  const last = section.blocks.findLastIndex(({ block }) => block.kind !== 'paragraph')
  const isStep = stepNumber(section.heading) !== null
  return section.blocks.filter(({ block }, at) => {
    if (block.kind === 'paragraph') return isStep || block.text.length <= (at > last ? REMARK : PARAGRAPH)
    if (block.kind === 'list') return block.units.length <= MOST_ITEMS
    return block.kind !== 'table' || block.units.length <= MOST_ROWS
  })
}

const scoreOf = (section: Section) =>
  Math.max(0, ...section.blocks.flatMap(({ units }) => units.map(({ score }) => score)))

const isProcedure = ({ blocks }: Section) => blocks.some(({ block }) => block.kind === 'steps' || block.kind === 'code')

/** The sections to quote whole, in the page's order; empty where the best page holds no procedure near the question. */
export function chooseProcedure(
  sections: readonly Section[],
  question: readonly WeightedTerm[],
  wantsTrouble: boolean,
): Section[] {
  const usable = sections.filter((section) => wantsTrouble || !isTrouble(section))
  const best = usable.toSorted((a, b) => scoreOf(b) - scoreOf(a))[0]
  if (best === undefined) return []
  const page = usable.filter(({ doc }) => doc === best.doc)
  const title = new Set(terms(best.title))
  const isWhole = coverage(question, (term) => (title.has(term) ? 1 : 0)) >= WHOLE_PAGE
  const numbered = page.filter(({ heading }) => stepNumber(heading) !== null)
  const asked = new Set(question.map(({ term }) => term))
  const isOneStep = numbered.some(({ heading }) => terms(heading).some((term) => asked.has(term) && !title.has(term)))
  if (numbered.length > 0 && (isWhole || !isOneStep)) return numbered.toSorted(inPageOrder).slice(0, MOST_STEP_SECTIONS)
  const procedures = page.filter(isProcedure).sort((a, b) => scoreOf(b) - scoreOf(a))
  const first = procedures[0]
  if (first === undefined || scoreOf(first) < scoreOf(best) * NEARLY) return []
  const least = scoreOf(first) * NEARLY
  const kept = isWhole ? procedures.filter((section) => scoreOf(section) >= least) : [first]
  return kept.slice(0, MOST_SECTIONS).sort(inPageOrder)
}

/** Missing steps that one search names. */
const STEPS_SOUGHT = 2
/** What steps are about that hold no list of actions, and so are nearest to no how-to question: one for each search. */
const SOUGHT = ['fields and values to enter', 'options and settings, test'] as const

/**
 * What to search for to complete a procedure whose steps stand under numbered headings ("Step 1: ...") of one page; empty
 * where no heading is numbered. A search brings a few passages of a page only, those with lists of actions first, so that
 * the steps between them are missing. `searches` counts those made for the question so far.
 */
export function missingSteps(procedure: readonly Section[], question: string, searches: number): string {
  const first = procedure[0]
  const sought = SOUGHT[searches - 1]
  const numbers = procedure.map(({ heading }) => Math.floor(stepNumber(heading) ?? 0)).filter((number) => number > 0)
  if (first === undefined || sought === undefined || numbers.length < procedure.length) return ''
  const missing: string[] = []
  for (let number = 1; missing.length < STEPS_SOUGHT; number++) {
    if (!numbers.includes(number)) missing.push(`Step ${number}`)
  }
  const asked = new Set(terms(question))
  const names = [...namesIn(`is ${first.title}`).keys()].filter((name) => terms(name).some((term) => asked.has(term)))
  return `${missing.join(', ')}: ${sought} in ${names.length > 0 ? names.join(' ') : first.title}`
}
