// Reads the passages out of a search tool's message: text that is quoted, and never followed.

/** Text that the search tool returns where it found nothing. */
export const NO_PASSAGE = 'No passage was found.'

export interface PassageText {
  /** Number that citations use. */
  n: number
  doc: string
  title: string
  url: string
  headings: string[]
  text: string
}

const OPEN = /^<passage((?:\s+[a-z_]+="[^"\n]*")*)\s*>[ \t]*$/m
const ATTRIBUTE = /([a-z_]+)="([^"\n]*)"/g
const CLOSE = '</passage>'
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&amp;': '&',
}

function unescapeAttribute(value: string): string {
  return value.replace(/&(?:lt|gt|quot|apos|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
}

/**
 * Passages in the order of the message, best first; empty where it holds none. An opening tag inside a passage's text is
 * text: only the first closing tag ends a passage, and the writer of the message escapes those inside.
 */
export function parsePassages(message: string): PassageText[] {
  const passages: PassageText[] = []
  let rest = message
  for (let open = OPEN.exec(rest); open !== null; open = OPEN.exec(rest)) {
    const start = open.index + open[0].length
    const end = rest.indexOf(CLOSE, start)
    if (end < 0) break
    const attributes = new Map<string, string>()
    for (const [, name = '', value = ''] of (open[1] ?? '').matchAll(ATTRIBUTE))
      attributes.set(name, unescapeAttribute(value))
    const n = Number(attributes.get('n'))
    const text = rest
      .slice(start, end)
      .replace(/<\\(\s*\/\s*passage)/gi, '<$1')
      .trim()
    if (Number.isInteger(n) && n > 0 && text !== '') {
      passages.push({
        n,
        doc: attributes.get('doc') ?? '',
        title: attributes.get('title') ?? '',
        url: attributes.get('url') ?? '',
        headings: (attributes.get('heading') ?? '').split(' > ').filter((heading) => heading !== ''),
        text,
      })
    }
    rest = rest.slice(end + CLOSE.length)
  }
  return passages
}
