// What the tickets of this team are: the table, the labels, the fields, and what a run over them may cost. Read from a JSON file.
import { z } from 'zod'

const columnName = z.string().regex(/^[A-Za-z_]\w*$/, 'is no plain column name (letters, digits, _)')
const tableName = z
  .string()
  .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*){0,2}$/, 'is no table name such as tickets or main.support.tickets')

const fieldName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'is no name of a field (small letters, digits, _)')

export const ticketFieldSchema = z.object({
  type: z.enum(['string', 'integer', 'number', 'boolean', 'enum']).default('string'),
  /** Of an enum. */
  labels: z.array(z.string().min(1)).min(2).max(500).optional(),
  description: z.string().max(1000).optional(),
})
export type TicketField = z.infer<typeof ticketFieldSchema>

const SEED_LABELS = {
  billing: 'charges, invoices, refunds, payment methods, prices and plans',
  technical: 'errors, crashes, slowness, broken features, integrations and APIs that do not work',
  account_access: 'sign-in, passwords, two-factor codes, locked accounts, roles, invitations and permissions',
  feature_request: 'wishes for something that the product cannot do yet, and suggestions',
  other: 'everything else, such as thanks, sales and legal questions',
}

const SEED_FIELDS = {
  product_name: { type: 'string' as const, description: 'the product or part of it that the ticket is about' },
  error_code: { type: 'string' as const, description: 'the error code, as written' },
  urgency_level: { type: 'enum' as const, labels: ['low', 'medium', 'high'], description: 'how urgent it is' },
}

/** The file of LAKEDESK_TICKETS. Every field has a default, so an empty object is the plan of the sample. */
export const ticketPlanSchema = z.strictObject({
  /** Table of the tickets, and its columns. */
  table: tableName.default('raw_support_tickets'),
  id: columnName.default('ticket_id'),
  text: columnName.default('ticket_text'),
  /** DATE or TIMESTAMP. */
  created: columnName.default('created_date'),
  /** Table of the results: one row per ticket, so that a ticket is paid for once. */
  enrichment: tableName.default('ticket_enrichment'),
  /** Label to description. */
  labels: z
    .record(z.string().min(1).max(100), z.string().max(1000))
    .refine((labels) => Object.keys(labels).length >= 2 && Object.keys(labels).length <= 500, 'needs 2 to 500 labels')
    .default(SEED_LABELS),
  fields: z.record(fieldName, ticketFieldSchema).default(SEED_FIELDS),
  /** Words; 0 for no limit. */
  summaryWords: z.int().min(0).max(1000).default(50),
  /** Above any of these the run asks first. */
  budget: z
    .strictObject({
      rows: z.int().positive().default(1000),
      tokens: z.int().positive().default(1_000_000),
      usd: z.number().nonnegative().default(1),
    })
    .prefault({}),
  /** Tables that questions in words may read beside the two above. */
  queryTables: z.array(tableName).default([]),
  /** Rows that a question in words returns at most. */
  rowLimit: z.int().min(1).max(10_000).default(200),
  /** Tickets that one statement enriches; progress is kept after each. */
  batch: z.int().min(1).max(1000).default(50),
})
export type TicketPlan = z.infer<typeof ticketPlanSchema>

export const DEFAULT_TICKET_PLAN: TicketPlan = ticketPlanSchema.parse({})
