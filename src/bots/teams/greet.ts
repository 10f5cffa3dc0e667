// Greets once where the app is installed, and whenever somebody asks for help.
import type { Log } from '../../core/log.ts'
import type { Activity } from './activity.ts'
import type { TeamsConnector } from './send-reliably.ts'
import { toReference } from './teams-address.ts'

export const GREETING = [
  'Hello, I am **Lakedesk**. I answer questions from your documentation and show where each answer comes from.',
  '',
  'Just ask, for example: *How do I reset my password?* In a channel or a group, mention me first.',
  '',
  '- Follow-up questions work: I remember this conversation.',
  '- Send `stop` to end an answer that is being written.',
  '- Send `help` to see this again.',
].join('\n')

/** How many greetings are remembered, so that a copy of the same activity does not greet again. */
const REMEMBERED = 500

export interface Greeter {
  /** Returns at once; a greeting that Teams does not take is logged and forgotten. */
  greet(activity: Activity): void
  settle(): Promise<void>
}

/** `commands`: what else people may write, as Markdown lines; empty where there is nothing. */
export function createGreeter(parts: { connector: TeamsConnector; log: Log; commands?: string }): Greeter {
  const { connector, log, commands = '' } = parts
  const text = commands === '' ? GREETING : `${GREETING}\n\nI also know these commands:\n\n${commands}`
  const seen = new Set<string>()
  const running = new Set<Promise<void>>()
  return {
    greet(activity) {
      const key = `${activity.conversation.id} ${activity.type} ${activity.id ?? ''}`
      if (seen.has(key)) return
      seen.add(key)
      for (const oldest of seen) {
        if (seen.size <= REMEMBERED) break
        seen.delete(oldest)
      }
      const sent = connector
        .create(toReference(activity), { type: 'message', text, textFormat: 'markdown' })
        .then(
          () => {},
          (error: unknown) => log.warn('the greeting was not taken', { cause: error }),
        )
        .finally(() => running.delete(sent))
      running.add(sent)
    },
    async settle() {
      await Promise.all(running)
    },
  }
}
