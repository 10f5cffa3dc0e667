// The copies of a triaged ticket's card: each is written anew where somebody corrected the ticket.
import { type Reply, type Saying, toPlainReply } from '../core/reply.ts'
import type { Posts } from '../store/port.ts'
import { createQueues } from './cards.ts'

export interface TicketCards {
  /** Every copy as the ticket stands now. Safe to call again. */
  refresh(triage: string): Promise<void>
}

export interface TicketCardParts {
  posts: Pick<Posts, 'ofSubject' | 'put'>
  /** The card as it stands now; null where there is no such ticket. */
  find(triage: string): Promise<Saying | null>
  /** Lets the pump look for posts that are not shown. */
  wake(): void
}

export function createTicketCards({ posts, find, wake }: TicketCardParts): TicketCards {
  const inTurn = createQueues()
  return {
    refresh: (triage) =>
      inTurn(triage, async () => {
        const card = await find(triage)
        if (!card) return
        for (const { key, subject, channel, address, reply } of await posts.ofSubject(triage)) {
          await posts.put({ key, subject, channel, address, reply: toReply(card, reply.turn) })
        }
        wake()
      }),
  }
}

function toReply({ text, blocks = [], buttons = [], footer }: Saying, turn: string): Reply {
  return toPlainReply(turn, text, { blocks, buttons, outcome: 'done', ...(footer === undefined ? {} : { footer }) })
}
