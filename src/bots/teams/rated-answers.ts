// Knows which turn a message answered, since Teams names only the message when somebody rates it.
import type { Delivery } from '../../core/channel.ts'
import type { TeamsReference } from './teams-address.ts'

/** How many messages are remembered; a rating of an older one, or from before a restart, names no turn. */
const REMEMBERED = 20_000

export interface RatedAnswers {
  /** The same delivery, noting each message that it records. */
  follow(to: TeamsReference, delivery: Delivery): Delivery
  turnOf(conversation: string, message: string): string | undefined
}

export function createRatedAnswers(): RatedAnswers {
  const turns = new Map<string, string>()

  function note(to: TeamsReference, ref: string, key: string): void {
    const turn = key.match(/^turn:([^:]+)/)?.[1]
    const message = ref.match(/^part:\d+:(.+)$/)?.[1]
    if (!turn || !message) return
    turns.set(`${to.conversation} ${message}`, turn)
    for (const oldest of turns.keys()) {
      if (turns.size <= REMEMBERED) break
      turns.delete(oldest)
    }
  }

  return {
    follow(to, delivery) {
      for (const ref of delivery.refs) note(to, ref, delivery.key)
      return {
        key: delivery.key,
        refs: delivery.refs,
        retry: delivery.retry,
        since: delivery.since,
        async recordRef(ref) {
          note(to, ref, delivery.key)
          await delivery.recordRef(ref)
        },
      }
    },
    turnOf: (conversation, message) => turns.get(`${conversation} ${message}`),
  }
}
