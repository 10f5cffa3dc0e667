// The words of triage: one ticket and what was found in it, a period of tickets, and what an enrichment run came to.
import { z } from 'zod'

/** One triaged ticket. What a person corrected counts; what was found at first is kept beside it. */
export const triageSchema = z.object({
  /** Such as `t-1a2b3c`: derived from the text and where it was given in, so that a redelivery finds it again. */
  id: z.string(),
  /** Of the ticket table; absent where the text was written or handed over in chat. */
  ticketId: z.string().optional(),
  text: z.string(),
  /** The sentence that says what of the thread is not in the text; absent where all of it is. */
  leftOut: z.string().optional(),
  /** Null: undecidable, a person has to choose. */
  category: z.string().nullable(),
  /** From 0 to 1; null where the platform does not tell. */
  confidence: z.number().nullable(),
  fields: z.record(z.string(), z.string().nullable()),
  summary: z.string().nullable(),
  /** By part (`category`, `fields`, `summary`): the sentence why it is missing. */
  errors: z.record(z.string(), z.string()),
  /** Who answered, such as `offline-rules` or an endpoint. */
  model: z.string(),
  /** US dollars that finding it took; null where no price is known. */
  usd: z.number().nullable().default(null),
  /** One entry per correction, oldest first. `part` is `category`, `summary` or the name of a field. */
  corrections: z.array(
    z.object({
      part: z.string(),
      from: z.string().nullable(),
      /** Empty where a field was taken away. */
      to: z.string(),
      /** As the card shows the person. */
      by: z.string(),
      principal: z.string().optional(),
      /** In which they said so. */
      turn: z.string().optional(),
      at: z.string(),
    }),
  ),
})
export type Triage = z.infer<typeof triageSchema>

/** Days as the database counts them (UTC): `from` is in, `until` is out. ISO dates. */
export interface Period {
  from: string
  until: string
  /** As people say it, such as `yesterday (2026-11-21)`. */
  words: string
}

/** One row of the enrichment table with its ticket. */
export interface EnrichedTicket {
  id: string
  created: string
  text: string
  category: string | null
  confidence: number | null
  fields: Record<string, string | null>
  summary: string | null
  error: string | null
  correctedBy: string | null
}

/** What a period holds once enriched. Counts are of all tickets, `tickets` may be cut. */
export interface TicketReport {
  period: Period
  total: number
  /** Without a result yet. */
  missing: number
  failed: number
  /** The first of them, with why. */
  failures: { id: string; error: string }[]
  /** With a category that is below the floor of sureness. */
  unsure: number
  byCategory: { category: string; count: number }[]
  byDay: { day: string; counts: Record<string, number> }[]
  tickets: EnrichedTicket[]
  truncated: boolean
}
