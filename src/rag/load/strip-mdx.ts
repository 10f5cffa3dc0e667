// Turns MDX into Markdown: import and export lines and JSX tags go, their text and their titles stay. It never fails.
import { mapOutsideCode } from './outside-code.ts'

/** Attributes whose text a reader sees. */
const VISIBLE = ['title', 'label', 'header', 'heading', 'summary', 'description', 'alt', 'caption']
/** Characters of one tag, at most: keeps the search for its end short on broken text. */
const MAX_TAG = 5_000
// Components, fragments, and HTML tags with an attribute in braces, which no HTML reader understands.
const TAG = /<\/?(?:[A-Z][a-z][\w.]*|[A-Z](?=[\s/>])|(?=>)|[a-z][\w-]*(?=\s[^<>]*=\{))/g
const IMPORT = /^import\s+(?:type\s+)?(?:[\w$*{}\s,]{1,500}?\s+from\s+)?(["'])[^"'\n]+\1[ \t]*;?[ \t]*$/gm
const EXPORT = /^export\s+(?:default\b|const\b|let\b|var\b|function\b|async\b|class\b|type\b|interface\b|\{|\*)/gm

/** Strips a whole MDX document. Lower-case HTML tags stay, for the HTML step to read. */
export function stripMdx(text: string): string {
  return mapOutsideCode(text, (prose) => stripExpressions(stripTags(stripExports(prose.replace(IMPORT, '')))))
}

/** Strips only component tags, such as <Tabs> or <Card/>, from a document that is otherwise plain Markdown. */
export function stripComponents(text: string): string {
  return /<\/?[A-Z][a-z]|=\{/.test(text) ? mapOutsideCode(text, stripTags) : text
}

function stripExports(text: string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(EXPORT)) {
    if (match.index < from) continue
    out += text.slice(from, match.index)
    from = endOfStatement(text, match.index)
  }
  return out + text.slice(from)
}

/** The end of the line on which every bracket that the statement opened is closed; at worst, of its paragraph. */
function endOfStatement(text: string, start: number): number {
  const paragraph = text.indexOf('\n\n', start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '"' || char === "'" || char === '`') at = endOfString(text, at)
    else if ('({['.includes(char)) depth++
    else if (')}]'.includes(char)) depth--
    else if (char === '\n' && depth <= 0) return at
  }
  return depth <= 0 || paragraph < 0 ? text.length : paragraph
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at
    else if (text[at] === '\n' && text[start] !== '`') return start
  }
  return start
}

function stripTags(text: string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(TAG)) {
    if (match.index < from) continue
    const end = endOfTag(text, match.index)
    if (end < 0) continue
    out += text.slice(from, match.index) + visibleText(text, match.index, end)
    from = end
  }
  return out + text.slice(from)
}

/** Offset after the > that closes the tag, looking past quotes and braces; -1 where none does. */
function endOfTag(text: string, start: number): number {
  let depth = 0
  for (let at = start + 1; at < Math.min(text.length, start + MAX_TAG); at++) {
    const char = text[at] ?? ''
    if (char === '"' || (char === "'" && depth === 0)) at = Math.max(at, endOfString(text, at))
    else if (char === '{') depth++
    else if (char === '}') depth--
    else if (char === '>' && depth <= 0) return at + 1
    else if (char === '<' && depth <= 0) return -1
    else if (char === '\n' && text[at + 1] === '\n' && depth <= 0) return -1
  }
  return -1
}

function visibleText(text: string, start: number, end: number): string {
  const tag = text.slice(start, end)
  const said: string[] = []
  for (const name of VISIBLE) {
    const match = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|\\{\\s*(["'\`])([\\s\\S]*?)\\3\\s*\\})`).exec(tag)
    const value = (match?.[1] ?? match?.[2] ?? match?.[4] ?? '').trim()
    if (value !== '' && !said.includes(value)) said.push(value)
  }
  if (said.length === 0) return ''
  const [first = '', ...rest] = said
  const alone = text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() === ''
  return alone ? `\n\n${[`**${first}**`, ...rest].join('\n\n')}\n\n` : said.join(', ')
}

function stripExpressions(text: string): string {
  return text
    .replace(/(?<!\\)\{\s*\/\*[\s\S]*?\*\/\s*\}/g, '')
    .replace(/(?<!\\)\{\s*(["'`])([^"'`{}\n]*)\1\s*\}/g, '$2')
    .replace(/(?<!\\)\{\s*(?:props|children|frontMatter|frontmatter|styles|useBaseUrl|toc)\b[^{}\n]*\}/g, '')
}
