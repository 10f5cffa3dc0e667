// Reads an entry of a message's menu, such as "Triage this thread", into the command it stands for.
import type { CommandTurn } from '../../core/turn.ts'
import { toNamedPerson } from './read-slack-action.ts'
import { type SlackIdentity, timeOf } from './read-slack-event.ts'
import { readSlackText } from './read-slack-text.ts'
import { type SlackPlace, toSlackAddress } from './slack-address.ts'
import { threadOf, turnIdOf } from './slack-keys.ts'
import { messageShortcutSchema } from './slack-payloads.ts'
import { MESSAGE_SHORTCUTS } from './surface.ts'

function commandOf(callback: string): string | null {
  const found = Object.entries(MESSAGE_SHORTCUTS).find(([id]) => id === callback)
  return found ? found[1].command : null
}

/**
 * The command for the message, answered in its thread. In a thread the text is empty: what was said there is read as the
 * thread; else it is the message. The turns have a conversation of their own, because a bot that only looked at a thread
 * of other people is no part of it and must not answer what they go on to say. Null for shortcuts that are not ours.
 */
export function readSlackShortcut(body: unknown, me: SlackIdentity, now: Date): CommandTurn | null {
  const parsed = messageShortcutSchema.safeParse(body)
  const name = parsed.success ? commandOf(parsed.data.callback_id) : null
  if (!parsed.success || name === null) return null
  const { trigger_id, action_ts, team, user: by, channel, message, response_url } = parsed.data
  const key = `slack:event:${trigger_id}`
  const user = toNamedPerson(by, team, me.team)
  const root = message.thread_ts ?? message.ts
  const place: SlackPlace = {
    ...{ team: me.team, channel: channel.id, thread: root, user: user.id, userTeam: user.tenant },
    direct: channel.id.startsWith('D'),
    ...(response_url ? { responseUrl: response_url } : {}),
  }
  return {
    kind: 'command',
    id: turnIdOf(key),
    at: action_ts === undefined ? now.toISOString() : timeOf(action_ts),
    channel: 'slack',
    user,
    address: toSlackAddress(place),
    thread: `${threadOf(me.team, channel.id, root)}:${name}`,
    keys: [key, `slack:shortcut:${me.team}:${channel.id}:${message.ts}:${user.id}:${action_ts ?? trigger_id}`],
    name,
    text: message.thread_ts === undefined ? readSlackText(message.text ?? '', me.botUser) : '',
  }
}
