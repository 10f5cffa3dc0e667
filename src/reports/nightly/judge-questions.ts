// What a mean over all questions hides: whether more of them fail than noise explains.
import { expectedFailing, type Failing, isFailing } from './failing.ts'
import type { Measured, Night } from './night.ts'
import type { SharedRow } from './paired.ts'

/** Chance that noise alone gives as many failing questions: below it they are measured once more. */
const SUSPECT_ALPHA = 0.2
/** Fewer than this, and than this share of the questions, are told but are no regression. */
const FEWEST = 3
const LEAST_SHARE = 0.05
/** Of real failures nearly all fail twice, of a judge's slips nearly none. */
const LEAST_CONFIRMED = 0.5

/** Without three nights to learn the noise from, one failing question is worth a second look. */
export function isWorthSecondLook(failing: readonly Failing[], shared: readonly SharedRow[]): boolean {
  const expected = expectedFailing(shared)
  if (failing.length === 0) return false
  return expected === null || poissonTail(failing.length, expected) < SUSPECT_ALPHA
}

/** Of a judge's slips about one in ten repeats in a second measurement: the questions near the line slip most. */
const REPEATED = 0.1
const TOLD_ALPHA = 0.1

/** What failed twice, where it is more than slips that repeat. */
export function withoutSlips(confirmed: readonly Failing[], shared: readonly SharedRow[]): readonly Failing[] {
  const expected = expectedFailing(shared)
  const isTold = expected === null || poissonTail(confirmed.length, REPEATED * expected) < TOLD_ALPHA
  return isTold ? confirmed : []
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
