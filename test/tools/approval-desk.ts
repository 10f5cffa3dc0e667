// What the tests of approved tools share: the gate, a tool that moves a number, cards, the runner, all over a real store.
import { z } from 'zod'
import { toSealPrefix } from '../../src/approvals/approval-words.ts'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { type Address, toAddress } from '../../src/core/turn.ts'
import type { ApprovalRule, Place } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import {
  type AnyTool,
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type ToolContext,
} from '../../src/tools/define-tool.ts'
import { createPassageBook } from '../../src/tools/passage-book.ts'
import { createReviewApproval } from '../../src/tools/review-approval.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { createShowApproval } from '../../src/tools/show-approval.ts'
import { listed, nextTurn, people, request, START } from '../approvals/setup.ts'
import { recordLog } from '../conversation/setup.ts'

export const placeOf = (thread: string): Place => ({ channel: 'desk', address: toAddress(thread) as Address, thread })

export function approvalDesk(
  options: {
    rule?: ApprovalRule
    mayDecide?: (principal: string) => Promise<true | string>
    carryOut?: (run: ApprovedRun, signal: AbortSignal) => Promise<ApprovedEnding>
    /** True where the tool knows from a journal of its own how far it came. */
    journal?: boolean
    giveUpMs?: number
  } = {},
) {
  const clock = { now: START }
  const { log, lines: logged } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const now = () => clock.now
  const approvals = createApprovals({ store, people, now })
  /** What the plan reads. */
  const world = {
    facts: { Champion: 'v2' } as Record<string, string>,
    refuse: null as string | null,
    broken: null as Error | null,
    runs: 0,
    woken: 0,
  }
  const moveNumber: AnyTool = defineTool<unknown, unknown>({
    name: 'move-number',
    description: 'Moves.',
    input: z.object({ to: z.number() }) as z.ZodType<unknown>,
    run: () => Promise.reject(new Error('An approved tool ran without its approval.')),
    toModelText: String,
    approval: {
      plan: async () => {
        if (world.broken) throw world.broken
        return world.refuse
          ? { kind: 'refused', why: world.refuse, says: { text: `Evidence: ${world.refuse}` } }
          : {
              kind: 'plan',
              plan: {
                subject: 'model:number',
                evidence: { seen: world.facts },
                expects: { ...world.facts },
                rule: options.rule ?? listed('ben@acme.io', 'cy@acme.io'),
                expiresAfterMs: 3_600_000,
                remindAfterMs: 600_000,
              },
            }
      },
      mayDecide: options.mayDecide ?? (async () => true),
      card: (approval) => ({
        text: `Card ${approval.id} ${approval.state}`,
        ...(approval.progress ? { blocks: [{ kind: 'progress', ...approval.progress }] } : {}),
        buttons:
          approval.state === 'open'
            ? [{ action: 'approve', label: 'Approve', value: { approval: approval.id, seal: toSealPrefix(approval) } }]
            : [],
      }),
      carryOut: async (_, run, signal) => {
        world.runs++
        if (options.carryOut) return options.carryOut(run, signal)
        return { state: 'done', outcome: 'Moved.' }
      },
      ...(options.journal ? { resume: async () => null } : {}),
    },
  })
  const tools: AnyTool[] = [moveNumber]
  const find = (name: string) => tools.find((tool) => tool.name === name)
  const cards = createCards({ store, find, wake: () => void world.woken++ })
  const giveUp = options.giveUpMs === undefined ? {} : { giveUpMs: options.giveUpMs }
  /** A runner as after a restart. */
  const again = () => createApprovedRunner({ approvals, find, cards, log, retryMs: 1, ...giveUp })
  const runner = again()
  const decide = createDecideApproval({ approvals, find, now }) as AnyTool
  const show = createShowApproval({ approvals, find }) as AnyTool
  const review = createReviewApproval({ approvals }) as AnyTool
  const context = (identity: string, more: Partial<ToolContext> = {}): ToolContext => {
    const [, tenant = '', id = ''] = identity.split('/')
    return {
      turnId: nextTurn(),
      user: { id, tenant },
      actor: people.toActor(identity),
      place: placeOf('desk:one'),
      signal: new AbortController().signal,
      audit: store.audit,
      passages: createPassageBook(),
      approvals,
      ...more,
    }
  }
  const ask = (identity = 'slack/T0/UANA', more: Partial<ToolContext> = {}) =>
    runTool(moveNumber, { to: 3 }, context(identity, more))
  const vote = (approval: string, identity: string, choice: 'approve' | 'reject' = 'approve') =>
    runTool(decide, { approval, vote: choice }, context(identity))
  const asked = async (identity?: string) => {
    const outcome = await ask(identity)
    if (outcome.kind !== 'waiting') throw new Error(JSON.stringify(outcome))
    return outcome.approval
  }
  /** An approved request of a tool of that name. */
  const opened = async (tool: string) => {
    const rule: ApprovalRule = { who: { kind: 'asker' }, quorum: 0, selfDecides: true }
    const outcome = await approvals.open(request({ tool, plan: { rule } }))
    if (outcome.kind !== 'opened') throw new Error(JSON.stringify(outcome))
    return outcome
  }
  return {
    ...{ again, opened, store, approvals, cards, runner, clock, world, logged, moveNumber },
    ...{ decide, show, review, context, ask, asked, vote },
  }
}
