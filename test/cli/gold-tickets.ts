// The development tickets of the sample with their category.
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'

const goldSchema = z.object({ ticket_id: z.string(), category: z.string() })
const ticketsSchema = z.array(z.object({ ticket_id: z.string(), ticket_text: z.string() }))

export function readGoldTickets(): LabelledRow[] {
  const sample = new URL('../../examples/tallyport/', import.meta.url)
  const lines = readFileSync(new URL('tickets-gold.jsonl', sample), 'utf8').trim().split('\n')
  const gold = new Map(
    lines.map((line) => {
      const { ticket_id, category } = goldSchema.parse(JSON.parse(line))
      return [ticket_id, category]
    }),
  )
  const rows = ticketsSchema.parse(parse(readFileSync(new URL('tickets.csv', sample)), { columns: true }))
  return rows.flatMap(({ ticket_id, ticket_text: text }) => {
    const label = gold.get(ticket_id)
    return label === undefined ? [] : [{ text, label }]
  })
}
