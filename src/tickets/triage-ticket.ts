// Triages one ticket with one statement; what one part breaks on is told in that part alone.
import { digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { readObjects, type Sql, type SqlStatement, type SqlUsage, type SqlValue } from '../platform/ports/sql.ts'
import type { Store, TriageEntry } from '../store/port.ts'
import { withCorrections } from './corrected.ts'
import { readGuidance } from './guidance.ts'
import { readClassified, readExtracted, toFieldText } from './read-parts.ts'
import { tableExists } from './run-statement.ts'
import type { TicketPlan } from './ticket-plan.ts'
import {
  type Guidance,
  NO_GUIDANCE,
  toStoredStatement,
  toTicketStatement,
  toTriageStatement,
} from './ticket-statements.ts'
import { type Triage, triageSchema } from './triage.ts'

export interface DeskParts {
  sql: Sql
  store: Pick<Store, 'triages' | 'labelled'>
  plan: TicketPlan
  log: Log
  /** Milliseconds since 1970. */
  now?: () => number
}

/** A ticket of the table by its id, whatever text stands beside it, or a text. `where`: what makes asking about a text one, such as the id of the turn. */
export interface TriageRequest {
  text: string
  ticketId?: string
  /** The sentence that says what is not in the text. */
  leftOut?: string
  where: string
}

/** A refusal is a value: the sentence why. */
export type Triaged = { kind: 'triaged'; triage: Triage } | { kind: 'refused'; why: string }

/** What AI functions take of one text. https://docs.databricks.com/aws/en/sql/language-manual/functions/ai_classify */
export const MOST_TOKENS = 128_000
const CHARACTERS_PER_TOKEN = 4

const PARTS = ['classified', 'extracted', 'summary'] as const
type Part = (typeof PARTS)[number]
const PART_NAMES: Readonly<Record<Part, string>> = { classified: 'category', extracted: 'fields', summary: 'summary' }
const FUNCTIONS: Readonly<Record<Part, string>> = {
  classified: 'ai_classify',
  extracted: 'ai_extract',
  summary: 'ai_summarize',
}

export function whyNoText(text: string): string | null {
  if (!/[\p{L}\p{N}]/u.test(text)) {
    return 'There is no text to triage. Write the ticket behind the command, such as `triage I was charged twice for March`, or use it in a thread that holds one.'
  }
  const tokens = Math.ceil(text.length / CHARACTERS_PER_TOKEN)
  if (tokens <= MOST_TOKENS) return null
  return `The text has about ${tokens.toLocaleString('en-US')} tokens, and ${MOST_TOKENS.toLocaleString('en-US')} can be read at once. Keep the part that says what is wrong.`
}

/** Throws SQL_*, MODEL_*, PLATFORM_*, STORE_*: what concerns every part. */
export async function triageTicket(request: TriageRequest, parts: DeskParts, signal: AbortSignal): Promise<Triaged> {
  const { store } = parts
  const found = await findText(request, parts, signal)
  if (typeof found !== 'string') return found
  const why = whyNoText(found)
  if (why !== null) return { kind: 'refused', why }
  const text = found.trim()
  const { ticketId, where } = request
  // All cards of one ticket of the table are one record: what is corrected on the one stands on the others.
  const id = `t-${digestOf(ticketId === undefined ? [where, '', text] : ['ticket', ticketId, text]).slice(0, 10)}`
  const known = await store.triages.get(id)
  if (known) return { kind: 'triaged', triage: await retryFailed(known, parts, signal) }
  const stored = ticketId === undefined ? null : await readStored(ticketId, text, parts, signal)
  const answered = stored ?? (await answerParts(text, parts, signal))
  const ticket = ticketId === undefined ? {} : { ticketId }
  const leftOut = request.leftOut === undefined ? {} : { leftOut: request.leftOut }
  const triage: Triage = { id, ...ticket, text, ...leftOut, ...answered, corrections: [] }
  if (await store.triages.create(id, triage)) return { kind: 'triaged', triage }
  // Another try of this turn was faster: its answer stands on the card.
  const first = await store.triages.get(id)
  return { kind: 'triaged', triage: first ? triageSchema.parse(first.record) : triage }
}

/** A part of a ticket of the table that failed is asked for again; the card of a text stays as it is for its turn. */
async function retryFailed(
  { id, revision, record }: TriageEntry,
  parts: DeskParts,
  signal: AbortSignal,
): Promise<Triage> {
  const triage = triageSchema.parse(record)
  if (triage.ticketId === undefined || Object.keys(triage.errors).length === 0) return triage
  const next = withCorrections({ ...triage, ...(await answerParts(triage.text, parts, signal)) })
  if (await parts.store.triages.update(id, revision, next)) return next
  const newest = await parts.store.triages.get(id)
  return newest ? triageSchema.parse(newest.record) : next
}

/** What was found and paid for already, and what people made of it. Null where there is no valid result. */
async function readStored(
  ticketId: string,
  text: string,
  parts: DeskParts,
  signal: AbortSignal,
): Promise<Answered | null> {
  const { sql, plan } = parts
  if (!(await tableExists(parts, signal))) return null
  const [row] = await readObjects(await sql.run(toStoredStatement(plan, ticketId, text), signal))
  if (!row) return null
  const by = toFieldText(row.corrected_by)
  return {
    category: toFieldText(row.category, Object.keys(plan.labels)),
    confidence: typeof row.confidence === 'number' ? row.confidence : null,
    fields: Object.fromEntries(Object.keys(plan.fields).map((name) => [name, toFieldText(row[name])])),
    summary: toFieldText(row.summary),
    errors: {},
    model: by === null ? plan.enrichment : `${plan.enrichment}, corrected by ${by}`,
    usd: null,
  }
}

async function findText(
  { text, ticketId }: TriageRequest,
  { sql, plan }: DeskParts,
  signal: AbortSignal,
): Promise<string | Triaged> {
  if (ticketId === undefined) return text
  const [row] = await readObjects(await sql.run(toTicketStatement(plan, ticketId), signal))
  if (!row) return { kind: 'refused', why: `There is no ticket ${ticketId.slice(0, 60)} in ${plan.table}.` }
  return typeof row.text === 'string' ? row.text : ''
}

type Answered = Omit<Triage, 'id' | 'ticketId' | 'text' | 'leftOut' | 'corrections'>

async function answerParts(text: string, parts: DeskParts, signal: AbortSignal): Promise<Answered> {
  const { sql, store, plan } = parts
  const guidance = sql.learns ? NO_GUIDANCE : await readGuidance(store.labelled, plan, text)
  const whole = toTriageStatement(plan, text, guidance)
  const { values, errors, usd } = await runParts(whole, { text, guidance }, parts, signal)
  const classified = readClassified(values.classified ?? null, plan)
  const extracted = readExtracted(values.extracted ?? null, plan)
  const told = {
    ...(classified.error === null ? {} : { category: classified.error }),
    ...(extracted.error === null ? {} : { fields: extracted.error }),
    ...errors,
  }
  refuseNothing(told, plan)
  return {
    ...classified.value,
    fields: extracted.value,
    summary: toFieldText(values.summary),
    errors: told,
    model: await findModel(whole, parts, signal),
    usd,
  }
}

/** A card without any part would stay so for this turn: it is tried again instead. */
function refuseNothing(errors: Readonly<Record<string, string>>, plan: TicketPlan): void {
  const wanted = ['category', 'summary', ...(Object.keys(plan.fields).length > 0 ? ['fields'] : [])]
  if (!wanted.every((part) => Object.hasOwn(errors, part))) return
  throw new LakedeskError('AI_FUNCTION_FAILED', `The ticket could not be triaged. ${errors.category}`)
}

interface PartAnswers {
  values: Partial<Record<string, SqlValue>>
  errors: Record<string, string>
  usd: number | null
}

async function runParts(
  whole: SqlStatement,
  { text, guidance }: { text: string; guidance: Guidance },
  parts: DeskParts,
  signal: AbortSignal,
): Promise<PartAnswers> {
  try {
    return await runOnce(whole, parts.sql, signal)
  } catch (error) {
    if (!isOfOnePart(error)) throw error
    parts.log.warn('A statement over one ticket failed and is run part by part', { cause: error })
  }
  const answers: PartAnswers = { values: {}, errors: {}, usd: 0 }
  const faults: unknown[] = []
  const wanted = PARTS.filter((part) => part !== 'extracted' || Object.keys(parts.plan.fields).length > 0)
  for (const part of wanted) {
    try {
      const one = await runOnce(toTriageStatement(parts.plan, text, guidance, part), parts.sql, signal)
      Object.assign(answers.values, one.values)
      Object.assign(answers.errors, one.errors)
      answers.usd = answers.usd === null || one.usd === null ? null : answers.usd + one.usd
    } catch (error) {
      if (!isOfOnePart(error)) throw error
      faults.push(error)
      answers.errors[PART_NAMES[part]] = error.userMessage
    }
  }
  if (faults.length === wanted.length) throw faults[0]
  return answers
}

function isOfOnePart(error: unknown): error is LakedeskError {
  return error instanceof LakedeskError && (error.code === 'AI_FUNCTION_FAILED' || error.code === 'SQL_FAILED')
}

async function runOnce(statement: SqlStatement, sql: Sql, signal: AbortSignal): Promise<PartAnswers> {
  const result = await sql.run(statement, signal)
  const [values = {}] = await readObjects(result)
  const errors = PARTS.flatMap((part): [string, string][] => {
    const notice = result.notices.find((each) => each.function === FUNCTIONS[part])
    return notice && (values[part] ?? null) === null ? [[PART_NAMES[part], notice.message]] : []
  })
  return { values, errors: Object.fromEntries(errors), usd: toUsd(result.usage) }
}

function toUsd(usage: SqlUsage | null): number | null {
  return usage === null ? null : usage.usd
}

/** Who answered; the name of the platform where it does not tell. */
async function findModel(statement: SqlStatement, { sql, log }: DeskParts, signal: AbortSignal): Promise<string> {
  try {
    const { sites } = await sql.estimate(statement, signal)
    return [...new Set(sites.map(({ model }) => model))].join(', ') || sql.name
  } catch (error) {
    signal.throwIfAborted()
    log.warn('Which model answered could not be told', { cause: error })
    return sql.name
  }
}
