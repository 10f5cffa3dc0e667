// Keeps the cards of a turn as posts, so that they are edited whenever their approval changes.
import type { Log } from '../core/log.ts'
import { type Reply, replySchema } from '../core/reply.ts'
import type { Turn } from '../core/turn.ts'
import type { Store } from '../store/port.ts'
import { toSaidReply } from './call-tool.ts'
import type { Catalogue } from './catalogue.ts'
import type { Composed } from './compose.ts'
import { toTurnKey } from './post-pump.ts'

export interface PostCardParts {
  store: Store
  catalogue: Catalogue
  log: Log
  /**
   * Told once the card of an approval is kept in the place where it was asked for, and again where the turn is repeated:
   * copies for other places are made here, and every copy is brought to the state the approval is in by then.
   */
  onWaiting(approval: string, turn: Turn): Promise<void>
  /** Lets the pump look for posts. */
  wake(): void
}

/** Keeps what is there: a turn that is repeated after a crash must not put an old card over a newer one. */
async function keep(post: { key: string; subject: string; reply: Reply }, turn: Turn, store: Store): Promise<void> {
  if (await store.posts.get(post.key)) return
  await store.posts.put({ ...post, channel: turn.channel, address: turn.address })
}

/** The card of what the agent asked for or showed, as its own message. Null where its tool is no longer there. */
async function toCard(id: string, turn: Turn, { store, catalogue }: PostCardParts): Promise<Reply | null> {
  const approval = await store.approvals.get(id)
  const card = approval && catalogue.tools.get(approval.tool)?.approval?.card(approval)
  if (card) return toSaidReply(turn.id, card, { outcome: 'waiting' })
  for (const tool of approval ? [] : catalogue.tools.values()) {
    const found = await tool.findCard?.(id)
    if (found) return toSaidReply(turn.id, found, { outcome: 'done' })
  }
  return null
}

/** Call before the reply is stored as complete: then no crash can leave a card that is never edited. Rejects with STORE_*. */
export async function postCards(turn: Turn, composed: Composed, parts: PostCardParts): Promise<void> {
  const { reply, card, approvals = [] } = composed
  if (card !== undefined) {
    await keep({ key: toTurnKey(turn.id), subject: card, reply }, turn, parts.store)
    await parts.onWaiting(card, turn)
  }
  for (const id of approvals) {
    const copy = await toCard(id, turn, parts)
    if (replySchema.safeParse(copy).success && copy)
      await keep({ key: `card:${id}:${turn.id}`, subject: id, reply: copy }, turn, parts.store)
    else parts.log.error('An approval of the agent has no card that can be kept', { turn: turn.id, approval: id })
    await parts.onWaiting(id, turn)
  }
}
