// The journal of a move: what is written down before each effect, so that a crash resumes or undoes.
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { SagaRecord } from '../store/port.ts'
import { type Move, moveSchema, sagaEndingSchema } from './saga-move.ts'

export const SAGA_STEPS = ['lock', 'canary', 'alias', 'endpoint', 'wait', 'probe', 'undoing', 'ending'] as const
export type SagaStep = (typeof SAGA_STEPS)[number]

const auditLineSchema = z.object({
  at: z.string(),
  actor: z.string(),
  what: z.string(),
  turnId: z.string(),
  outcome: z.enum(['done', 'refused', 'waiting', 'failed']),
  detail: z.record(z.string(), z.unknown()),
})

const journalSchema = z.object({
  move: moveSchema,
  step: z.enum(SAGA_STEPS),
  /** What was perhaps written: noted before the write. */
  touched: z.array(z.enum(['endpoint', 'alias'])),
  /** Since when the canary is observed, ISO 8601. */
  observedSince: z.string().nullable(),
  /** Why it is being undone. `foreign`: somebody else's change stood in its way. */
  failure: z.object({ step: z.string(), why: z.string(), foreign: z.boolean().default(false) }).nullable(),
  /** Decided before the record is ended, so that a crash in between cannot decide otherwise. */
  ending: sagaEndingSchema.extend({ audit: auditLineSchema }).nullable(),
})
export type Journal = z.infer<typeof journalSchema>

export function startJournal(move: Move): Journal {
  return { move, step: 'lock', touched: [], observedSince: null, failure: null, ending: null }
}

/** Throws STORE_CORRUPT where the record holds no journal of a move. */
export function readJournal(record: SagaRecord): Journal {
  const parsed = journalSchema.safeParse(record.state)
  if (parsed.success) return parsed.data
  throw new LakedeskError(
    'STORE_CORRUPT',
    `The journal of the move ${record.id} cannot be read, so nothing is done about it. Compare alias and endpoint by hand, and see the log.`,
    parsed.error,
  )
}
