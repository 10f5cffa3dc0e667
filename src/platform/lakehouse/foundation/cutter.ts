// Ends a text where the request says: before a stop word, or after so many tokens; also when it comes in pieces.
import { countTokens, cutTokens } from './tokens.ts'

export interface Cutter {
  /** What of the text so far may be shown beyond what was shown before. */
  push(piece: string): string
  /** What was held back, at the end of the text. */
  flush(): string
  readonly ended: 'stop' | 'length' | null
  /** Tokens shown so far. */
  readonly tokens: number
}

/** Holds back as many characters as a stop word may begin with. */
export function createCutter(stop: readonly string[], maxTokens: number | undefined): Cutter {
  const held = Math.max(0, ...stop.map((word) => word.length - 1))
  let whole = ''
  let shown = 0
  let tokens = 0
  let ended: Cutter['ended'] = null

  function show(to: number): string {
    const until = whole.slice(0, Math.max(shown, to))
    const cut = maxTokens === undefined ? until : cutTokens(until, maxTokens)
    if (cut.length < until.length && countTokens(until) > (maxTokens ?? 0)) ended = 'length'
    const fresh = cut.slice(shown)
    shown = Math.max(shown, cut.length)
    tokens = countTokens(cut)
    return fresh
  }

  return {
    push(piece) {
      if (ended) return ''
      const from = Math.max(0, whole.length - held)
      whole += piece
      const places = stop.map((word) => whole.indexOf(word, from)).filter((place) => place >= 0)
      if (places.length === 0) return show(whole.length - held)
      const text = show(Math.min(...places))
      ended ??= 'stop'
      return text
    },
    flush: () => (ended ? '' : show(whole.length)),
    get ended() {
      return ended
    },
    get tokens() {
      return tokens
    },
  }
}
