// The part of the gate for what needs an approval: plan by reading, then store what is to be decided.
import { describeState, tellActor, tellAsker, toMoment } from '../approvals/approval-words.ts'
import type { Outcome } from '../core/outcome.ts'
import type { ApprovalRecord } from '../store/port.ts'
import type { ApprovalSide, Tool, ToolContext } from './define-tool.ts'

export type Asked<Output> = Outcome<Output>

/** `waiting` was stored with its audit line; everything else leaves the line to the caller. Throws what the plan threw. */
export async function askApproval<Input, Output>(
  tool: Tool<Input, Output>,
  side: ApprovalSide<Input, Output>,
  input: Input,
  context: ToolContext,
): Promise<Asked<Output>> {
  const { actor, approvals, via, said = '' } = context
  if (!actor) return refused(`Nobody is known to ask for ${tool.name}, so it was refused. Ask from your own account.`)
  const notByModel = via === 'model' ? (side.whyNotForModel?.(input, said) ?? null) : null
  if (notByModel !== null) return refused(notByModel)
  const planned = await side.plan(input, context)
  if (planned.kind === 'done') return planned
  if (planned.kind === 'refused') return { ...refused(planned.why), ...(planned.says ? { says: planned.says } : {}) }
  if (!approvals) {
    return refused(
      `${tool.name} needs an approval, and there is no place for approvals here, so nothing was asked for. Use the running server.`,
    )
  }
  const request = { tool: tool.name, input, plan: planned.plan, asker: actor, place: context.place ?? null }
  const asked = via === 'model' ? { via } : {}
  const opened = await approvals.open({ ...request, ...asked, turnId: context.turnId })
  if (opened.kind === 'refused') return opened
  if (opened.kind === 'taken') return refused(describeHolder(opened.by))
  return { kind: 'waiting', says: side.card(opened.approval), approval: opened.approval.id }
}

function refused(why: string): { kind: 'refused'; why: string } {
  return { kind: 'refused', why }
}

/** The live request that is in the way: which, whose, how far, and how to see it. */
function describeHolder(by: ApprovalRecord): string {
  const asked = `${tellAsker(by)} at ${toMoment(by.createdAt)}`
  const stands = by.state === 'open' ? `waits for a decision until ${toMoment(by.expiresAt)}` : describeState(by)
  const said =
    by.state === 'open' ? `Request ${by.id} (${by.tool}), ${asked}, ${stands}.` : `${stands} It was ${asked}.`
  return `Only one request for ${by.subject.replace(/^\w+:/, '')} can be live at a time, so nothing was asked for. ${said} Write \`approval ${by.id}\` to see its card${describeWayOut(by)}.`
}

/** What has been decided nobody can reject any more. */
function describeWayOut(by: ApprovalRecord): string {
  if (by.state !== 'open') return ''
  const who = by.rule.who.kind === 'asker' ? `only ${tellActor(by.asker)} may` : 'an approver may, and whoever asked'
  return `, or \`reject ${by.id}\` to end it: ${who}`
}
