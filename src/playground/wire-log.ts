// What went over the wire between the platforms and the bot, as the page shows it: no secret, no token, no long body.
import type { WireView } from './words.ts'

/** One HTTP exchange as a stand-in saw it. */
export type Exchange = Omit<WireView, 'seq'>

const MAX_BODY = 4_000

/** Tokens of Slack, bearer tokens, signatures and what stands behind a name that speaks of a secret. */
const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/\bx(?:ox[a-z]|app)-[\w-]+/g, '[token]'],
  [/\bBearer\s+[\w.~+/=-]+/gi, 'Bearer [token]'],
  [/\bv0=[0-9a-f]{64}\b/g, '[signature]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/((?:client_secret|access_token|client_assertion)"?\s*[=:]\s*"?)[^"&\s]+/gi, '$1[secret]'],
]

function scrub(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text)
  return SECRET_SHAPES.reduce((left, [shape, instead]) => left.replace(shape, instead), known)
}

function cut(text: string): string {
  return text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}… (${text.length} characters)` : text
}

/** `secrets`: values that must never be shown, wherever they stand. */
export function toWireView(exchange: Exchange, seq: number, secrets: readonly string[]): WireView {
  const clean = (text: string) => cut(scrub(text, secrets))
  const { request, response, path } = exchange
  return { ...exchange, seq, path: clean(path), request: clean(request), response: clean(response) }
}

export interface Ring<T> {
  push(entry: T): void
  /** Oldest first. */
  list(): readonly T[]
}

/** Keeps the last entries. */
export function createRing<T>(size: number): Ring<T> {
  const entries: T[] = []
  return {
    push(entry) {
      entries.push(entry)
      if (entries.length > size) entries.shift()
    },
    list: () => [...entries],
  }
}
