// Who looks after a question of the set, and which ones are not announced for a while: plain records by model and case.
import { z } from 'zod'
import { digestOf } from '../../core/digest.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Ledger } from '../../store/port-ledgers.ts'

const common = {
  form: z.literal(1),
  model: z.string().min(1),
  case: z.string().min(1),
  /** Who said so, as people call them. */
  by: z.string().min(1),
  at: z.string(),
}

/** Not announced before `until`, an ISO date: on that day it counts again. */
export const muteSchema = z.object({ ...common, until: z.iso.date() })
export type Mute = z.infer<typeof muteSchema>

export const assignmentSchema = z.object({
  ...common,
  /** Who looks after it, as people call them, and their linked name. */
  who: z.string().min(1),
  principal: z.string().min(1),
})
export type Assignment = z.infer<typeof assignmentSchema>

const MOST = 1_000
const TRIES = 100

/** Those of this model, newest first. A record of another shape is left out. */
export async function listCare<T extends Mute | Assignment>(
  ledger: Ledger,
  schema: z.ZodType<T>,
  model: string,
): Promise<T[]> {
  const entries = await ledger.list(MOST)
  return entries.flatMap(({ record }) => schema.safeParse(record).data ?? []).filter((each) => each.model === model)
}

/** The newest word on a case counts. */
export async function keepCare(ledger: Ledger, record: Mute | Assignment): Promise<void> {
  const id = idOf(record)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const entry = await ledger.get(id)
    if (entry === null ? await ledger.create(id, record) : await ledger.update(id, entry.revision, record)) return
  }
  throw new LakedeskError(
    'STORE_FAILED',
    `What is kept of ${record.case} changes without end, so it could not be changed. Try again.`,
  )
}

/** False where there was nothing. */
export function dropCare(ledger: Ledger, of: Pick<Mute, 'model' | 'case'>): Promise<boolean> {
  return ledger.remove(idOf(of))
}

/** Ids of the cases that are muted at that time. */
export async function mutedAt(ledger: Ledger, model: string, at: Date): Promise<Set<string>> {
  const today = at.toISOString().slice(0, 10)
  return new Set(
    (await listCare(ledger, muteSchema, model)).filter(({ until }) => until > today).map((each) => each.case),
  )
}

function idOf({ model, case: id }: Pick<Mute, 'model' | 'case'>): string {
  return digestOf([model, id]).slice(0, 16)
}
