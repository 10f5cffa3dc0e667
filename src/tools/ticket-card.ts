// The card of a triaged ticket: category, fields and summary, each editable in place, and who corrected what.
import { toMoment } from '../approvals/approval-words.ts'
import type { Block, Form, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { mustChoose, toConfidenceWords } from '../tickets/confidence.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import type { Triage } from '../tickets/triage.ts'

/** `product_name` -> `Product name`. */
export function toFieldLabel(name: string): string {
  const words = name.replace(/_/g, ' ').trim()
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

const MOST_CORRECTIONS = 6
/** Characters of one value in the text, and of a summary; the form holds them whole. */
const MOST_VALUE = 80
const MOST_SUMMARY = 500

/** `text` is complete on its own and says each value once: what was found, what is not sure, and what people corrected. */
export function toTriageCard(triage: Triage, plan: TicketPlan): Saying {
  const { id } = triage
  const command = `correct ${id} category=${triage.category ?? '...'}`
  const lines = [
    toHeadline(triage),
    triage.summary === null ? null : toPlainLine(cut(triage.summary, MOST_SUMMARY)),
    toFieldLine(triage),
    triage.leftOut ?? null,
    ...Object.entries(triage.errors).map(([part, why]) => `${toFieldLabel(part)} is missing: ${toPlainLine(why)}`),
    toCorrectionLine(triage),
  ]
  const text = lines.filter((line) => line !== null && line !== '').join('\n\n')
  const form: Block = { kind: 'form', ...toForm(triage, plan), command }
  return { text, blocks: [form], footer: toFooter(triage) }
}

function toHeadline(triage: Triage): string {
  const about =
    triage.ticketId === undefined
      ? `Ticket \`${triage.id}\``
      : `Ticket ${toPlainLine(triage.ticketId)} (\`${triage.id}\`)`
  const corrected = triage.corrections.some(({ part }) => part === 'category')
  if (triage.category === null) return `${about}: no category fits. **Please choose one.**`
  const name = `**${toPlainLine(triage.category)}**`
  if (corrected) return `${about} is ${name}.`
  if (mustChoose(triage)) return `${about} may be ${name}, but that is unsure. **Please choose the category.**`
  const words = toConfidenceWords(triage.confidence)
  return `${about} is ${name}${words === null ? '' : ` (${words})`}.`
}

/** What was corrected stands in its own line. */
function toFieldLine({ fields, corrections }: Triage): string {
  const told = new Set(newestCorrections(corrections).map(({ part }) => part))
  const found = Object.entries(fields).flatMap(([name, value]) =>
    value === null || told.has(name) ? [] : [`${toFieldLabel(name)}: ${toPlainLine(cut(value, MOST_VALUE))}`],
  )
  return found.join(' · ')
}

/** The newest correction of each part, the latest last. */
function newestCorrections(corrections: Triage['corrections']): Triage['corrections'] {
  const newest = corrections.filter(({ part }, n) => !corrections.slice(n + 1).some((later) => later.part === part))
  return newest.slice(-MOST_CORRECTIONS)
}

function toCorrectionLine({ corrections }: Triage): string | null {
  if (corrections.length === 0) return null
  const told = newestCorrections(corrections).map(({ part, from, to, by, at }) => {
    const change = part === 'summary' ? '' : ` from ${quote(from)} to ${quote(to)}`
    return `${toFieldLabel(part)} corrected${change} by ${toPlainLine(by)} at ${toMoment(at)}.`
  })
  return told.join('\n')
}

function quote(value: string | null): string {
  return value === null || value === '' ? 'nothing' : `"${toPlainLine(cut(value, MOST_VALUE))}"`
}

function cut(text: string, most: number): string {
  const signs = [...text]
  return signs.length > most ? `${signs.slice(0, most).join('')}…` : text
}

function toForm(triage: Triage, plan: TicketPlan): Form {
  const category = {
    id: 'category',
    label: 'Category',
    value: triage.category ?? '',
    options: Object.keys(plan.labels),
  }
  const fields = Object.entries(plan.fields).map(([name, { type, labels }]) => ({
    id: name,
    label: toFieldLabel(name),
    value: triage.fields[name] ?? '',
    ...(type === 'enum' && labels ? { options: labels } : {}),
  }))
  const summary = { id: 'summary', label: 'Summary', value: triage.summary ?? '', multiline: true }
  return {
    action: 'correct-ticket',
    submit: 'Save corrections',
    // What this copy shows: a person corrects what they saw, and nothing that somebody else changed meanwhile.
    value: { triage: triage.id, seen: String(triage.corrections.length) },
    fields: [category, ...fields, summary],
  }
}

/** How sure the model was is told of its own answer alone. */
function toFooter({ model, confidence, usd, category, corrections }: Triage): string {
  const isOwn = category !== null && !corrections.some(({ part }) => part === 'category')
  const words = isOwn ? toConfidenceWords(confidence) : null
  const sure = words === null ? [] : [`${words} (${Math.round((confidence ?? 0) * 100)}%)`]
  const people = toCorrectors(corrections)
  return [
    `Answered by ${model}`,
    ...sure,
    ...(people === '' ? [] : [people]),
    ...(usd === null ? [] : [toDollars(usd)]),
  ].join(' · ')
}

/** `category, urgency level and summary corrected by Ana; product name by Bo`: whose word each part is now. */
function toCorrectors(corrections: Triage['corrections']): string {
  const parts = new Map<string, { by: string; names: string[] }>()
  for (const { part, by, principal } of newestCorrections(corrections)) {
    const key = principal ?? by
    const person = parts.get(key) ?? { by, names: [] }
    person.names.push(toFieldLabel(part).toLowerCase())
    parts.set(key, person)
  }
  return [...parts.values()]
    .map(({ by, names }, n) => `${toList(names)} ${n === 0 ? 'corrected ' : ''}by ${toPlainLine(by)}`)
    .join('; ')
}

function toList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** `US$ 0.21`; small sums with two significant digits. */
export function toDollars(usd: number): string {
  if (usd === 0) return 'free'
  return `US$ ${usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(2)}`
}
