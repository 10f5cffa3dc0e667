// Lets a rewrite touch the prose of a Markdown text and never its code.

const FENCE = /^[ \t]*(?:(?:>|[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})(.*)$/

export interface Segment {
  code: boolean
  text: string
}

/** Cuts Markdown into fenced code and everything else, by whole lines; joining the texts with \n gives the input. */
export function splitFences(text: string): Segment[] {
  const segments: Segment[] = []
  let lines: string[] = []
  let fence = ''
  const flush = (code: boolean) => {
    if (lines.length > 0) segments.push({ code, text: lines.join('\n') })
    lines = []
  }
  for (const line of text.split('\n')) {
    const mark = FENCE.exec(line)
    if (fence === '') {
      if (mark?.[1] && !(mark[1].startsWith('`') && mark[2]?.includes('`'))) {
        flush(false)
        fence = mark[1]
      }
      lines.push(line)
      continue
    }
    lines.push(line)
    if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === '') {
      flush(true)
      fence = ''
    }
  }
  flush(fence !== '')
  return segments
}

/** Applies `rewrite` to the text outside fenced code. */
export function mapOutsideFences(text: string, rewrite: (prose: string) => string): string {
  return splitFences(text)
    .map((segment) => (segment.code ? segment.text : rewrite(segment.text)))
    .join('\n')
}

const CODE_SPAN = /(?<![\\`])(`+)(?!`)((?:(?!\n[ \t]*\n)[\s\S]){0,4000}?[^`])\1(?!`)/g

/** Applies `rewrite` to the text outside fenced code and outside `code spans`, which it sees as opaque marks. */
export function mapOutsideCode(text: string, rewrite: (prose: string) => string): string {
  return mapOutsideFences(text, (prose) => {
    const spans: string[] = []
    // Private use characters stand in for spans, so that a rule that spans them still sees one text.
    const masked = prose.replace(/[\uE000\uE001]/g, '').replace(CODE_SPAN, (span) => {
      spans.push(span)
      return `\uE000${spans.length - 1}\uE001`
    })
    return rewrite(masked).replace(/\uE000(\d+)\uE001/g, (_, at: string) => spans[Number(at)] ?? '')
  })
}
