// The response addresses of the Slack stand-in: each works five times within thirty minutes.
import { randomBytes } from 'node:crypto'

/** Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const MAX_USES = 5
const LIFE_MS = 30 * 60_000

export interface ResponsePlace {
  channel: string
  /** Whom a private answer is shown to. */
  user: string
  /** The message that was pressed: what `replace_original` and `delete_original` mean. */
  original?: { ts: string; ephemeral: boolean; thread?: string }
}

export interface ResponseUrls {
  /** The last part of the address. */
  issue(place: ResponsePlace): string
  /** Uses it up by one. `error` is Slack's name of what is wrong; null for an address that was never issued. */
  use(id: string): ResponsePlace | { error: string } | null
}

export function createResponseUrls(now: () => number): ResponseUrls {
  const issued = new Map<string, { place: ResponsePlace; at: number; uses: number }>()
  return {
    issue(place) {
      for (const [id, { at }] of issued) if (now() - at > 2 * LIFE_MS) issued.delete(id)
      const id = randomBytes(12).toString('base64url')
      issued.set(id, { place, at: now(), uses: 0 })
      return id
    },
    use(id) {
      const one = issued.get(id)
      if (!one) return null
      if (now() - one.at > LIFE_MS) return { error: 'expired_url' }
      if (one.uses >= MAX_USES) return { error: 'used_url' }
      one.uses += 1
      return one.place
    },
  }
}
