// The tool behind Cancel on the card of a training: for whoever asked and for approvers. It leaves a wish; what follows the run carries it out.
import { z } from 'zod'
import { describeState, nameActor } from '../approvals/approval-words.ts'
import { isSameName } from '../core/identity.ts'
import type { ApprovalRecord, Approvals, Checkpoints } from '../store/port.ts'
import { createTrainingJournal } from '../training/training-journal.ts'
import { readApprovalId } from './approval-argument.ts'
import { defineTool, type Tool } from './define-tool.ts'
import { START_TRAINING } from './start-training.ts'

const inputSchema = z.object({ approval: z.string().min(1).max(40) })
type CancelInput = z.infer<typeof inputSchema>
type Cancelled = { kind: 'cancelling'; id: string } | { kind: 'refused'; why: string }

export interface CancelTrainingParts {
  approvals: Pick<Approvals, 'get'>
  checkpoints: Checkpoints
}

export function createCancelTraining({ approvals, checkpoints }: CancelTrainingParts): Tool<CancelInput, Cancelled> {
  return defineTool<CancelInput, Cancelled>({
    name: 'cancel-training',
    description: 'Cancels a training that was approved.',
    input: inputSchema,
    peopleOnly: true,
    async run({ approval: id }, { actor }) {
      if (!actor) throw new Error('The gate let nobody cancel.')
      const approval = await approvals.get(id)
      const why = whyNotCancel(id, approval, actor.principal)
      if (why !== null) return { kind: 'refused', why }
      await createTrainingJournal(checkpoints, id).writeCancel(nameActor(actor))
      return { kind: 'cancelling', id }
    },
    toRefusal: (came) => (came.kind === 'refused' ? came.why : null),
    toModelText: describe,
    toSaying: (came) => ({ text: describe(came) }),
    commands: [
      {
        name: 'cancel-training',
        usage: '<request>: cancels a training that runs, such as `cancel-training a7f3k2`',
        toInput(text) {
          const read = readApprovalId(text, 'cancel-training')
          return typeof read === 'string' ? read : { input: { approval: read.approval } }
        },
      },
    ],
    actions: { 'cancel-training': ({ approval }) => (approval ? { approval } : null) },
  })
}

function whyNotCancel(id: string, approval: ApprovalRecord | null, principal: string): string | null {
  if (approval?.tool !== START_TRAINING)
    return `There is no training ${id.replace(/[^\w-]/g, '')}. \`finetune status\` lists them.`
  const approvers = approval.rule.who.kind === 'listed' ? approval.rule.who.principals : []
  if (![approval.asker.principal, ...approvers].some((name) => isSameName(name, principal))) {
    return 'Only whoever asked for a training, and approvers, may cancel it.'
  }
  if (approval.state === 'open')
    return `It has not been approved yet, so there is nothing to cancel: write \`reject ${approval.id}\`.`
  return approval.state === 'approved' || approval.state === 'running' ? null : describeState(approval)
}

function describe(came: Cancelled): string {
  return came.kind === 'refused' ? came.why : `Training ${came.id} is being cancelled. Its card says when that is done.`
}
