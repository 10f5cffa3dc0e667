// The tool that turns a question about tickets into one SELECT, which a person sees before it runs.
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Sql, SqlTable } from '../platform/ports/sql.ts'
import type { SqlProposal, WriteSql } from '../platform/ports/write-sql.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { askApproval } from './ask-approval.ts'
import { defineTool, type Tool, type ToolContext } from './define-tool.ts'
import type { RunQueryInput } from './run-query.ts'

const inputSchema = z.object({
  question: z
    .string()
    .trim()
    .min(1)
    .max(4000)
    .describe('The question in words, with everything that matters from the thread; or one SELECT statement.'),
})
export type QueryTicketsInput = z.infer<typeof inputSchema>

export interface QueryTicketsParts {
  sql: Pick<Sql, 'read' | 'listTables'>
  plan: TicketPlan
  writeSql: WriteSql
  /** Runs what was shown, once the asker agreed. */
  runQuery: Tool<RunQueryInput, never>
  /** Milliseconds since 1970. */
  now?: () => number
}

type Asked = Outcome<never>

/** Begins like a statement and not like a sentence. */
const STATEMENT =
  /^\s*(?:--|\/\*|\(\s*select\b|(?:select|with|explain|values|insert\s+(?:into|overwrite)|delete\s+from|drop\s+\w+|alter\s+\w+|create\s+(?:or\b|table|view|temp|external|streaming)|merge\s+into|truncate\s+table|attach\s+|copy\s+|pragma\s+|update\s+[\w.]+\s+set|show\s+tables|describe\s+(?:table\s+)?[\w.]+\s*;?\s*$)\b)/i
const ASKS = /^\s*(?:how many|which|what|who|top|the|most|latest|newest|last|list|show|count|number|give|find)\b/i
const TICKETS = /\b(?:tickets?|complaints?|issues|cases)\b/i
const DAYS = /\b(?:yesterday|today|last night|(?:this|last|past) (?:\d+ )?(?:days?|weeks?|months?)|\d{4}-\d{2})\b/i
/** Names the tool tells of: a long list of labels helps nobody to choose it. */
const TOLD_NAMES = 60

/** Labels, fields and values of the tickets, as people and models may name them. */
function namesOf({ labels, fields }: TicketPlan): string[] {
  const values = Object.entries(fields).flatMap(([name, field]) => [name, ...(field.labels ?? [])])
  return ['category', ...values, ...Object.keys(labels)]
}

/** True where a text behind the command can only be a question over tables: it names what is in them. */
function asksOfTables(text: string, plan: TicketPlan): boolean {
  if (STATEMENT.test(text) || TICKETS.test(text)) return true
  if (!ASKS.test(text)) return false
  if (DAYS.test(text) || text.trim().split(/\s+/).length <= 2) return true
  const plain = text.toLowerCase().replace(/[\s_-]+/g, ' ')
  const spaced = [...namesOf(plan), ...plan.queryTables].map((name) => name.toLowerCase().replace(/[_-]+/g, ' '))
  const words = spaced.flatMap((name) => [name, name.replace(/ (?:name|level|type|kind)$/, '')])
  return words.some((word) => ` ${plain.replace(/[^\p{L}\p{N} ]+/gu, ' ')}`.includes(` ${word}`))
}

/** A proposal that cannot be taken is mended this often. */
const MENDS = 1

/** Tables that may be read, in small letters. */
export function allowedTables(plan: TicketPlan): string[] {
  return [...new Set([plan.table, plan.enrichment, ...plan.queryTables].map((name) => name.toLowerCase()))]
}

export function createQueryTickets(parts: QueryTicketsParts): Tool<QueryTicketsInput, Asked> {
  const tables = allowedTables(parts.plan).join(', ')
  const names = namesOf(parts.plan).slice(0, TOLD_NAMES)
  return defineTool<QueryTicketsInput, Asked>({
    name: 'query-tickets',
    description: `Answers a question about the tickets as data, such as how many billing tickets there were yesterday or which products have most, by one read-only SELECT over ${tables}. A person sees the statement and runs it. Known of a ticket: ${names.map((name) => `\`${name}\``).join(', ')}.`,
    input: inputSchema,
    run: (input, context) => ask(input, context, parts),
    toRefusal: (asked) => (asked.kind === 'refused' ? asked.why : null),
    toCard: (asked) => (asked.kind === 'waiting' ? asked.approval : null),
    toModelText: (asked) => (asked.kind === 'waiting' ? asked.says.text : ''),
    toSaying: (asked) => (asked.kind === 'waiting' ? asked.says : { text: asked.kind === 'refused' ? asked.why : '' }),
    toAuditFacts: (asked) => (asked.kind === 'waiting' ? { approval: asked.approval } : {}),
    commands: [
      {
        name: 'query',
        usage: '<question or SELECT>: shows the statement over the tickets, then runs it',
        // Without the slash a sentence that only begins like this is a question for the documentation.
        toInput: (text) =>
          asksOfTables(text, parts.plan)
            ? { input: { question: text } }
            : 'Write a question about the tickets behind it, such as `query how many billing tickets were there yesterday`, or one SELECT.',
      },
    ],
  })
}

async function ask({ question }: QueryTicketsInput, context: ToolContext, parts: QueryTicketsParts): Promise<Asked> {
  const side = parts.runQuery.approval
  if (!side) throw new Error('A query is run only once it was agreed to.')
  if (STATEMENT.test(question)) {
    return askApproval(parts.runQuery, side, { sql: question, question: '' }, context)
  }
  const written = await write(question, context.signal, parts)
  if (written.sql === null) return { kind: 'refused', why: written.why }
  return askApproval(parts.runQuery, side, { sql: written.sql, question }, context)
}

/** The proposal, checked as it will be run; one that cannot be taken is written again with the reason. */
async function write(question: string, signal: AbortSignal, parts: QueryTicketsParts): Promise<SqlProposal> {
  const { sql, plan, writeSql, now = Date.now } = parts
  const allowed = allowedTables(plan)
  const asked = {
    question,
    tables: (await sql.listTables(signal)).filter((table) => isAllowed(table, allowed)),
    today: new Date(now()).toISOString().slice(0, 10),
    rowLimit: plan.rowLimit,
  }
  let proposal = await writeSql(asked, signal)
  for (let n = 0; ; n += 1) {
    if (proposal.sql === null) return { sql: null, why: toPlainLine(proposal.why) || NO_ANSWER }
    const why = await whyNotTaken(proposal.sql, allowed, sql)
    if (why === null) return proposal
    if (n === MENDS) return { sql: null, why: `I could not turn that into a statement that may run here. ${why}` }
    proposal = await writeSql({ ...asked, refused: { sql: proposal.sql, why } }, signal)
  }
}

const NO_ANSWER =
  'I could not turn that into a SELECT over the tickets. Ask for a count, a list or the most frequent values.'

/** A warehouse may tell full names where the plan has short ones. */
function isAllowed({ name }: SqlTable, allowed: readonly string[]): boolean {
  const full = name.toLowerCase()
  return allowed.some((each) => full === each || full.endsWith(`.${each}`) || each.endsWith(`.${full}`))
}

async function whyNotTaken(text: string, tables: readonly string[], sql: Pick<Sql, 'read'>): Promise<string | null> {
  try {
    await sql.read({ text, mode: 'read', tables })
    return null
  } catch (error) {
    if (error instanceof LakedeskError) return error.userMessage
    throw error
  }
}
