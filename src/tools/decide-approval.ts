// The tool behind Approve and Reject: plans again, and counts the vote of a person who may. No model can call it.
import { z } from 'zod'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Decided, Rechecked } from '../approvals/decide.ts'
import { diffFacts, diffKnown } from '../approvals/facts.ts'
import { assertNever } from '../core/assert-never.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { readApprovalId } from './approval-argument.ts'
import { type AnyTool, type ApprovalSide, defineTool, type Tool, type ToolContext } from './define-tool.ts'

const inputSchema = z.object({
  approval: z.string().min(1).max(40),
  vote: z.enum(['approve', 'reject']),
  /** What the clicked card carried of the seal; absent where the id was typed. */
  seal: z.string().max(64).optional(),
  reason: z.string().trim().min(1).max(500, 'a reason has at most 500 characters').optional(),
})
export type DecideApprovalInput = z.infer<typeof inputSchema>

export interface DecideApprovalParts {
  approvals: Pick<ApprovalService, 'get' | 'decide'>
  /** The tool of that name, with its approval side. */
  find(tool: string): AnyTool | undefined
  now?: () => number
}

export function createDecideApproval(parts: DecideApprovalParts): Tool<DecideApprovalInput, Decided> {
  const now = parts.now ?? Date.now
  return defineTool<DecideApprovalInput, Decided>({
    name: 'decide-approval',
    description: 'Approves or rejects a request that waits for a decision.',
    input: inputSchema,
    peopleOnly: true,
    auditsItself: true,
    async run({ approval: id, vote, seal, reason }, context) {
      const { actor, turnId } = context
      if (!actor) throw new Error('The gate let nobody decide.')
      return parts.approvals.decide({
        id,
        vote,
        actor,
        turnId,
        at: new Date(now()).toISOString(),
        ...(seal === undefined ? {} : { seal }),
        ...(reason === undefined ? {} : { reason }),
        mayDecide: async (principal) => {
          const found = await findSide(id, parts)
          return found ? found.side.mayDecide(principal, found.input) : 'What was asked for is not known here any more.'
        },
        recheck: (approval) => recheck(approval, context, parts),
      })
    },
    toModelText: describeDecided,
    toRefusal: (decided) => (decided.kind === 'refused' || decided.kind === 'void' ? describeDecided(decided) : null),
    toSaying: (decided) => ({ text: describeDecided(decided) }),
    commands: [
      {
        name: 'approve',
        usage: '<request>: approves it, such as `approve a7f3k2`',
        toInput: (text) => toInput('approve', text),
      },
      {
        name: 'reject',
        usage: '<request> [reason]: rejects it, or withdraws your own',
        toInput: (text) => toInput('reject', text),
      },
    ],
    actions: {
      approve: ({ approval, seal }) => (approval && seal ? { approval, seal, vote: 'approve' } : null),
      reject: ({ approval, seal }) => (approval && seal ? { approval, seal, vote: 'reject' } : null),
    },
  })
}

function toInput(vote: 'approve' | 'reject', text: string): { input: DecideApprovalInput } | string {
  const read = readApprovalId(text, vote)
  if (typeof read === 'string') return read
  const { approval, rest } = read
  if (vote === 'approve' && rest !== '')
    return `Write only the request behind \`approve\`, such as \`approve ${approval}\`.`
  return { input: { approval, vote, ...(rest === '' ? {} : { reason: rest }) } }
}

async function findSide(
  id: string,
  parts: DecideApprovalParts,
): Promise<{ side: ApprovalSide<unknown>; input: unknown } | null> {
  const approval = await parts.approvals.get(id)
  const tool = approval ? parts.find(approval.tool) : undefined
  const parsed = tool?.input.safeParse(approval?.input)
  return tool?.approval && parsed?.success ? { side: tool.approval, input: parsed.data } : null
}

/** The facts of now against those that were approved, planned as for whoever asked. Throws what the plan throws. */
async function recheck(approval: ApprovalRecord, context: ToolContext, parts: DecideApprovalParts): Promise<Rechecked> {
  const found = await findSide(approval.id, parts)
  if (!found) return { kind: 'impossible', why: `${approval.tool} or its input is not known here any more.` }
  const planned = await found.side.plan(found.input, { ...context, actor: approval.asker, again: approval })
  if (planned.kind === 'plan') return { kind: 'read', moved: diffFacts(approval.expects, planned.plan.expects) }
  if (planned.kind === 'done') return { kind: 'impossible', why: 'There is nothing to decide any more.' }
  const moved = diffKnown(approval.expects, planned.facts ?? {})
  return moved.length > 0 ? { kind: 'read', moved } : { kind: 'impossible', why: planned.why }
}

/** For whoever clicked. */
export function describeDecided(decided: Decided): string {
  switch (decided.kind) {
    case 'voted': {
      const { id, rule } = decided.approval
      return `Your approval of request ${id} counts: ${rule.quorum - decided.missing} of ${rule.quorum}. ${decided.missing} more must approve.`
    }
    case 'approved':
      return `You approved request ${decided.approval.id}. It runs now; the card shows how far it is.`
    case 'rejected':
      return `Request ${decided.approval.id} ends here: ${toPlainLine(decided.approval.outcome ?? 'rejected.')} Nothing was changed.`
    case 'void':
      return `Your approval did not count: what request ${decided.approval.id} rests on has changed since it was asked, so it is void. ${decided.why} Ask again to see the evidence as it is now.`
    case 'refused':
      return decided.why
    default:
      return assertNever(decided)
  }
}
