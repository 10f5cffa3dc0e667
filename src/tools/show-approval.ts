// The tool that shows the card of a request once more, here, and keeps this copy current too.
import { z } from 'zod'
import { describeState } from '../approvals/approval-words.ts'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Saying } from '../core/reply.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { readApprovalId } from './approval-argument.ts'
import { type AnyTool, defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({
  approval: z.string().min(1).max(40).describe('Id of the request: six letters and digits, such as a7f3k2.'),
})
export type ShowApprovalInput = z.infer<typeof inputSchema>

export interface ShownApproval {
  asked: string
  approval: ApprovalRecord | null
}

export interface ShowApprovalParts {
  approvals: Pick<ApprovalService, 'get'>
  find(tool: string): AnyTool | undefined
}

export function createShowApproval(parts: ShowApprovalParts): Tool<ShowApprovalInput, ShownApproval> {
  const toCard = ({ approval, asked }: ShownApproval): Saying => {
    if (!approval) return { text: describeMissing(asked) }
    return parts.find(approval.tool)?.approval?.card(approval) ?? { text: describeState(approval) }
  }
  return defineTool<ShowApprovalInput, ShownApproval>({
    name: 'show-approval',
    description: 'Shows the card of a request for approval by its id: what was asked, the evidence, and how it stands.',
    input: inputSchema,
    run: async ({ approval }) => ({ asked: approval, approval: await parts.approvals.get(approval) }),
    toRefusal: ({ approval, asked }) => (approval ? null : describeMissing(asked)),
    toCard: ({ approval }) => approval?.id ?? null,
    toModelText: (shown) => toCard(shown).text,
    toSaying: toCard,
    toAuditFacts: ({ approval }) => ({ approval: approval?.id, state: approval?.state }),
    commands: [
      {
        name: 'approval',
        usage: '<request>: shows its card here too',
        toInput(text) {
          const read = readApprovalId(text, 'approval')
          if (typeof read === 'string') return read
          if (read.rest !== '') return `Write only the request behind the command: \`approval ${read.approval}\`.`
          return { input: { approval: read.approval } }
        },
      },
    ],
    actions: { 'show-card': ({ approval }) => (approval ? { approval } : null) },
  })
}

function describeMissing(asked: string): string {
  const id = asked.replace(/[^\p{L}\p{N}_-]/gu, '')
  return `There is no request ${id || '?'}. \`promotions\` lists the open ones.`
}
