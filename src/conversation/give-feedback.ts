// Takes a thumb up or down for an answer: one audit line and a word of thanks.
import { z } from 'zod'
import { type Reply, toPlainReply } from '../core/reply.ts'
import type { ActionTurn } from '../core/turn.ts'
import type { Store } from '../store/port.ts'

/** The rated answer is named by its turn, or by the message that showed it where a platform tells only that. */
const valueSchema = z.object({
  rating: z.enum(['up', 'down']),
  turn: z.string().min(1).max(200).optional(),
  message: z.string().min(1).max(500).optional(),
  reason: z.string().trim().max(4000).optional(),
})

async function findRated(turn: ActionTurn, value: z.infer<typeof valueSchema>, store: Store): Promise<string | null> {
  if (value.turn) return value.turn
  return value.message ? store.outbox.findTurn(turn.thread, value.message) : null
}

/** The button's value is untrusted: it must name a turn of this face and tenant. Rejects with STORE_*. */
export async function giveFeedback(turn: ActionTurn, store: Store): Promise<Reply> {
  const onlyTo = turn.user.id
  const value = valueSchema.safeParse(turn.value)
  const about = value.success ? await findRated(turn, value.data, store) : null
  const rated = about === null ? null : await store.inbox.get(about)
  const known = rated?.turn.channel === turn.channel && rated.turn.user.tenant === turn.user.tenant
  const line = { at: new Date().toISOString(), actor: `${turn.user.tenant}/${turn.user.id}`, what: 'give-feedback' }
  if (!value.success || !known || about === null) {
    await store.audit.append({ ...line, turnId: turn.id, outcome: 'refused', detail: { why: 'unknown turn or value' } })
    const text =
      'That feedback could not be taken, because it names no answer that I know (or its reason is longer than 4,000 characters). Press the button under a newer answer.'
    return toPlainReply(turn.id, text, { onlyTo })
  }
  const { rating, reason } = value.data
  const detail = { rating, turn: about, ...(reason ? { reason } : {}) }
  await store.audit.append({ ...line, turnId: turn.id, outcome: 'done', detail })
  const text =
    rating === 'up' ? 'Thank you, noted.' : 'Thank you, noted. Answers that were marked like this are looked at first.'
  return toPlainReply(turn.id, text, { onlyTo })
}
