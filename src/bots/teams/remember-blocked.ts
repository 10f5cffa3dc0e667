// Keeps a bot that was blocked or uninstalled somewhere from knocking there again and again.
import type { TeamsConnector } from './send-reliably.ts'
import { TeamsCallError } from './teams-errors.ts'

export interface BlockedConversations {
  connector: TeamsConnector
  /** Somebody wrote from there, so the bot is welcome again. */
  unblock(conversation: string): void
}

/** Teams answers 403 MessageWritesBlocked to every message; after the first one, calls fail here without being made. */
export function rememberBlocked(inner: TeamsConnector): BlockedConversations {
  const blocked = new Map<string, TeamsCallError>()

  async function guard<T>(conversation: string, call: () => Promise<T>): Promise<T> {
    const known = blocked.get(conversation)
    if (known) throw known
    try {
      return await call()
    } catch (error) {
      if (error instanceof TeamsCallError && error.code === 'MessageWritesBlocked') blocked.set(conversation, error)
      throw error
    }
  }

  return {
    connector: {
      create: (to, activity) => guard(to.conversation, () => inner.create(to, activity)),
      update: (to, id, activity) => guard(to.conversation, () => inner.update(to, id, activity)),
      remove: (to, id) => guard(to.conversation, () => inner.remove(to, id)),
    },
    unblock(conversation) {
      blocked.delete(conversation)
    },
  }
}
