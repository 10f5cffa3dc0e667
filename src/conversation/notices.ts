// Tells people, once and as well as it goes, what became of a message that cannot be worked on now.
import type { Channel } from '../core/channel.ts'
import type { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Turn } from '../core/turn.ts'
import { toErrorReply } from './explain-failure.ts'

export interface Notices {
  /**
   * Posts the error's sentence and then `more`, unless a copy of this turn was told already. Never rejects: what fails is
   * logged, and the next copy of the turn is told again.
   */
  tell(turn: Turn, error: LakedeskError, more: string): Promise<void>
}

/** Keys remembered, in memory: the disk is what is missing. Copies come within minutes, so the oldest may go. */
const MAX_KEYS = 10_000

export function createNotices(parts: { channels: ReadonlyMap<string, Channel>; log: Log }): Notices {
  const { channels, log } = parts
  const told = new Set<string>()

  function remember(keys: readonly string[]): void {
    for (const key of keys) told.add(key)
    for (const key of told) {
      if (told.size <= MAX_KEYS) return
      told.delete(key)
    }
  }

  return {
    async tell(turn, error, more) {
      if (turn.keys.some((key) => told.has(key))) return
      remember(turn.keys)
      const notice = toErrorReply(turn.id, { text: '', citations: [] }, error)
      const onlyTo = turn.kind === 'action' ? { onlyTo: turn.user.id } : {}
      const delivery = { key: `turn:${turn.id}:notice`, refs: [], retry: false, since: new Date().toISOString() }
      try {
        const reply = { ...notice, text: `${notice.text}\n\n${more}`, ...onlyTo }
        await channels.get(turn.channel)?.post(turn.address, reply, { ...delivery, async recordRef() {} })
      } catch (cause) {
        for (const key of turn.keys) told.delete(key)
        log.error('The person could not be told', { turn: turn.id, cause })
      }
    },
  }
}
