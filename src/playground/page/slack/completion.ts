// What may be completed where somebody types: commands at the start, people and the bot after an @.

export interface Command {
  command: string
  description: string
  usageHint: string
}

export interface Mentionable {
  id: string
  name: string
  about: string
}

export interface Completion {
  kind: 'command' | 'mention'
  /** The part of the text that a choice takes the place of. */
  from: number
  to: number
  items: readonly { id: string; label: string; about: string; hint: string; insert: string }[]
}

const MAX_ITEMS = 20

function completeCommand(text: string, caret: number, commands: readonly Command[]): Completion | null {
  const head = /^\/[a-z-]*/i.exec(text)?.[0]
  if (head === undefined || caret > head.length) return null
  const typed = head.slice(0, caret).toLowerCase()
  const items = commands
    .filter(({ command }) => command.startsWith(typed))
    .slice(0, MAX_ITEMS)
    .map(({ command, description, usageHint }) => ({
      id: command,
      label: command,
      about: description,
      hint: usageHint,
      insert: `${command} `,
    }))
  return items.length > 0 ? { kind: 'command', from: 0, to: head.length, items } : null
}

function completeMention(text: string, caret: number, people: readonly Mentionable[]): Completion | null {
  const found = /(?:^|[\s(])@([\p{L}\p{N}.-]*)$/u.exec(text.slice(0, caret))
  if (!found) return null
  const typed = (found[1] ?? '').toLowerCase()
  const items = people
    .filter(({ name }) => name.toLowerCase().startsWith(typed))
    .map(({ id, name, about }) => ({ id, label: `@${name}`, about, hint: '', insert: `@${name} ` }))
  return items.length > 0 ? { kind: 'mention', from: caret - typed.length - 1, to: caret, items } : null
}

/** Null where nothing can be completed at the caret. Commands are not offered in a thread: Slack takes none there. */
export function completeAt(
  text: string,
  caret: number,
  commands: readonly Command[],
  people: readonly Mentionable[],
): Completion | null {
  return completeCommand(text, caret, commands) ?? completeMention(text, caret, people)
}

export function applyCompletion(
  text: string,
  { from, to }: Completion,
  insert: string,
): { text: string; caret: number } {
  const after = text.slice(to).replace(/^ /, '')
  return { text: text.slice(0, from) + insert + after, caret: from + insert.length }
}

/** A command with what stands behind it; null for any other text. */
export function readCommand(text: string): { command: string; text: string } | null {
  const found = /^(\/[a-z][a-z0-9_-]*)(?:\s+([\s\S]*))?$/i.exec(text.trim())
  return found ? { command: (found[1] ?? '').toLowerCase(), text: (found[2] ?? '').trim() } : null
}

/** True where `@name` stands in the text as a word of its own. */
export function mentions(text: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?:^|[\\s(])@${escaped}(?![\\p{L}\\p{N}])`, 'iu').test(text)
}
