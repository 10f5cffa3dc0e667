// What a curator decides on a proposed question: one decision by compare and swap, and whoever was slower is told who was first.
import { toMoment } from '../../approvals/approval-words.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Ledger } from '../../store/port.ts'
import { parseCase } from '../parse-case.ts'
import { type CaseRecord, type CaseState, caseRecordSchema, toEvalCase } from './case-record.ts'

export interface Curation {
  id: string
  to: 'accepted' | 'dropped'
  /** What the curator saw: the state, and how often the words had been changed. Absent where the id was typed. */
  seen?: { state: CaseState; edits: number }
  /** Other words; absent: as they stand. */
  change?: Pick<CaseRecord, 'question' | 'facts' | 'page' | 'unanswerable'>
  by: { principal: string; name: string }
  /** ISO 8601. */
  at: string
  /** Of the press: a turn that runs again after a crash finds its own decision. */
  turn: string
}

export type Curated = { kind: 'done'; record: CaseRecord } | { kind: 'refused'; why: string }

const MAX_SWAPS = 1_000

/** Throws STORE_*. */
export async function curateCase(curation: Curation, cases: Ledger): Promise<Curated> {
  for (let attempt = 0; attempt < MAX_SWAPS; attempt++) {
    const entry = await cases.get(curation.id)
    if (!entry) return { kind: 'refused', why: whyUnknown(curation.id) }
    const old = caseRecordSchema.parse(entry.record)
    if (old.decided?.turn === curation.turn) return { kind: 'done', record: old }
    const why = whyNot(old, curation)
    if (why !== null) return { kind: 'refused', why }
    const next = toDecided(old, curation)
    const faulty = whyNoCase(next)
    if (faulty !== null) return { kind: 'refused', why: faulty }
    if (await cases.update(curation.id, entry.revision, next)) return { kind: 'done', record: next }
  }
  throw new LakedeskError('STORE_FAILED', `Question ${curation.id} changes without end. Please try again.`)
}

export function whyUnknown(id: string): string {
  const shown = id.replace(/[^\w-]/g, '').slice(0, 40)
  return `There is no proposed question ${shown || '?'}. \`cases\` lists them, with ids such as c-1a2b3c4d.`
}

/** Who decided last, such as `Bo accepted it at 2026-11-23 09:00 UTC`; null where nobody has. */
export function tellDecision({ state, decided }: CaseRecord): string | null {
  if (!decided) return null
  const when = toMoment(decided.at)
  if (decided.turn === null) return `Whoever proposed it took it back at ${when}`
  return `${decided.name} ${state === 'accepted' ? 'accepted' : 'dropped'} it at ${when}`
}

function whyNot(old: CaseRecord, { to, seen, change }: Curation): string | null {
  const decision = tellDecision(old)
  if (seen && seen.state !== old.state) {
    return `Question ${old.id} is ${old.state} already: ${decision ?? 'it was changed'}. Nothing was changed by you; \`cases ${old.id}\` shows it as it stands.`
  }
  if (seen && seen.edits !== old.edits) {
    return `${old.decided?.name ?? 'Another curator'} changed the words of question ${old.id} meanwhile, so nothing was done. \`cases ${old.id}\` shows them as they stand.`
  }
  if (change && old.acceptedAt !== null && change.question.trim() !== old.question) {
    return `Question ${old.id} joined the set at ${toMoment(old.acceptedAt)}, and its results go by its words, so the question itself stays as it is. Drop it and let another one be proposed.`
  }
  if (old.state === to && !change) return `Question ${old.id} is ${to} already: ${decision ?? 'nothing was changed'}.`
  return null
}

function toDecided(old: CaseRecord, { to, change, by, at, turn }: Curation): CaseRecord {
  const decided = { ...by, at, turn }
  const acceptedAt = old.acceptedAt ?? (to === 'accepted' ? at : null)
  if (!change) return { ...old, state: to, decided, acceptedAt }
  // What the dataset holds are the words of before.
  return { ...old, ...change, state: to, decided, acceptedAt, edits: old.edits + 1, dataset: null }
}

/** What a set would refuse as a whole is refused here, before it can spoil one. */
function whyNoCase(record: CaseRecord): string | null {
  if (record.state !== 'accepted') return null
  const parsed = parseCase(toEvalCase(record))
  return parsed.kind === 'case' ? null : `Nothing was changed: ${parsed.faults.join('; ')}. Correct it in the form.`
}
