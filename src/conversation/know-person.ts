// Asks the face whether a person is a member of the team, which the event itself does not always tell.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel } from '../core/channel.ts'
import type { Log } from '../core/log.ts'
import type { Turn } from '../core/turn.ts'

/** `unsure`: the face could not say, so the person counts as a guest for this turn. */
export interface Known {
  turn: Turn
  unsure: boolean
}

/** For whoever is refused only because nobody could say who they are. */
export const UNSURE =
  'Whether you are a member of this team could not be checked just now, so nothing was done. Please try again in a minute; if it stays so, an operator finds the cause in the log.'

/** How long a person waits for the check. */
const CHECK_MS = 3_000

/** The turn with its person as the platform knows them now. Ask while the turn is worked on, never before it is accepted. */
export async function knowPerson(turn: Turn, channel: Channel, log: Log): Promise<Known> {
  if (turn.user.external || !channel.isMember) return { turn, unsure: false }
  const asGuest = { ...turn, user: { ...turn.user, external: true } }
  const limit = new AbortController()
  try {
    const late = sleep(CHECK_MS, undefined, { ref: false, signal: limit.signal }).then(() => {
      throw new Error(`no answer within ${CHECK_MS} milliseconds`)
    })
    const isMember = await Promise.race([channel.isMember(turn.user), late])
    return { turn: isMember ? turn : asGuest, unsure: false }
  } catch (error) {
    log.warn('Whether a person is a member could not be checked, so they count as a guest', {
      turn: turn.id,
      channel: turn.channel,
      cause: error,
    })
    return { turn: asGuest, unsure: true }
  } finally {
    limit.abort()
  }
}
