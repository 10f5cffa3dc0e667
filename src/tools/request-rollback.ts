// The tool for one step back: one listed person is enough, the asker among them, and somebody else reviews it afterwards.
import { z } from 'zod'
import type { Saying } from '../core/reply.ts'
import { toPreview } from '../promotion/card.ts'
import type { RollbackPlanner } from '../promotion/plan-rollback.ts'
import { readCommandLine } from './command-line.ts'
import { defineTool, type Planned, type Tool } from './define-tool.ts'
import {
  carryOutMove,
  type MoveParts,
  readAlias,
  resumeMove,
  type StoredMove,
  toMoveCard,
  toSubject,
} from './move-champion.ts'

const EXPIRES_MS = 3_600_000
const USAGE = 'rollback [--dry-run]'

const inputSchema = z.object({
  dryRun: z.boolean().optional().describe('True to show what would change: nothing is stored, nobody is asked.'),
})
export type RequestRollbackInput = z.infer<typeof inputSchema>

export interface RequestRollbackParts extends MoveParts {
  planner: RollbackPlanner
}

export function createRequestRollback(parts: RequestRollbackParts): Tool<RequestRollbackInput, Saying> {
  const { policy, planner, saga, now = Date.now } = parts
  return defineTool<RequestRollbackInput, Saying>({
    name: 'request-rollback',
    description: `Asks to go one step back: ${policy.alias} of ${policy.model} returns to the version before. One approver is enough, and somebody else reviews it afterwards.`,
    input: inputSchema,
    run: () => Promise.reject(new Error('A rollback runs only as an approved operation.')),
    toModelText: ({ text }) => text,
    toSaying: (saying) => saying,
    commands: [
      {
        name: 'rollback',
        usage: '[--dry-run]: goes back to the version before, by one approver',
        toInput(text) {
          const line = readCommandLine(text, { 'dry-run': 'flag' }, USAGE)
          if (typeof line === 'string') return line
          if (line.words.length > 0) {
            return `A rollback goes one step back and takes no version: write \`${USAGE}\`. For another version write \`promote v3\`.`
          }
          return { input: line.options.has('dry-run') ? { dryRun: true } : {} }
        },
      },
    ],
    // A button beside what speaks for it, such as the report of a night: its card asks before anything happens.
    actions: { 'ask-rollback': () => ({}) },
    approval: {
      plan: (input) => plan(input, parts),
      mayDecide: (principal) => parts.mayDecide(principal),
      card: (approval) => toMoveCard(approval, now()),
      async carryOut(_, run, signal) {
        const ending = await carryOutMove(run, signal, saga, async () => {
          const planned = await planner.plan()
          if (planned.kind === 'plan') return { kind: 'facts', expects: planned.expects }
          return { ...planned, facts: planned.facts ?? (await readAlias(parts)) }
        })
        return { ...ending, needsReview: ending.state === 'done' }
      },
      async resume(run, signal) {
        const ending = await resumeMove(run, signal, saga)
        return ending && { ...ending, needsReview: ending.state === 'done' }
      },
    },
  })
}

async function plan({ dryRun }: RequestRollbackInput, parts: RequestRollbackParts): Promise<Planned<Saying>> {
  const { planner, policy } = parts
  const planned = await planner.plan()
  if (planned.kind === 'refused') return { ...planned, facts: planned.facts ?? (await readAlias(parts)) }
  const { approvers } = policy.approval
  const evidence = { ...planned.evidence, quorum: 1 }
  if (approvers.length === 0) {
    const why =
      'One person must approve this, and approval.approvers in the policy names nobody, so it could never be decided. An administrator adds approvers there.'
    return { kind: 'refused', why, says: toPreview(evidence, why) }
  }
  if (dryRun) return { kind: 'done', value: toPreview(evidence, null) }
  const stored: StoredMove = { evidence, move: planned.move }
  return {
    kind: 'plan',
    plan: {
      subject: toSubject(policy),
      evidence: stored,
      expects: planned.expects,
      rule: { who: { kind: 'listed', principals: approvers }, quorum: 1, selfDecides: true },
      expiresAfterMs: EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}
