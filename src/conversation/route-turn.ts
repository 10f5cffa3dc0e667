// Decides what a turn asks for. Depends on the turn alone, so that every try of one turn takes the same way.
import { assertNever } from '../core/assert-never.ts'
import type { ActionTurn, CommandTurn, MessageTurn, Turn } from '../core/turn.ts'
import { type Command, type Commands, toUsage } from './commands.ts'

export type Plan =
  | { kind: 'ask'; text: string }
  | { kind: 'command'; turn: CommandTurn; command: Command }
  | { kind: 'feedback'; turn: ActionTurn }
  | { kind: 'say'; text: string; onlyTo?: string }

const EXAMPLE = 'for example: How do I reset my password?'

/** Emoji in every spelling that platforms use: characters, keycaps, and names between colons. */
const EMOJI = /:[a-z0-9_+'-]+(?:::skin-tone-\d)?:|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}|\p{Emoji_Modifier}/giu

/** True where a text holds a letter or a digit outside of emoji, so that there may be a question in it. */
function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(EMOJI, ''))
}

function routeMessage(turn: MessageTurn): Plan {
  if (hasWords(turn.text)) return { kind: 'ask', text: turn.text.trim() }
  if (turn.attachments && turn.attachments.length > 0) {
    const text = `I cannot read attached files, and the message holds no question. Write the question as text and paste the part of the file that matters, ${EXAMPLE}`
    return { kind: 'say', text }
  }
  const why = turn.text.trim() === '' ? 'The message was empty.' : 'I found no words in that message.'
  return { kind: 'say', text: `${why} Ask a question in a sentence, ${EXAMPLE}` }
}

function routeCommand(turn: CommandTurn, commands: Commands): Plan {
  const name = turn.name.toLowerCase()
  if (name === 'ask') {
    if (hasWords(turn.text)) return { kind: 'ask', text: turn.text.trim() }
    return { kind: 'say', text: `There is no question after the command. Write it behind \`ask\`, ${EXAMPLE}` }
  }
  const command = commands.get(name)
  if (command) return { kind: 'command', turn, command }
  return { kind: 'say', text: toUsage(turn.name, commands), onlyTo: turn.user.id }
}

export function routeTurn(turn: Turn, commands: Commands): Plan {
  switch (turn.kind) {
    case 'message':
      return routeMessage(turn)
    case 'command':
      return routeCommand(turn, commands)
    case 'action':
      if (turn.action === 'feedback') return { kind: 'feedback', turn }
      if (turn.action === 'stop') return { kind: 'say', text: 'Nothing is being written.', onlyTo: turn.user.id }
      return {
        kind: 'say',
        text: 'That button is not known here, so nothing was done. The message may come from another version: ask again in a new message.',
        onlyTo: turn.user.id,
      }
    default:
      return assertNever(turn)
  }
}
