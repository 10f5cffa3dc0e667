// Reads the block of fields at the top of a page: YAML between --- lines or TOML between +++ lines.
import { parse as parseToml } from 'smol-toml'
import { parse as parseYaml } from 'yaml'

export type Fields = Readonly<Record<string, unknown>>

export interface FrontMatter {
  fields: Fields
  /** The text after the block. */
  rest: string
}

const BLOCK = /^\s*(---|\+\+\+)[ \t]*\n([\s\S]*?)(?:^|\n)\1[ \t]*(?:\n|$)/

/** Never throws: a block that does not parse gives the fields that can be read line by line, and is removed all the same. */
export function parseFrontMatter(text: string): FrontMatter {
  const match = BLOCK.exec(text)
  if (!match) return { fields: {}, rest: text }
  const [whole, fence, source = ''] = match
  const fields = fence === '---' ? readYaml(source) : readToml(source)
  // Two rules with prose between them are no front matter.
  if (fields === undefined) return { fields: {}, rest: text }
  return { fields, rest: text.slice(whole.length) }
}

/** A field as text: the first of the names that holds a string, number or date. */
export function textField(fields: Fields, ...names: string[]): string {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
    if (typeof value === 'number') return String(value)
    if (value instanceof Date) return value.toISOString()
  }
  return ''
}

function readYaml(source: string): Fields | undefined {
  if (source.trim() === '') return {}
  try {
    return toFields(parseYaml(source, { logLevel: 'error', maxAliasCount: 20 })) ?? readLines(source)
  } catch {
    // An unquoted colon in a title is the usual fault; the plain fields can still be read.
    return readLines(source)
  }
}

function readToml(source: string): Fields | undefined {
  try {
    return toFields(parseToml(source))
  } catch {
    return readLines(source)
  }
}

function toFields(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Fields
}

function readLines(source: string): Fields | undefined {
  const fields: Record<string, string> = {}
  for (const line of source.split('\n')) {
    const match = /^([A-Za-z_][\w-]*)\s*[:=]\s*(.+)$/.exec(line)
    if (match?.[1] && match[2]) fields[match[1]] = match[2].trim().replace(/^(["'])(.*)\1$/, '$2')
  }
  return Object.keys(fields).length > 0 ? fields : undefined
}
