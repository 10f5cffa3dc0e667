// What a triage says of its parts, with what people corrected over what was found.
import type { Triage } from './triage.ts'

export function partOf(triage: Triage, part: string): string | null {
  if (part === 'category') return triage.category
  if (part === 'summary') return triage.summary
  return Object.hasOwn(triage.fields, part) ? (triage.fields[part] ?? null) : null
}

/** As a person said it: of a category that is certain. */
export function withPart(triage: Triage, part: string, value: string): Triage {
  const { [part]: _, ...errors } = triage.errors
  if (part === 'category') return { ...triage, category: value, confidence: 1, errors }
  if (part === 'summary') return { ...triage, summary: value === '' ? null : value, errors }
  return { ...triage, fields: { ...triage.fields, [part]: value === '' ? null : value } }
}

/** What was found, and over it what people said. */
export function withCorrections(triage: Triage): Triage {
  return triage.corrections.reduce((told, { part, to }) => withPart(told, part, to), triage)
}
