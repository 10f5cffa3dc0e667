// The tool by which somebody looks after a failing question: the nights name them until it is given back.
import { z } from 'zod'
import type { PersonEntry } from '../approvals/people.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { type Assignment, assignmentSchema, dropCare, keepCare, listCare } from '../reports/schedules/case-care.ts'
import type { Actor } from '../store/port.ts'
import type { Ledger } from '../store/port-ledgers.ts'
import { defineTool, type Tool, type ToolContext } from './define-tool.ts'
import { findCase } from './find-case.ts'
import { type CaseToolParts, namesCase, splitCase, toShown, whyNotLinked } from './mute-case.ts'

const inputSchema = z.object({
  /** Empty: what is assigned. */
  case: z.string().trim().max(200),
  /** `me`, a name of the list of people, or `nobody`. */
  to: z.string().trim().min(1).max(100).default('me'),
})
export type AssignCaseInput = z.infer<typeof inputSchema>

export type Assigned =
  | { kind: 'refused'; why: string }
  | { kind: 'assigned'; assignment: Assignment; isOwn: boolean }
  | { kind: 'free'; id: string; was: boolean }
  | { kind: 'list'; assignments: readonly Assignment[] }

export interface AssignCaseParts extends CaseToolParts {
  assignments: Ledger
  /** Everybody on the list of people. */
  entries: readonly PersonEntry[]
}

export function createAssignCase(parts: AssignCaseParts): Tool<AssignCaseInput, Assigned> {
  return defineTool<AssignCaseInput, Assigned>({
    name: 'assign-case',
    description: 'Says who looks after a failing question of the nightly report.',
    input: inputSchema,
    peopleOnly: true,
    run: (input, context) => assign(input, context, parts),
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: (outcome) => toSaying(outcome).text,
    toSaying,
    toAuditFacts: (outcome) => ({
      result: outcome.kind,
      ...(outcome.kind === 'assigned' ? { to: outcome.assignment.principal } : {}),
    }),
    commands: [
      {
        name: 'assign',
        usage: '<question> me|<name>|nobody: says who looks after a failing question; alone it lists them',
        toInput(text) {
          const { id, rest } = splitCase(text)
          if (id === 'list' && rest === '') return { input: { case: '', to: 'me' } }
          if (id !== '' && !namesCase(text)) {
            return `“${toShown(id)}” is no question of the set; one that is called so stands in quotes. Write \`assign <question> me\`.`
          }
          return { input: { case: id, to: rest.replace(/^to\s+/i, '') || 'me' } }
        },
      },
    ],
    actions: { 'assign-case': ({ case: id, to = 'me' }) => (id ? { case: id, to } : null) },
  })
}

async function assign(
  { case: text, to }: AssignCaseInput,
  { actor }: ToolContext,
  parts: AssignCaseParts,
): Promise<Assigned> {
  const { model, assignments } = parts
  if (text === '') return { kind: 'list', assignments: await listCare(assignments, assignmentSchema, model) }
  const why = whyNotLinked(actor, parts)
  if (why !== null || !actor) return { kind: 'refused', why: why ?? 'Nobody is known to ask.' }
  const isFree = ['nobody', 'off', 'none'].includes(to.toLowerCase())
  const found = await findCase(text, parts)
  if ('why' in found && !isFree) return { kind: 'refused', why: found.why }
  const id = 'id' in found ? found.id : text
  if (isFree) return { kind: 'free', id, was: await dropCare(assignments, { model, case: id }) }
  const who = findPerson(to, actor, parts.entries)
  if (typeof who === 'string') return { kind: 'refused', why: who }
  const at = new Date(parts.now()).toISOString()
  const by = actor.name ?? actor.principal
  const assignment: Assignment = { form: 1, model, case: id, who: who.name, principal: who.principal, by, at }
  await keepCare(assignments, assignment)
  return { kind: 'assigned', assignment, isOwn: who.principal === actor.principal }
}

/** By name, principal, or the part of it before the @; a string says why nobody is meant. */
function findPerson(
  text: string,
  actor: Actor,
  entries: readonly PersonEntry[],
): { name: string; principal: string } | string {
  if (/^(?:me|myself)$/i.test(text)) return { name: actor.name ?? actor.principal, principal: actor.principal }
  const wanted = text.replace(/^@/, '').toLowerCase()
  const found = entries.filter(({ principal, name }) =>
    [name, principal, principal.split('@')[0]].some((each) => each?.toLowerCase() === wanted),
  )
  const [only, ...more] = new Map(found.map((each) => [each.principal.toLowerCase(), each])).values()
  if (only && more.length === 0) return { name: only.name ?? only.principal, principal: only.principal }
  const shown = toShown(text)
  const names = [...new Set(entries.map(({ name, principal }) => name ?? principal))]
  if (only)
    return `“${shown}” may be ${[only, ...more].map(({ principal }) => principal).join(' or ')}: write that instead.`
  return `“${shown}” is nobody on the list of people. There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'nobody'}; \`me\` means yourself.`
}

function toSaying(outcome: Assigned): Saying {
  switch (outcome.kind) {
    case 'refused':
      return { text: outcome.why }
    case 'assigned': {
      const { case: id, who, by } = outcome.assignment
      const said = outcome.isOwn ? '' : `, as ${toPlainLine(by)} says`
      return {
        text: `${toPlainLine(who)} looks after ${toPlainLine(id)}${said}. The nightly report names them; \`assign ${id} nobody\` ends it.`,
      }
    }
    case 'free':
      return {
        text: outcome.was
          ? `Nobody looks after ${toPlainLine(outcome.id)} any more.`
          : `Nobody looked after ${toPlainLine(outcome.id)}.`,
      }
    case 'list':
      return outcome.assignments.length === 0
        ? { text: 'Nobody looks after a question. Write `assign <question> me`.' }
        : {
            text: `Questions that somebody looks after:\n${outcome.assignments.map((each) => `- ${toPlainLine(each.case)}: ${toPlainLine(each.who)}`).join('\n')}`,
          }
  }
}
