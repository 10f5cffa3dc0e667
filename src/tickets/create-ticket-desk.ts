// The desk of tickets: triage of one, corrections, enrichment of a period, and its report. Knows only SQL and the store.
import { LakedeskError } from '../core/errors.ts'
import { type Changes, type Corrected, type Corrector, correctTriage } from './correct-triage.ts'
import {
  type Enriched,
  type EnrichOptions,
  enrichTickets,
  estimateTickets,
  type TicketEstimate,
} from './enrich-tickets.ts'
import { readPeriod } from './period.ts'
import { reportTickets } from './report-tickets.ts'
import type { TicketPlan } from './ticket-plan.ts'
import { ENRICHMENT_COLUMNS } from './ticket-source.ts'
import { type Period, type TicketReport, type Triage, triageSchema } from './triage.ts'
import { type DeskParts, type Triaged, type TriageRequest, triageTicket } from './triage-ticket.ts'

export interface TicketDesk {
  readonly plan: TicketPlan
  /** The same request again finds what was answered first. Throws SQL_*, AI_FUNCTION_*, MODEL_*, PLATFORM_*, STORE_*. */
  triage(request: TriageRequest, signal: AbortSignal): Promise<Triaged>
  find(id: string): Promise<Triage | null>
  /** Throws STORE_*. */
  correct(id: string, changes: Changes, who: Corrector, signal: AbortSignal): Promise<Corrected>
  /** A string is the sentence that says how to write it. */
  period(words: string): Period | string
  /** Asks no model, writes nothing. */
  estimate(period: Period, signal: AbortSignal): Promise<TicketEstimate>
  enrich(period: Period, options: EnrichOptions): Promise<Enriched>
  report(period: Period, signal: AbortSignal): Promise<TicketReport>
}

/** Tickets that a report lists at most: what a file of a million characters may hold. */
const MOST_LISTED = 5000

/** Throws TICKETS_INVALID where a field has the name of a column of the results. */
export function createTicketDesk(parts: DeskParts): TicketDesk {
  const { plan, store, now = Date.now } = parts
  const taken = Object.keys(plan.fields).filter((name) => [...ENRICHMENT_COLUMNS, 'nth'].includes(name))
  if (taken.length > 0) {
    throw new LakedeskError(
      'TICKETS_INVALID',
      `The field ${taken.join(' and ')} has the name of a column that the table of results has already. Rename it in the file that describes the tickets.`,
    )
  }
  return {
    plan,
    triage: (request, signal) => triageTicket(request, parts, signal),
    async find(id) {
      const entry = await store.triages.get(id)
      return entry ? triageSchema.parse(entry.record) : null
    },
    correct: (id, changes, who, signal) => correctTriage(id, changes, who, parts, signal),
    period: (words) => readPeriod(words, now()),
    estimate: (period, signal) => estimateTickets(period, parts, signal),
    enrich: (period, options) => enrichTickets(period, options, parts),
    report: (period, signal) => reportTickets(period, MOST_LISTED, parts, signal),
  }
}
