// What people change in a triaged ticket: kept with who and when, and stored as labelled rows that the classifier learns from.
import { LakedeskError } from '../core/errors.ts'
import { CATEGORY_TASK, fieldTask } from '../platform/ports/taught-rows.ts'
import { partOf, withPart } from './corrected.ts'
import { toCorrectionStatement } from './correction-statement.ts'
import { drain, tableExists } from './run-statement.ts'
import type { TicketPlan } from './ticket-plan.ts'
import { toCreateStatement } from './ticket-statements.ts'
import { type Triage, triageSchema } from './triage.ts'
import type { DeskParts } from './triage-ticket.ts'

/** By part: `category`, `summary` or the name of a field. An empty text takes a field away. */
export type Changes = Readonly<Record<string, string>>

export interface Corrector {
  /** Linked name of the person: stands in the labelled rows and in the enrichment table. */
  principal: string
  /** As the card shows them. */
  name: string
  /** Id of the turn in which they said so: the same turn again, such as after a crash, finds its own corrections made. */
  turn?: string
}

export type Corrected =
  /** `warning`: kept, but the enrichment table does not show it yet. */
  | { kind: 'corrected'; triage: Triage; changed: readonly string[]; warning: string | null }
  | { kind: 'refused'; why: string }

const MOST_CHARACTERS = 4000
/** Two people at once meet a few times at most: each try reads what the other wrote. */
const TRIES = 50

/** The sentence why a change cannot be made; null where it can. */
export function whyNotChange(part: string, value: string, plan: TicketPlan): string | null {
  if (value.length > MOST_CHARACTERS) return `A correction has at most ${MOST_CHARACTERS} characters.`
  if (part === 'summary') return null
  const labels = Object.keys(plan.labels)
  if (part === 'category') return labels.includes(value) ? null : notAmong(part, value, labels)
  const field = Object.hasOwn(plan.fields, part) ? plan.fields[part] : undefined
  if (!field) {
    const known = ['category', ...Object.keys(plan.fields), 'summary'].join(', ')
    return `There is no "${part.slice(0, 60)}" on this card. These can be corrected: ${known}.`
  }
  if (value === '') return null
  if (field.type === 'enum' && field.labels && !field.labels.includes(value)) return notAmong(part, value, field.labels)
  if (field.type === 'boolean' && !['true', 'false'].includes(value)) return notAmong(part, value, ['true', 'false'])
  if (field.type === 'integer' && !/^-?\d+$/.test(value))
    return `${part} is a whole number, not "${value.slice(0, 60)}".`
  if (field.type === 'number' && !Number.isFinite(Number(value)))
    return `${part} is a number, not "${value.slice(0, 60)}".`
  return null
}

const MOST_LISTED = 30

function notAmong(part: string, value: string, labels: readonly string[]): string {
  const listed = labels.slice(0, MOST_LISTED).join(', ')
  const more = labels.length > MOST_LISTED ? `, and ${labels.length - MOST_LISTED} more` : ''
  return `${part} cannot be ${value === '' ? 'empty' : `"${value.slice(0, 60)}"`}. Choose one of these: ${listed}${more}.`
}

/** The same again changes nothing, and makes good what a crash left undone. Throws STORE_*. */
export async function correctTriage(
  id: string,
  changes: Changes,
  who: Corrector,
  parts: DeskParts,
  signal: AbortSignal,
): Promise<Corrected> {
  const { store } = parts
  const wanted = Object.entries(changes).map(([part, value]): [string, string] => [part, value.trim()])
  const swapped = await swap(id, wanted, who, parts)
  if (swapped.kind === 'refused') return swapped
  for (const part of Object.keys(changes)) await putLabel(id, part, parts)
  const warning = await updateRow(id, Object.keys(changes), parts, signal)
  const newest = await store.triages.get(id)
  const triage = newest ? triageSchema.parse(newest.record) : swapped.triage
  return { kind: 'corrected', triage, changed: swapped.changed, warning }
}

type Swapped = { kind: 'swapped'; triage: Triage; changed: string[] } | { kind: 'refused'; why: string }

async function swap(
  id: string,
  wanted: readonly [string, string][],
  who: Corrector,
  parts: DeskParts,
): Promise<Swapped> {
  const { store, plan, now = Date.now } = parts
  for (let n = 0; n < TRIES; n += 1) {
    const entry = await store.triages.get(id)
    if (!entry)
      return {
        kind: 'refused',
        why: `There is no triaged ticket ${id.slice(0, 40)}. Its id stands on its card, such as t-1a2b3c4d5e.`,
      }
    const triage = triageSchema.parse(entry.record)
    const own = triage.corrections.filter(({ turn }) => turn !== undefined && turn === who.turn)
    const made = wanted.filter(([part, value]) => own.some((each) => each.part === part && each.to === value))
    const changed = wanted.filter((each) => !made.includes(each) && (partOf(triage, each[0]) ?? '') !== each[1])
    const names = [...made, ...changed].map(([part]) => part)
    const why = changed.map(([part, value]) => whyNotChange(part, value, plan)).find((each) => each !== null)
    if (why !== undefined && why !== null) return { kind: 'refused', why }
    if (changed.length === 0) return { kind: 'swapped', triage, changed: names }
    const next = apply(triage, changed, who, now())
    if (await store.triages.update(id, entry.revision, next)) {
      return { kind: 'swapped', triage: next, changed: names }
    }
  }
  throw new LakedeskError('STORE_FAILED', `The ticket ${id} is being changed by many people at once. Please try again.`)
}

/** Every correction is later than the one before it, whatever the clock says: the newest counts. */
function apply(triage: Triage, changed: readonly [string, string][], who: Corrector, now: number): Triage {
  const last = triage.corrections.at(-1)
  const at = new Date(Math.max(now, last ? Date.parse(last.at) + 1 : 0)).toISOString()
  const next = {
    ...triage,
    fields: { ...triage.fields },
    errors: { ...triage.errors },
    corrections: [...triage.corrections],
  }
  for (const [part, value] of changed) {
    next.corrections.push({
      ...{ part, from: partOf(triage, part), to: value },
      ...{ by: who.name, principal: who.principal, at, ...(who.turn === undefined ? {} : { turn: who.turn }) },
    })
    Object.assign(next, withPart(next, part, value))
  }
  return next
}

/** From the record and not from what was asked, so that of two people at once the later one's label stays. */
async function putLabel(id: string, part: string, { store }: DeskParts): Promise<void> {
  if (part === 'summary') return
  const entry = await store.triages.get(id)
  if (!entry) return
  const { text, corrections } = triageSchema.parse(entry.record)
  const last = corrections.findLast((each) => each.part === part)
  if (!last) return
  await store.labelled.put({
    task: part === 'category' ? CATEGORY_TASK : fieldTask(part),
    text,
    label: last.to,
    by: last.principal ?? last.by,
    at: last.at,
    source: `triage:${id}`,
  })
}

const NOT_IN_TABLE =
  'The correction is kept, but the table of results could not be updated. Hand it in once more later, and it will be.'

/** Brings the rows of this ticket to what the record says, again where it moved meanwhile. Null, or what to tell. */
async function updateRow(
  id: string,
  wanted: readonly string[],
  parts: DeskParts,
  signal: AbortSignal,
): Promise<string | null> {
  const { store, sql, plan, log } = parts
  try {
    for (let n = 0; n < TRIES; n += 1) {
      const entry = await store.triages.get(id)
      const triage = entry ? triageSchema.parse(entry.record) : null
      const own = triage?.corrections.filter(({ part }) => wanted.includes(part)) ?? []
      const last = own.at(-1)
      if (!entry || !triage || !last) return null
      if (triage.ticketId !== undefined) await drain(sql.run(toCreateStatement(plan), signal))
      else if (!(await tableExists(parts, signal))) return null
      const row = { ...triage, by: last.by, parts: own.map(({ part }) => part) }
      await drain(sql.run(toCorrectionStatement(plan, row), signal))
      if ((await store.triages.get(id))?.revision === entry.revision) return null
    }
    return NOT_IN_TABLE
  } catch (error) {
    signal.throwIfAborted()
    log.warn('A correction could not be written to the table of results', { triage: id, cause: error })
    return NOT_IN_TABLE
  }
}
