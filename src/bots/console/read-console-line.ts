// Reads what was typed into what it asks for, and makes the turn of it.
import { randomUUID } from 'node:crypto'
import { type Address, type Person, type Turn, toAddress } from '../../core/turn.ts'

/** A turn without what every turn has. */
export type Content =
  | { kind: 'message'; text: string }
  | { kind: 'command'; name: string; text: string }
  | { kind: 'action'; action: string; value: Record<string, string> }

export type Line =
  | { kind: 'ask'; text: string }
  | { kind: 'command'; name: string; text: string }
  | { kind: 'press'; n: number }
  | { kind: 'as'; name: string }
  | { kind: 'new' }
  | { kind: 'help' }
  | { kind: 'wrong'; why: string }

/** True for what may stand behind /as. */
export function isPersonName(text: string): boolean {
  return /^[\p{L}\p{N}._@-]{1,64}$/u.test(text)
}

/** Null for an empty line. A path such as `/etc/hosts` begins a question. */
export function readLine(typed: string): Line | null {
  const text = typed.trim()
  if (text === '') return null
  const match = /^\/([a-z][a-z0-9_-]*)(?:\s+(.*))?$/i.exec(text)
  if (!match?.[1]) return { kind: 'ask', text }
  const name = match[1].toLowerCase()
  const rest = (match[2] ?? '').trim()
  switch (name) {
    case 'new':
    case 'help':
      return { kind: name }
    case 'as':
      if (isPersonName(rest)) return { kind: 'as', name: rest }
      return { kind: 'wrong', why: 'Write a name of letters, digits and . _ @ - behind it, such as /as ana.' }
    case 'press':
      if (/^\d{1,3}$/.test(rest)) return { kind: 'press', n: Number(rest) }
      return { kind: 'wrong', why: 'Write the number of a button behind it, such as /press 1.' }
    default:
      return { kind: 'command', name, text: rest }
  }
}

export function newThread(): string {
  return `console:${randomUUID()}`
}

/** Where a console is that is alone in its process. */
export const ONLY_CONSOLE = toAddress('console')

/** A turn of the console, of that person, now. */
export function toTurn(content: Content, thread: string, user: Person, address: Address): Turn {
  const id = randomUUID().slice(0, 13)
  return {
    ...content,
    id,
    at: new Date().toISOString(),
    channel: 'console',
    user,
    address,
    thread,
    keys: [`console:${id}`],
  }
}
