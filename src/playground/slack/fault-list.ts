// Collects what is wrong with blocks, in Slack's words and with a JSON pointer to the place.
import { isObject, type Json } from './json.ts'

/** One line, such as `must be less than 151 characters [json-pointer:/blocks/0/text/text]`. */
export interface FaultList {
  readonly lines: string[]
  add(what: string, at: string): void
  /** Checks the length of a text; says so too where it is none. */
  text(value: unknown, at: string, most: number, least?: number): void
  /** The same of a field that may be absent. */
  maybe(value: unknown, at: string, most: number): void
  /** A text object. `kinds` are the types that are taken here. */
  textObject(value: unknown, at: string, most: number, kinds?: readonly string[]): void
  /** The members of a list of objects; says so where it is none, or too long. */
  list(value: unknown, at: string, most: number, least?: number): Json[]
}

export function createFaultList(): FaultList {
  const lines: string[] = []
  const add = (what: string, at: string) => void lines.push(`${what} [json-pointer:${at}]`)

  function text(value: unknown, at: string, most: number, least = 1): void {
    if (typeof value !== 'string') return void add('must be a string', at)
    if (value.length > most) add(`must be less than ${most + 1} characters`, at)
    if (value.length < least) add(`must be more than ${least - 1} characters`, at)
  }

  return {
    lines,
    add,
    text,
    maybe: (value, at, most) => void (value === undefined || text(value, at, most, 0)),
    textObject(value, at, most, kinds = ['plain_text']) {
      if (!isObject(value)) return void add('must provide an object', at)
      if (!kinds.includes(String(value.type))) return void add(`unsupported type: ${String(value.type)}`, `${at}/type`)
      text(value.text, `${at}/text`, most)
    },
    list(value, at, most, least = 1) {
      if (!Array.isArray(value)) {
        add('must provide an array', at)
        return []
      }
      if (value.length > most) add(`no more than ${most} items allowed`, at)
      if (value.length < least) add(`must have at least ${least} item${least === 1 ? '' : 's'}`, at)
      for (const [index, item] of value.entries()) if (!isObject(item)) add('must provide an object', `${at}/${index}`)
      return value.filter(isObject)
    },
  }
}
