// The questions from users that curators accepted: as part of the labelled set, in its dataset, and for the nightly report.
import { cutLine } from '../../core/text/cut-line.ts'
import type { Runs } from '../../platform/ports/runs.ts'
import { changeRecord } from '../../store/change-record.ts'
import type { Ledger } from '../../store/port.ts'
import { toDatasetRecords } from '../dataset-record.ts'
import { digestOfCases, fromDataset, toWords } from '../eval-set.ts'
import type { EvalCase, EvalSet } from '../evaluation.ts'
import { type CaseRecord, type CaseState, caseRecordSchema, toEvalCase } from './case-record.ts'

/** Records that are looked through, newest first. */
const MOST = 10_000

/** Newest first. Throws STORE_*. */
export async function listCases(cases: Pick<Ledger, 'list'>, state?: CaseState): Promise<CaseRecord[]> {
  const records = (await cases.list(MOST)).map(({ record }) => caseRecordSchema.parse(record))
  return state === undefined ? records : records.filter((record) => record.state === state)
}

/** Accepted questions, oldest first. Throws STORE_*. */
export async function readAcceptedCases(cases: Pick<Ledger, 'list'>): Promise<EvalCase[]> {
  return (await listCases(cases, 'accepted')).reverse().map(toEvalCase)
}

/** The set with these questions behind its own; one that stands in it already, by its words or its id, is not doubled. */
export function withCases(set: EvalSet, more: readonly EvalCase[]): EvalSet {
  const ids = new Set(set.cases.map(({ id }) => id))
  const words = new Set(set.cases.map(toWords))
  const added: EvalCase[] = []
  for (const one of more) {
    const asked = toWords(one)
    if (ids.has(one.id) || words.has(asked)) continue
    ids.add(one.id)
    words.add(asked)
    added.push(one)
  }
  if (added.length === 0) return set
  const cases = [...set.cases, ...added]
  return { name: `${set.name} and ${added.length} from users`, digest: digestOfCases(cases), cases }
}

/**
 * Writes accepted questions into the dataset and notes it; one whose question stands there already stays as it is there. Safe to
 * call again. Returns how many were written. Throws PLATFORM_*, STORE_*, EVAL_SET_INVALID where the dataset cannot be read.
 */
export async function writeToDataset(
  name: string,
  cases: Ledger,
  { datasets }: Pick<Runs, 'datasets'>,
): Promise<number> {
  const open = (await listCases(cases, 'accepted')).filter(({ dataset }) => dataset !== name).reverse()
  if (open.length === 0) return 0
  const there = (await datasets.read(name)) ?? []
  const set = there.length > 0 ? fromDataset(name, there) : { name, digest: '', cases: [] }
  // A question of ours whose words were changed is written again under its id.
  const others = { ...set, cases: set.cases.filter(({ id }) => !open.some((one) => one.id === id)) }
  const added = withCases(others, open.map(toEvalCase)).cases.slice(others.cases.length)
  if (added.length > 0) await datasets.write(name, toDatasetRecords({ name, digest: '', cases: added }))
  for (const { id, edits } of open) {
    await changeRecord<CaseRecord>(cases, id, caseRecordSchema.parse, (old) =>
      old && old.edits === edits && old.dataset !== name ? { ...old, dataset: name } : null,
    )
  }
  return added.length
}

const QUESTION_CHARS = 80

/** As the nightly report names it. `by`: the curator. */
export interface AcceptedCase {
  caseId: string
  question: string
  by: string
}

/** Questions that were accepted after this time (ISO 8601; null: ever), oldest first, shortened to a line. Throws STORE_*. */
export async function newCasesSince(cases: Ledger, since: string | null): Promise<AcceptedCase[]> {
  const after = since === null ? Number.NEGATIVE_INFINITY : Date.parse(since)
  return (await listCases(cases, 'accepted'))
    .flatMap(({ id, question, decided, acceptedAt }) =>
      decided && acceptedAt !== null && Date.parse(acceptedAt) > after
        ? [{ at: acceptedAt, caseId: id, question: cutLine(question, QUESTION_CHARS), by: decided.name }]
        : [],
    )
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ at: _, ...one }) => one)
}
