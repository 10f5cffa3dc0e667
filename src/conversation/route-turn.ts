// Decides what a turn asks for. Depends on the turn alone, so that every try of one turn takes the same way.
import { assertNever } from '../core/assert-never.ts'
import type { ActionTurn, CommandTurn, MessageTurn, Turn } from '../core/turn.ts'
import type { AnyTool } from '../tools/define-tool.ts'
import { type Catalogue, findCommand, toCommandList, toUsage } from './catalogue.ts'
import type { Command } from './commands.ts'

export type Plan =
  | { kind: 'ask'; text: string }
  | { kind: 'command'; turn: CommandTurn; command: Command }
  /** `private`: what it did is told to that person alone, as after the press of a button. */
  | { kind: 'tool'; tool: AnyTool; input: unknown; private: boolean }
  | { kind: 'feedback'; turn: ActionTurn }
  | { kind: 'say'; text: string; onlyTo?: string; outcome?: 'done' | 'refused' }

const EXAMPLE = 'for example: How do I reset my password?'

/** Emoji in every spelling that platforms use: characters, keycaps, and names between colons. */
const EMOJI = /:[a-z0-9_+'-]+(?:::skin-tone-\d)?:|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}|\p{Emoji_Modifier}/giu

/** True where a text holds a letter or a digit outside of emoji, so that there may be a question in it. */
function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(EMOJI, ''))
}

interface Call {
  slash: boolean
  name: string
  text: string
}

/** A command as people type it where the platform has none: `promote v3` or `/promote v3`. A path such as `/etc/hosts` is none. */
function readCall(text: string): Call | null {
  const match = /^(\/?)([a-z][a-z0-9_-]*)(?:\s+([\s\S]*))?$/i.exec(text.trim())
  if (!match?.[2]) return null
  return { slash: match[1] === '/', name: match[2].toLowerCase(), text: (match[3] ?? '').trim() }
}

/** Without the slash only what a tool takes whole is a command: all else may well be a question that begins like one. */
function routeTyped(turn: MessageTurn, catalogue: Catalogue): Plan | null {
  const call = readCall(turn.text)
  if (!call) return null
  if (call.slash) return routeCommand({ ...turn, kind: 'command', name: call.name, text: call.text }, catalogue)
  const found = findCommand(catalogue, call.name, call.text)
  const read = found?.command.toInput(found.text)
  if (!found || read === undefined) return null
  if (typeof read === 'string') {
    return found.command.isMeant?.(found.text) ? { kind: 'say', text: read, outcome: 'refused' } : null
  }
  return { kind: 'tool', tool: found.tool, input: read.input, private: false }
}

function routeMessage(turn: MessageTurn, catalogue: Catalogue): Plan {
  const typed = routeTyped(turn, catalogue)
  if (typed) return typed
  if (hasWords(turn.text)) return { kind: 'ask', text: turn.text.trim() }
  if (turn.attachments && turn.attachments.length > 0) {
    const text = `I cannot read attached files, and the message holds no question. Write the question as text and paste the part of the file that matters, ${EXAMPLE}`
    return { kind: 'say', text }
  }
  const why = turn.text.trim() === '' ? 'The message was empty.' : 'I found no words in that message.'
  return { kind: 'say', text: `${why} Ask a question in a sentence, ${EXAMPLE}` }
}

function routeCommand(turn: CommandTurn, catalogue: Catalogue): Plan {
  const name = turn.name.toLowerCase()
  const refuse = (text: string): Plan => ({ kind: 'say', text, onlyTo: turn.user.id, outcome: 'refused' })
  if (name === 'ask') {
    if (hasWords(turn.text)) return { kind: 'ask', text: turn.text.trim() }
    return { kind: 'say', text: `There is no question after the command. Write it behind \`ask\`, ${EXAMPLE}` }
  }
  if (name === 'help') {
    const text = `Ask a question, or write one of these commands:\n\n${toCommandList(catalogue.list)}`
    return { kind: 'say', text, onlyTo: turn.user.id, outcome: 'done' }
  }
  const command = catalogue.commands.get(name)
  if (command) return { kind: 'command', turn, command }
  const found = findCommand(catalogue, name, turn.text)
  if (!found) return refuse(toUsage(turn.name, catalogue.list))
  const read = found.command.toInput(found.text)
  if (typeof read !== 'string') return { kind: 'tool', tool: found.tool, input: read.input, private: false }
  return refuse(found.text === '' ? `${read}\n\nUsage: \`${found.command.name}\` ${found.command.usage}` : read)
}

function routeAction(turn: ActionTurn, catalogue: Catalogue): Plan {
  const refuse = (text: string): Plan => ({ kind: 'say', text, onlyTo: turn.user.id, outcome: 'refused' })
  if (turn.action === 'feedback') return { kind: 'feedback', turn }
  if (turn.action === 'stop') return { kind: 'say', text: 'Nothing is being written.', onlyTo: turn.user.id }
  const found = catalogue.actions.get(turn.action)
  if (!found) {
    return refuse(
      'That button is not known here, so nothing was done. The message may come from another version: ask again in a new message.',
    )
  }
  const input = found.toInput(turn.value)
  const isOpen = found.tool.openActions?.includes(turn.action) ?? false
  if (input !== null) return { kind: 'tool', tool: found.tool, input, private: !isOpen }
  return refuse(
    'That button carries nothing that I can read, so nothing was done. The message may come from another version: ask again in a new message.',
  )
}

export function routeTurn(turn: Turn, catalogue: Catalogue): Plan {
  switch (turn.kind) {
    case 'message':
      return routeMessage(turn, catalogue)
    case 'command':
      return routeCommand(turn, catalogue)
    case 'action':
      return routeAction(turn, catalogue)
    default:
      return assertNever(turn)
  }
}
