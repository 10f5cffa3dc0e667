// What a person said of one answer, and what that answer rests on: written where it was answered, read by whoever learns from it.
import { z } from 'zod'

/** A passage that was retrieved for an answer, cited in it or not. */
export const keptPassageSchema = z.object({
  chunk_id: z.string(),
  doc_id: z.string(),
  title: z.string(),
  /** Cut where it is longer than kept (PASSAGE_CHARS). */
  text: z.string(),
})
export type KeptPassage = z.infer<typeof keptPassageSchema>

export const saidSchema = z.object({ role: z.enum(['user', 'assistant']), text: z.string() })
export type Said = z.infer<typeof saidSchema>

/** What a composed answer rests on. Faces show nothing of it. */
export const basisSchema = z.object({
  question: z.string(),
  /** Earlier messages of the thread as the model was given them, oldest first. */
  history: z.array(saidSchema),
  /** In the order they were found; at most MAX_PASSAGES. */
  passages: z.array(keptPassageSchema),
  /** ISO 8601. */
  startedAt: z.string(),
  durationMs: z.number(),
})
export type Basis = z.infer<typeof basisSchema>

export const MAX_PASSAGES = 20
export const PASSAGE_CHARS = 4_000

const personSchema = z.object({
  /** The linked name of the person, equal on every face; the account where nobody is linked. */
  principal: z.string(),
  /** `<channel>/<tenant>/<id>` */
  identity: z.string(),
  name: z.string().optional(),
})

/** The newest word of one person on one answer, under `toFeedbackId`. */
export const feedbackSchema = z.object({
  kind: z.literal('word'),
  /** The turn that was answered. */
  turn: z.string(),
  rating: z.enum(['up', 'down']),
  reason: z.string().nullable(),
  by: personSchema,
  /** False for guests and for strangers to the question: their word counts, and becomes neither a test nor a training pair. */
  teaches: z.boolean(),
  /** Face and thread where it was said. */
  place: z.object({ channel: z.string(), thread: z.string() }),
  /** When the person pressed, ISO 8601, and the turn of the press. */
  at: z.string(),
  press: z.string(),
  /** 1 at first; every new word adds one. */
  word: z.number().int().positive(),
  /** The newest word that reached the proposed questions, and the trace of the answer. 0: none yet. */
  done: z.object({ case: z.number().int(), trace: z.number().int() }),
  answer: basisSchema.extend({
    text: z.string(),
    refused: z.boolean(),
    version: z.string().nullable(),
    /** doc_ids that the answer cites, best first. */
    cited: z.array(z.string()),
  }),
})
export type Feedback = z.infer<typeof feedbackSchema>

/** One answer and one person, whichever face they used. `principal` as `nameKey` spells it. */
export function toFeedbackId(turn: string, principal: string): string {
  return `${turn}/${principal}`
}
