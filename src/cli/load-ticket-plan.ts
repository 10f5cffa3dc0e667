// Reads the file that describes the tickets.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import { DEFAULT_TICKET_PLAN, type TicketPlan, ticketPlanSchema } from '../tickets/ticket-plan.ts'
import { tellWhy } from './out-file.ts'

/** As much of the file as can be looked at where something else in it is wrong. */
const looseSchema = z.object({
  table: z.string().catch(DEFAULT_TICKET_PLAN.table).default(DEFAULT_TICKET_PLAN.table),
  enrichment: z.string().catch(DEFAULT_TICKET_PLAN.enrichment).default(DEFAULT_TICKET_PLAN.enrichment),
  fields: z
    .record(
      z.string(),
      z.looseObject({ type: z.string(), labels: z.unknown().optional() }).catch({ type: '', labels: [] }),
    )
    .catch({})
    .default({}),
})

/** What the shape of the file cannot tell. */
function listSenseFaults(value: unknown): string[] {
  const { data } = looseSchema.safeParse(value)
  if (data === undefined) return []
  const faults = Object.entries(data.fields)
    .filter(([, { type, labels }]) => type === 'enum' && labels === undefined)
    .map(([name]) => `fields.${name}: an enum needs its labels`)
  const same = data.table.toLowerCase() === data.enrichment.toLowerCase()
  return same ? [...faults, 'enrichment: it must be another table than that of the tickets'] : faults
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.') || 'the file'
  if (issue.code === 'invalid_key') return `${where}: ${issue.issues.map(({ message }) => message).join('; ')}`
  if (issue.code === 'unrecognized_keys') return `${where}: it has no field ${issue.keys.join(', ')}`
  return `${where}: ${issue.message}`
}

function refuse(path: string, faults: readonly string[], cause?: unknown): never {
  throw new LakedeskError(
    'TICKETS_INVALID',
    `The file ${path} that describes the tickets is not valid, so nothing was started:\n${faults.map((fault) => `- ${fault}`).join('\n')}\nCorrect these fields; docs/tickets.md describes the file.`,
    cause,
  )
}

/** The built-in plan where no file is named. Throws TICKETS_INVALID listing every fault. */
export function loadTicketPlan(path: string | undefined): TicketPlan {
  if (path === undefined) return DEFAULT_TICKET_PLAN
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    const why = error instanceof SyntaxError ? `is no JSON (${error.message})` : `cannot be read: ${tellWhy(error)}`
    const sentence = `The file ${path} that describes the tickets ${why}. Correct it, or unset LAKEDESK_TICKETS; docs/tickets.md describes the file.`
    throw new LakedeskError('TICKETS_INVALID', sentence, error)
  }
  const parsed = ticketPlanSchema.safeParse(value)
  const faults = [...(parsed.error?.issues ?? []).map(describeIssue), ...listSenseFaults(value)]
  if (!parsed.success || faults.length > 0) return refuse(path, faults, parsed.error)
  return parsed.data
}
