// The one gate in front of every tool: parse, may this person, ask for approval or run, exactly one audit line.
import { z } from 'zod'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Saying } from '../core/reply.ts'
import type { AuditLine } from '../store/port.ts'
import { type Asked, askApproval } from './ask-approval.ts'
import type { Tool, ToolContext } from './define-tool.ts'

const MAX_AUDIT_TEXT = 500
const GUESTS_ONLY_ASK =
  'Guests and people of other organisations may ask questions here, and nothing else, so this was not done. Ask a member of the team to do it.'

/**
 * Runs a tool for a person. Wrong input and a missing right are `refused`, with a sentence; what broke is thrown as a
 * LakedeskError (TOOL_FAILED where the tool threw something else), and an abort is thrown as it came. A tool with an
 * approval does not run here: what it plans is stored and `waiting`. In every case exactly one audit line is written
 * first: where the audit cannot be written, no result leaves the gate.
 */
export async function runTool<Input, Output>(
  tool: Tool<Input, Output>,
  rawInput: unknown,
  context: ToolContext,
): Promise<Outcome<Output>> {
  const parsed = tool.input.safeParse(rawInput)
  if (!parsed.success) {
    const why = `The input of ${tool.name} is not valid: ${describeFaults(parsed.error)} Correct it and call ${tool.name} again.`
    return refuse(tool, rawInput, context, why)
  }
  const why = await whyNot(tool, parsed.data, context)
  if (why !== null) return refuse(tool, parsed.data, context, why)

  let came: Asked<Output>
  try {
    context.signal.throwIfAborted()
    came = tool.approval
      ? await askApproval(tool, tool.approval, parsed.data, context)
      : { kind: 'done', value: await tool.run(parsed.data, context) }
  } catch (error) {
    await audit(tool, parsed.data, context, 'failed', { error: codeOf(error, context.signal) })
    if (context.signal.aborted) throw error
    const sentence = `The tool ${tool.name} failed, so the question could not be answered. Please try again; if it happens again, an administrator finds the cause in the log under the turn id.`
    throw toLakedeskError(error, 'TOOL_FAILED', sentence)
  }
  // An approval was stored together with its audit line.
  if (came.kind === 'waiting') return came
  if (came.kind === 'refused') return refuse(tool, parsed.data, context, came.why, came.says)
  const { value } = came
  const no = tool.toRefusal?.(value) ?? null
  if (no !== null) return tool.auditsItself ? { kind: 'refused', why: no } : refuse(tool, parsed.data, context, no)
  if (!tool.auditsItself) await audit(tool, parsed.data, context, 'done', tool.toAuditFacts?.(value) ?? {})
  const card = tool.toCard?.(value) ?? null
  const says = card === null ? undefined : tool.toSaying?.(value)
  if (card !== null && says) return { kind: 'waiting', says, approval: card }
  const live = tool.toLiveCard?.(value) ?? null
  return { kind: 'done', value, ...(live === null ? {} : { card: live }) }
}

async function whyNot<Input, Output>(
  tool: Tool<Input, Output>,
  input: Input,
  context: ToolContext,
): Promise<string | null> {
  // Whatever a tool says of guests: what needs an approval is not for them.
  if (context.user.external && (!tool.openToGuests || tool.approval)) return GUESTS_ONLY_ASK
  if (tool.peopleOnly && !context.actor)
    return `Nobody is known to call ${tool.name}, so it was refused. Use your own account.`
  if (!tool.mayUse) return null
  try {
    const may = await tool.mayUse(context.user, input)
    if (may === true) return null
    return typeof may === 'string' ? may : `You may not use ${tool.name}. Ask an administrator for the right.`
  } catch {
    // Fail closed: a check that broke has not said yes, and the audit line tells that it was refused.
    return `Whether you may use ${tool.name} could not be checked, so it was refused. Please try again later.`
  }
}

async function refuse<Input, Output>(
  tool: Tool<Input, Output>,
  input: unknown,
  context: ToolContext,
  why: string,
  says?: Saying,
): Promise<Outcome<Output>> {
  await audit(tool, input, context, 'refused', { why: cut(why) })
  return { kind: 'refused', why, ...(says ? { says } : {}) }
}

function audit<Input, Output>(
  tool: Tool<Input, Output>,
  input: unknown,
  context: ToolContext,
  outcome: AuditLine['outcome'],
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  return context.audit.append({
    at: new Date().toISOString(),
    actor: `${context.user.tenant}/${context.user.id}`,
    what: tool.name,
    turnId: context.turnId,
    outcome,
    detail: { input: cut(toAuditInput(tool, input)), ...(context.via === 'model' ? { via: 'model' } : {}), ...facts },
  })
}

/** What could not be parsed is nobody's words to keep where the tool says that its words have no place there. */
function toAuditInput<Input, Output>(tool: Tool<Input, Output>, input: unknown): string {
  if (!tool.toAuditInput) return JSON.stringify(input) ?? ''
  const parsed = tool.input.safeParse(input)
  return parsed.success ? (JSON.stringify(tool.toAuditInput(parsed.data)) ?? '') : 'not valid'
}

function codeOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'ABORTED'
  return error instanceof LakedeskError ? error.code : 'TOOL_FAILED'
}

function cut(text: string): string {
  return text.length > MAX_AUDIT_TEXT ? `${text.slice(0, MAX_AUDIT_TEXT)}…` : text
}

/** Zod's faults as sentences that a person and a model can act on. */
function describeFaults(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.length > 0 ? issue.path.join('.') : 'the input'}: ${issue.message}.`)
    .join(' ')
}

/** JSON Schema of a tool's input, as function-calling endpoints take it. */
export function toInputSchema<Input, Output>(tool: Tool<Input, Output>): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: 'input' })
  return schema
}
