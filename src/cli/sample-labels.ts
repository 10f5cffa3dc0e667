// The sample tickets with what a person would say of each, as a file that a training reads.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { DATASETS_FOLDER } from './data-files.ts'
import { sampleFolder } from './sample.ts'

export const SAMPLE_LABELS = 'sample-tickets.jsonl'

const ticketsSchema = z.array(z.object({ ticket_id: z.string(), ticket_text: z.string() }))
const goldSchema = z.object({ ticket_id: z.string(), category: z.string() })

/** Writes it among the data sets of the data folder; returns its rows. A ticket without text teaches nothing and is left out. */
export function bringSampleLabels(data: string): number {
  const read = (name: string): string => readFileSync(join(sampleFolder, name), 'utf8')
  const texts = ticketsSchema.parse(parse(read('tickets.csv'), { columns: true }))
  const lines = read('tickets-gold.jsonl').trim().split('\n')
  const labels = new Map(
    lines.map((line) => goldSchema.parse(JSON.parse(line))).map((one) => [one.ticket_id, one.category]),
  )
  // One in ten was sent twice: of equal texts one is enough.
  const rows = new Map<string, string>()
  for (const { ticket_id, ticket_text: text } of texts) {
    const label = labels.get(ticket_id)
    if (label !== undefined && text.trim() !== '' && !rows.has(text)) rows.set(text, label)
  }
  const folder = join(resolve(data), DATASETS_FOLDER)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, SAMPLE_LABELS),
    [...rows].map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join(''),
  )
  return rows.size
}
