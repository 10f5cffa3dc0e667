// Cuts long Markdown at block borders, closing and re-opening code fences and tables so that no piece is broken.

/** A place where Markdown may be cut. Lower rank is better. */
interface Border {
  at: number
  rank: 0 | 1 | 2
  close: string
  reopen: string
}

export interface Cut {
  head: string
  /** What goes before the rest in the next message: a re-opened fence or table header, or nothing. */
  reopen: string
  /** Length of the source that `head` covers, without what closes it. */
  taken: number
}

/** Every line end, with what must be closed before it and opened again after it. */
export function bordersOf(source: string): Border[] {
  const borders: Border[] = []
  let fence: { mark: string; line: string } | null = null
  let table: string[] = []
  let at = 0
  for (const line of source.split('\n')) {
    const end = at + line.length
    const mark: string | undefined = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence && mark?.startsWith(fence.mark) && line.trim() === mark) fence = null
    else if (!fence && mark) fence = { mark, line }
    table = !fence && /^\s*\|/.test(line) ? [...table.slice(0, 2), line] : []
    at = end + 1
    if (at > source.length) break
    if (fence) borders.push({ at, rank: 2, close: fence.mark, reopen: `${fence.line}\n` })
    else if (table.length > 2) borders.push({ at, rank: 1, close: '', reopen: `${table[0]}\n${table[1]}\n` })
    else if (table.length === 0) borders.push({ at, rank: isBlockEnd(source, at, line) ? 0 : 1, close: '', reopen: '' })
  }
  return borders
}

function isBlockEnd(source: string, at: number, line: string): boolean {
  return line.trim() === '' || source.charAt(at) === '\n' || /^#{1,6} /.test(source.slice(at, at + 7))
}

/**
 * Cuts at the best border in `(min, max]`: a block's end, else a line's end, else a line inside code; and where a
 * single line is longer than that, between words. A block border in the first third loses to a line end further on.
 */
export function cutMarkdown(source: string, max: number, min = 0): Cut {
  const inside = bordersOf(source).filter((border) => border.at > min && border.at + border.close.length <= max)
  for (const rank of [0, 1, 2] as const) {
    const best = inside.findLast((border) => border.rank === rank)
    if (best && (best.at > max / 3 || rank === 2 || best === inside.at(-1))) return toCut(source, best)
  }
  const any = inside.at(-1)
  if (any) return toCut(source, any)
  return cutLine(source, max, min)
}

function toCut(source: string, border: Border): Cut {
  return { head: source.slice(0, border.at) + border.close, reopen: border.reopen, taken: border.at }
}

function cutLine(source: string, max: number, min: number): Cut {
  const enclosing = bordersOf(source).findLast((border) => border.at <= Math.max(min, 1))
  const close = enclosing?.close ? `\n${enclosing.close}` : ''
  const limit = Math.max(min + 1, max - close.length)
  const space = source.lastIndexOf(' ', limit - 1) + 1
  let at = space > Math.max(min, limit / 2) ? space : limit
  const code = source.charCodeAt(at - 1)
  if (code >= 0xd800 && code <= 0xdbff && at - 1 > min) at -= 1
  return { head: source.slice(0, at) + close, reopen: enclosing?.reopen ?? '', taken: at }
}

/** Pieces whose measure (by default their length) is at most `max`. Loses no character but what closes and re-opens. */
export function splitMarkdown(
  source: string,
  max: number,
  measure: (piece: string) => number = (piece) => piece.length,
): string[] {
  const pieces: string[] = []
  let rest = source
  while (measure(rest) > max) {
    let limit = Math.min(max, rest.length - 1)
    let cut = cutMarkdown(rest, limit)
    while (measure(cut.head) > max && limit > 16) {
      limit = Math.floor(limit * Math.min(0.9, max / measure(cut.head)))
      cut = cutMarkdown(rest, limit)
    }
    pieces.push(cut.head)
    const next = cut.reopen + rest.slice(cut.taken)
    // A re-opened header longer than what was cut off would never end.
    rest = next.length < rest.length ? next : rest.slice(cut.taken)
  }
  if (rest.trim() !== '' || pieces.length === 0) pieces.push(rest)
  return pieces
}
