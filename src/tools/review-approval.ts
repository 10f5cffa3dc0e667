// The tool for the look afterwards: somebody other than the asker has seen what was done without a second person.
import { z } from 'zod'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Reviewed } from '../approvals/review.ts'
import { readApprovalId } from './approval-argument.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({ approval: z.string().min(1).max(40) })
export type ReviewApprovalInput = z.infer<typeof inputSchema>

export interface ReviewApprovalParts {
  approvals: Pick<ApprovalService, 'review'>
}

export function createReviewApproval(parts: ReviewApprovalParts): Tool<ReviewApprovalInput, Reviewed> {
  return defineTool<ReviewApprovalInput, Reviewed>({
    name: 'review-approval',
    description: 'Records that somebody other than the asker looked at what was done.',
    input: inputSchema,
    peopleOnly: true,
    auditsItself: true,
    async run({ approval }, { actor, turnId }) {
      if (!actor) throw new Error('The gate let nobody review.')
      return parts.approvals.review(approval, actor, turnId)
    },
    toRefusal: (reviewed) => (reviewed.kind === 'refused' ? reviewed.why : null),
    toModelText: describe,
    toSaying: (reviewed) => ({ text: describe(reviewed) }),
    commands: [
      {
        name: 'review',
        usage: '<request>: records that you looked at it afterwards',
        toInput(text) {
          const read = readApprovalId(text, 'review')
          if (typeof read === 'string') return read
          if (read.rest !== '') return `Write only the request behind the command: \`review ${read.approval}\`.`
          return { input: { approval: read.approval } }
        },
      },
    ],
    actions: { review: ({ approval }) => (approval ? { approval } : null) },
  })
}

function describe(reviewed: Reviewed): string {
  if (reviewed.kind === 'refused') return reviewed.why
  return `Your review of request ${reviewed.approval.id} is on the record.`
}
