// Reads one checked Teams activity into what it asks for: a turn, a stop, a greeting, or nothing.
import type { Attachment, MessageTurn } from '../../core/turn.ts'
import type { Activity } from './activity.ts'
import { readInvoke } from './read-teams-invoke.ts'
import { stripMentions } from './strip-mentions.ts'
import { commonOf, messageGuard, type ReadOptions, type TeamsEvent, toActionTurn, toStrings } from './teams-turn.ts'

/** Words that the face answers itself; the manifest offers the same ones. */
export const TEAMS_COMMANDS = ['help', 'stop'] as const

/**
 * Commands that the manifest offers beside them while somebody types; a list holds twelve, so these are the most useful ones,
 * and help names all. They reach the conversation core as messages.
 */
export const OFFERED_COMMANDS = [
  'promote',
  'rollback',
  'champion',
  'evals',
  'nightly',
  'report',
  'cases',
  'triage',
  'tickets',
  'query',
] as const

function filesOf(activity: Activity): Attachment[] {
  return (activity.attachments ?? [])
    .filter(
      (file) => file.contentType !== 'text/html' && !file.contentType?.startsWith('application/vnd.microsoft.card'),
    )
    .map((file) => ({
      name: file.name ?? 'file without a name',
      ...(file.contentType ? { mediaType: file.contentType } : {}),
    }))
}

/** Two bots that answer each other would never end. Ids of bots begin with `28:`. */
function isFromBot({ from }: Activity): boolean {
  return from?.role === 'bot' || from?.id.startsWith('28:') === true
}

function readMessage(activity: Activity, options: ReadOptions): TeamsEvent {
  if (isFromBot(activity)) return { kind: 'ignore', why: 'a message of a bot' }
  const text = stripMentions(activity)
  const pressed = toStrings(activity.value)
  if (text === '' && activity.value !== undefined && activity.value !== null) {
    const { action, ...value } = pressed
    const turn = action ? toActionTurn(activity, action, value, options) : null
    return turn ? { kind: 'turn', turn } : { kind: 'ignore', why: 'a card was submitted that this bot did not make' }
  }
  const common = commonOf(activity, messageGuard(activity, text), options)
  if (common === null) return { kind: 'ignore', why: 'a message without a sender or an id' }
  const command = text.toLowerCase().replace(/^\//, '')
  if (command === 'help') return { kind: 'greet' }
  // A turn like any other, so that its copies are known: one that came late would else stop the next answer.
  if (command === 'stop') return { kind: 'turn', turn: { kind: 'action', ...common, action: 'stop', value: {} } }
  const files = filesOf(activity)
  const turn: MessageTurn = {
    kind: 'message',
    ...common,
    text,
    ...(files.length > 0 ? { attachments: files } : {}),
  }
  return { kind: 'turn', turn }
}

/**
 * What the activity asks for. An installation greets; the conversationUpdate that comes with it does not, so that
 * people are welcomed once. Everything unknown is ignored, and the platform is told 200.
 */
export function readTeamsActivity(activity: Activity, options: ReadOptions = {}): TeamsEvent {
  switch (activity.type) {
    case 'message':
      return readMessage(activity, options)
    case 'invoke':
      return readInvoke(activity, options)
    case 'installationUpdate':
      return activity.action === 'add'
        ? { kind: 'greet' }
        : { kind: 'ignore', why: `installation: ${activity.action ?? 'unknown'}` }
    default:
      return { kind: 'ignore', why: `activity of type ${activity.type.slice(0, 60)}` }
  }
}
