// Reads the text behind a command: words, quoted texts, flags and options, with a sentence for everything else.

export interface CommandLine {
  words: string[]
  /** Options that were given; the text of a flag is empty. */
  options: ReadonlyMap<string, string>
}

/** `value`: it is followed by a text, such as `--force "reason"`. */
export type OptionKind = 'flag' | 'value'

/** Straight and typographic quotes, since phones and chat clients replace them. */
const TOKEN = /["“”„]([^"“”„]*)["“”„]|['‘’]([^'‘’]*)['‘’](?=\s|$)|(\S+)/g
/** Two hyphens, or the dash that clients make of them. */
const OPTION = /^(?:--|—|–)([a-z][a-z-]*)(?:=(.+))?$/i

/** A string is the sentence that says what cannot be read. `usage` is how to write it, such as `promote v3 [--dry-run]`. */
export function readCommandLine(
  text: string,
  known: Readonly<Record<string, OptionKind>>,
  usage: string,
): CommandLine | string {
  const tokens = [...text.matchAll(TOKEN)].map(([, double, single, plain]) => ({
    text: double ?? single ?? plain ?? '',
    quoted: plain === undefined,
  }))
  const words: string[] = []
  const options = new Map<string, string>()
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]
    if (!token) continue
    const match = token.quoted ? null : OPTION.exec(token.text)
    if (!match?.[1]) {
      words.push(token.text)
      continue
    }
    const name = match[1].toLowerCase()
    const kind = Object.hasOwn(known, name) ? known[name] : undefined
    if (!kind) return `There is no option --${name} here. Write it like this: \`${usage}\`.`
    if (options.has(name)) return `The option --${name} stands there twice. Write it like this: \`${usage}\`.`
    const value = kind === 'flag' ? '' : (match[2]?.replace(/^["“”„]|["“”„]$/g, '') ?? tokens[++at]?.text.trim() ?? '')
    if (kind === 'flag' && match[2] !== undefined)
      return `The option --${name} takes no text. Write it like this: \`${usage}\`.`
    if (kind === 'value' && value === '')
      return `The option --${name} needs a text behind it. Write it like this: \`${usage}\`.`
    options.set(name, value)
  }
  return { words, options }
}
