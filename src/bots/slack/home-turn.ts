// The Home tab of a person as a place to answer to, and the command that asks for what stands in it.
import { z } from 'zod'
import type { CommandTurn, Person } from '../../core/turn.ts'
import { type SlackPlace, toSlackAddress } from './slack-address.ts'
import { threadOf, turnIdOf } from './slack-keys.ts'
import { HOME_COMMAND } from './surface.ts'

/** What a Home tab carries, so that a press in it finds the direct message: Slack does not say it there. */
const carriedSchema = z.object({ channel: z.string().min(1) })

export function toHomeMetadata(place: SlackPlace): string {
  return JSON.stringify({ channel: place.channel })
}

/** The direct message behind a Home tab; null where another app or an older version published it. */
export function readHomeMetadata(text: string | undefined): string | null {
  try {
    const parsed = carriedSchema.safeParse(JSON.parse(text ?? ''))
    return parsed.success ? parsed.data.channel : null
  } catch {
    return null
  }
}

/** Presses in a Home tab and its own content are turns of one thread, so the content is read after what was pressed. */
export function homeThreadOf(team: string, channel: string): string {
  return threadOf(team, channel, 'home')
}

/** `channel`: the person's direct message with the bot. */
export function toHomeTurn(of: { key: string; at: string; team: string; channel: string; user: Person }): CommandTurn {
  const { key, at, team, channel, user } = of
  const place = { team, channel, thread: null, user: user.id, userTeam: user.tenant || team, direct: true, home: true }
  return {
    kind: 'command',
    id: turnIdOf(key),
    at,
    channel: 'slack',
    user,
    address: toSlackAddress(place),
    thread: homeThreadOf(team, channel),
    keys: [key],
    name: HOME_COMMAND,
    text: '',
  }
}
