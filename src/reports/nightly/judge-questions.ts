// What a mean over all questions hides: whether more of them fail than noise explains.
import { expectedFailing, type Failing, findFailing, isFailing } from './failing.ts'
import type { Measured, Night } from './night.ts'
import type { SharedRow } from './paired.ts'
import { findFar } from './single-questions.ts'

/** Chance that noise alone gives as many failing questions: below it they are measured once more. */
const SUSPECT_ALPHA = 0.2
/** The same for questions that fail clearly on one metric, which is looked at for each of them. */
const FAR_ALPHA = 0.1
/** Fewer than this, and than this share of the questions, are told but are no regression. */
const FEWEST = 3
const LEAST_SHARE = 0.05
/** Of real failures nearly all fail twice, of a judge's slips nearly none. */
const LEAST_CONFIRMED = 0.5

/** Without three nights to learn the noise from, one failing question is worth a second look. */
export function isWorthSecondLook(failing: readonly Failing[], shared: readonly SharedRow[]): boolean {
  const expected = expectedFailing(shared)
  if (failing.length === 0) return false
  if (expected === null || poissonTail(failing.length, expected) < SUSPECT_ALPHA) return true
  // A judge that often slips on one metric says nothing against what fails clearly on another.
  const far = findFar(failing, shared)
  return [...new Set(far.map(({ metric }) => metric))].some((metric) => {
    const onIt = (all: readonly Failing[]) => all.filter((each) => each.metric === metric)
    const usual = expectedFailing(shared, (all, rows) => findFar(onIt(all), rows)) ?? 0
    return poissonTail(onIt(far).length, usual) < FAR_ALPHA
  })
}

/** Chance that noise alone lets as many questions fail: what is above it is looked at a third time, or not told. */
const TOLD_ALPHA = 0.01
/** Of the questions that slip in one measurement: those that slip in the next too, and in the one after. Questions near the line slip most. */
const REPEATED = { known: { twice: 0.1, thrice: 0.03 }, unknown: { twice: 0.3, thrice: 0.15 } } as const

/** How many questions noise alone lets fail in two measurements of a night, and in three. */
export interface Slips {
  twice: number
  thrice: number
}

/**
 * From the nights of the baseline; where they are too few, from what failed in one of tonight's two measurements alone: a question
 * that is near the line had few nights to show it, so more of them repeat.
 */
export function expectSlips(shared: readonly SharedRow[], again: readonly SharedRow[]): Slips {
  const expected = expectedFailing(shared)
  const { twice, thrice } = expected === null ? REPEATED.unknown : REPEATED.known
  const slipped = expected ?? countOnce(findFailing(shared), findFailing(again)) / 2
  return { twice: twice * slipped, thrice: thrice * slipped }
}

/** True where so many are more than the slips that are to be expected. */
export function isBeyondSlips(count: number, expected: number): boolean {
  return count > 0 && poissonTail(count, expected) < TOLD_ALPHA
}

/** How many questions fail in one of the two alone. */
function countOnce(first: readonly Failing[], again: readonly Failing[]): number {
  const all = [...first, ...again].map(({ caseId }) => caseId)
  return all.filter((id) => all.indexOf(id) === all.lastIndexOf(id)).length
}

export interface QuestionsInput {
  tonight: Measured
  shared: readonly SharedRow[]
  /** Of the first measurement, and those of them that failed twice; without muted ones. */
  failing: readonly Failing[]
  confirmed: readonly Failing[]
  /** Newest first. */
  history: readonly Night[]
}

export function judgeQuestions({ tonight, shared, failing, confirmed, history }: QuestionsInput): Night['questions'] {
  const last = history.find(({ champion }) => champion !== null)
  const before = last?.questions
  const isDown = before?.state === 'fell' || before?.state === 'down'
  if (last && before && isDown) {
    const since = before.since ?? last.date
    const rows = tonight.rows.filter(({ id }) => before.caseIds.includes(id))
    const failed = rows.filter(isFailing).length
    const state = failed > 0 && failed >= rows.length / 2 ? 'down' : 'recovered'
    return { state, since, caseIds: before.caseIds }
  }
  const enough = Math.max(FEWEST, LEAST_SHARE * shared.length)
  if (confirmed.length < enough || confirmed.length < LEAST_CONFIRMED * failing.length) {
    return { state: 'steady', since: null, caseIds: [] }
  }
  return { state: 'fell', since: null, caseIds: confirmed.map(({ caseId }) => caseId) }
}

/** Chance of at least `count` where `mean` are expected. */
function poissonTail(count: number, mean: number): number {
  let term = Math.exp(-mean)
  let below = 0
  for (let k = 0; k < count; k++) {
    below += term
    term *= mean / (k + 1)
  }
  return 1 - below
}
