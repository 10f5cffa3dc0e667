// The line "Searching the documentation..." under a thread, and the optional eyes on the question.
import type { DeliverParts } from './deliver-slack-reply.ts'
import type { SlackPlace } from './slack-address.ts'
import { SlackCallError } from './slack-api.ts'
import type { SlackMethod } from './surface.ts'

export interface SlackStatus {
  set(text: string): void
  /** Always called at the end: Slack itself would keep a status for two minutes, and a session "processing" for an hour. */
  clear(): void
}

/**
 * Uses assistant.threads.setStatus, which says what is happening in words and works in channel threads; Slack
 * bridges it to the session state (text is processing, empty is active), so agents.sessions.setStatus is not called.
 * A status is an ornament: nothing waits for it, each call is tried once, and its failures are logged.
 */
export function createSlackStatus(parts: DeliverParts & { reactions: boolean }, place: SlackPlace): SlackStatus {
  const { api, log } = parts
  let queue: Promise<void> = Promise.resolve()
  let shown = ''
  let works = place.thread !== null
  let eyes = false

  async function send(method: SlackMethod, args: Record<string, unknown>): Promise<boolean> {
    try {
      await api.callOnce(method, args)
      return true
    } catch (error) {
      log.debug('Slack did not take the status', { method, error })
      return !(error instanceof SlackCallError) || error.kind !== 'refused'
    }
  }

  function push(text: string): void {
    if (!works || text === shown) return
    shown = text
    queue = queue.then(async () => {
      if (!works || (text !== '' && text !== shown)) return
      const args = { channel_id: place.channel, thread_ts: place.thread, status: text }
      works = await send('assistant.threads.setStatus', args)
    })
  }

  function react(method: 'reactions.add' | 'reactions.remove'): void {
    queue = queue.then(async () => {
      await send(method, { channel: place.channel, timestamp: place.thread, name: 'eyes' })
    })
  }

  return {
    set(text) {
      if (parts.reactions && place.thread !== null && !eyes) {
        eyes = true
        react('reactions.add')
      }
      push(text.slice(0, 200))
    },
    clear() {
      push('')
      if (eyes) react('reactions.remove')
    },
  }
}
