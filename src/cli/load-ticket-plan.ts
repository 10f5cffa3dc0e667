// Reads the file that describes the tickets.
import { readFileSync } from 'node:fs'
import { LakedeskError } from '../core/errors.ts'
import { DEFAULT_TICKET_PLAN, type TicketPlan, ticketPlanSchema } from '../tickets/ticket-plan.ts'

/** What the shape of the file cannot tell. */
function listSenseFaults({ fields, table, enrichment }: TicketPlan): string[] {
  const faults = Object.entries(fields)
    .filter(([, { type, labels }]) => type === 'enum' && labels === undefined)
    .map(([name]) => `fields.${name}: an enum needs its labels`)
  const same = table.toLowerCase() === enrichment.toLowerCase()
  return same ? [...faults, 'enrichment: it must be another table than that of the tickets'] : faults
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
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? `is no JSON (${error.message})` : 'cannot be read'
    const sentence = `The file ${path} that describes the tickets ${why}. Correct it, or unset LAKEDESK_TICKETS; docs/tickets.md describes the file.`
    throw new LakedeskError('TICKETS_INVALID', sentence, error)
  }
  const parsed = ticketPlanSchema.safeParse(value)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    return refuse(path, faults, parsed.error)
  }
  const faults = listSenseFaults(parsed.data)
  return faults.length > 0 ? refuse(path, faults) : parsed.data
}
