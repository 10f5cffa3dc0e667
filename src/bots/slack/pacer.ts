// Keeps calls under Slack's limits: one token bucket for each method (and channel), and a pause after a 429.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Pace {
  perMinute: number
  /** Calls that may go out at once after a quiet time. */
  burst: number
}

/**
 * Slack's tiers per method and workspace, less ten percent; posting is about one message a second in each channel.
 * Source: https://docs.slack.dev/apis/web-api/rate-limits
 */
export const SLACK_PACES: Readonly<Record<string, Pace>> = {
  'chat.startStream': { perMinute: 18, burst: 18 },
  'chat.stopStream': { perMinute: 18, burst: 18 },
  'chat.appendStream': { perMinute: 90, burst: 10 },
  'chat.update': { perMinute: 45, burst: 5 },
  'chat.postMessage': { perMinute: 60, burst: 3 },
  'chat.postEphemeral': { perMinute: 90, burst: 10 },
  'conversations.replies': { perMinute: 45, burst: 10 },
  'views.publish': { perMinute: 90, burst: 10 },
  'users.info': { perMinute: 90, burst: 20 },
  'conversations.history': { perMinute: 45, burst: 10 },
}

export interface Pacer {
  /** Resolves when the call may go out; callers of one bucket go out in the order they asked. */
  take(method: string, channel: string): Promise<void>
  /** Milliseconds that `take` would wait now. */
  delay(method: string, channel: string): number
  /** After a 429: nothing of this method goes out for so long; other methods go on. */
  pause(method: string, ms: number): void
}

export function createPacer(paces: Readonly<Record<string, Pace>> = SLACK_PACES, now: () => number = Date.now): Pacer {
  /** Theoretical arrival time of the next call, per bucket (generic cell rate algorithm). */
  const due = new Map<string, number>()
  const paused = new Map<string, number>()

  const bucket = (method: string, channel: string) => (method === 'chat.postMessage' ? `${method} ${channel}` : method)

  function delay(method: string, channel: string): number {
    const pace = paces[method]
    const rest = (paused.get(method) ?? 0) - now()
    if (!pace) return Math.max(0, rest)
    const gap = 60_000 / pace.perMinute
    const at = Math.max(due.get(bucket(method, channel)) ?? 0, now())
    return Math.max(0, at - now() - gap * (pace.burst - 1), rest)
  }

  return {
    delay,
    async take(method, channel) {
      const wait = delay(method, channel)
      const pace = paces[method]
      if (pace) {
        if (due.size > 10_000) forgetPast(due, now())
        const key = bucket(method, channel)
        due.set(key, Math.max(due.get(key) ?? 0, now()) + 60_000 / pace.perMinute)
      }
      if (wait > 0) await sleep(wait)
      // A 429 may have come while this call was waiting.
      for (let rest = (paused.get(method) ?? 0) - now(); rest > 0; rest = (paused.get(method) ?? 0) - now()) {
        await sleep(rest)
      }
    },
    pause(method, ms) {
      paused.set(method, Math.max(paused.get(method) ?? 0, now() + ms))
    },
  }
}

function forgetPast(due: Map<string, number>, now: number): void {
  for (const [key, at] of due) if (at < now) due.delete(key)
}
