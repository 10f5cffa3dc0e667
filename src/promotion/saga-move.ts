// A decided move of an alias and its endpoint from one version to another: plain data, everything the saga needs.
import { z } from 'zod'

const settingsSchema = z.record(z.string(), z.unknown())

/** The shape of EndpointConfig. */
const configSchema = z.object({
  entities: z
    .array(z.object({ name: z.string(), model: z.string(), version: z.string(), settings: settingsSchema }))
    .readonly(),
  routes: z.array(z.object({ entity: z.string(), percentage: z.number() })).readonly(),
})

const actorSchema = z.object({ principal: z.string(), identity: z.string(), name: z.string().optional() })

export const moveSchema = z.object({
  kind: z.enum(['promotion', 'rollback']),
  /** Id of the approval: the move of one approval is carried out once. */
  approval: z.string().min(1),
  model: z.string().min(1),
  alias: z.string().min(1),
  endpoint: z.string().min(1),
  /** Version the alias points at; null where it does not exist yet. */
  from: z.string().nullable(),
  to: z.string().min(1),
  /** The endpoint's config as seen; null where it has none yet. */
  before: configSchema.nullable(),
  /** What shall answer: `to` with all of the traffic. */
  after: configSchema,
  canary: z.object({ config: configSchema, percentage: z.number(), observeSeconds: z.number().min(0) }).nullable(),
  probe: z.array(z.object({ question: z.string().min(1), expect: z.string().min(1).optional() })),
  /** Longest wait for the lock, for a busy endpoint, and for each update. */
  waitMinutes: z.number().positive(),
  evidence: z.object({ candidateRun: z.string().nullable(), policy: z.string(), seal: z.string() }),
  /** The reason, where a failing gate was overridden. */
  forced: z.string().nullable(),
  asker: actorSchema,
  approvers: z.array(actorSchema),
})
export type Move = z.infer<typeof moveSchema>

/** How a move ended, with a sentence for the card. */
export const sagaEndingSchema = z.object({
  state: z.enum(['done', 'undone', 'void', 'failed']),
  outcome: z.string(),
})
export type SagaEnding = z.infer<typeof sagaEndingSchema>
