// The tool by which approvers have every card shown in a channel of theirs: here, off, list.
import { z } from 'zod'
import { isListed } from '../approvals/why-not-vote.ts'
import type { Place, Places } from '../store/port.ts'
import { APPROVALS_TOPIC } from './cards.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({ what: z.enum(['here', 'off', 'list']) })
export type SubscribeApprovalsInput = z.infer<typeof inputSchema>

export type Subscribed =
  | { kind: 'refused'; why: string }
  | { kind: 'here' }
  | { kind: 'off'; was: boolean }
  | { kind: 'list'; places: readonly Place[] }

export interface SubscribeApprovalsParts {
  places: Places
  /** Principals who may decide, as the policy lists them. */
  approvers: readonly string[]
}

export function createSubscribeApprovals(parts: SubscribeApprovalsParts): Tool<SubscribeApprovalsInput, Subscribed> {
  return defineTool<SubscribeApprovalsInput, Subscribed>({
    name: 'subscribe-approvals',
    description: 'Shows every approval card in this conversation too, or no longer, or lists where they are shown.',
    input: inputSchema,
    peopleOnly: true,
    async run({ what }, { actor, place }) {
      if (!actor || !isListed(parts.approvers, actor.principal)) {
        const who = parts.approvers.length === 0 ? 'the list is empty' : `these are: ${parts.approvers.join(', ')}`
        return { kind: 'refused', why: `Only people on the list of approvers may say where cards are shown; ${who}.` }
      }
      if (what === 'list') return { kind: 'list', places: await parts.places.list(APPROVALS_TOPIC) }
      if (!place)
        return {
          kind: 'refused',
          why: 'Cards can only be shown in a conversation. Write it where they shall be shown.',
        }
      if (what === 'off') return { kind: 'off', was: await parts.places.remove(APPROVALS_TOPIC, place.thread) }
      await parts.places.add(APPROVALS_TOPIC, place)
      return { kind: 'here' }
    },
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: describe,
    toSaying: (outcome) => ({ text: describe(outcome) }),
    toAuditFacts: ({ kind }) => ({ result: kind }),
    commands: [
      {
        name: 'approvals',
        usage: 'here|off|list: shows every approval card in this conversation too, for approvers',
        toInput(text) {
          const what = inputSchema.shape.what.safeParse(text.trim().toLowerCase() || 'list')
          return what.success
            ? { input: { what: what.data } }
            : 'Write `approvals here`, `approvals off` or `approvals list`. `promotions` lists the open requests.'
        },
      },
    ],
  })
}

function describe(outcome: Subscribed): string {
  switch (outcome.kind) {
    case 'refused':
      return outcome.why
    case 'here':
      return 'From now on every approval card is shown here too. `approvals off` ends it.'
    case 'off':
      return outcome.was ? 'Approval cards are no longer shown here.' : 'Approval cards were not shown here.'
    case 'list': {
      if (outcome.places.length === 0) return 'Approval cards are shown only where they were asked for.'
      const lines = outcome.places.map(({ channel, thread }) => `- ${channel}: ${thread}`)
      return `Beside where they were asked for, approval cards are shown in:\n\n${lines.join('\n')}`
    }
  }
}
