// Which commands of the app fit what was typed so far.

export interface KnownCommand {
  title: string
  description: string
}

/** At most this many at once. */
const MOST = 6

/** None while more than one word stands there, or nothing; a slash alone asks for all of them. */
export function completeCommand(text: string, commands: readonly KnownCommand[]): readonly KnownCommand[] {
  const typed = /^\s*(\/?)(\w*)$/.exec(text)
  if (!typed) return []
  const [, slash = '', word = ''] = typed
  if (slash === '' && word === '') return []
  const found = commands.filter(({ title }) => title.startsWith(word.toLowerCase()))
  // A whole word is ready to be sent.
  return found.length === 1 && found[0]?.title === word.toLowerCase() ? [] : found.slice(0, slash === '' ? MOST : 20)
}
