// Chooses the sections that a how-to question is answered with: the numbered steps of a page, or its best procedure.

import { terms } from '../../core/text/analyze.ts'
import { coverage, type WeightedTerm } from './evidence.ts'
import { inPageOrder, isTrouble, type Section, stepNumber } from './sections.ts'

/** Share of the question's weighted terms in a page's title from which the whole page is asked for. */
const WHOLE_PAGE = 0.6
/** A further procedure of the page is quoted where it answers nearly as well as the best. */
const NEARLY = 0.85
const MOST_SECTIONS = 3
const MOST_STEP_SECTIONS = 10

const HOW_TO =
  /\bhow (?:do|can|could|should|would|to|does one|must)\b(?!.*\b(?:know|tell|see if)\b)|\bsteps?\b|\bset ?up\b|\bguide\b|\binstructions?\b|\bwalk me\b/i
const NO_PROCEDURE = /\bhow (?:do|does|can) (?:it|this|that|you|they)\b/i

export function asksHowTo(question: string): boolean {
  return HOW_TO.test(question) && !NO_PROCEDURE.test(question)
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
  if (numbered.length > 0 && isWhole) return numbered.toSorted(inPageOrder).slice(0, MOST_STEP_SECTIONS)
  const procedures = page.filter(isProcedure).sort((a, b) => scoreOf(b) - scoreOf(a))
  const first = procedures[0]
  if (first === undefined || scoreOf(first) < scoreOf(best) * NEARLY) return []
  const least = scoreOf(first) * NEARLY
  const kept = isWhole ? procedures.filter((section) => scoreOf(section) >= least) : [first]
  return kept.slice(0, MOST_SECTIONS).sort(inPageOrder)
}
