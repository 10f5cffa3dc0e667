// Turns the extra syntax of site generators (Hugo, Docusaurus, MkDocs, Jekyll, GitHub alerts) into plain Markdown.
import { mapOutsideCode } from './outside-code.ts'

/** Kinds of call-out whose name warns; the others say nothing that the text does not. */
const WARNING = new Set([
  'warning',
  'danger',
  'caution',
  'important',
  'attention',
  'error',
  'failure',
  'bug',
  'deprecated',
])

/** Labels and titles stay as bold text; only the marks go. Code is never touched, except that indented bodies move left. */
export function stripShortcodes(text: string): string {
  return mapOutsideCode(dedentBlocks(highlightToFence(text)), (prose) =>
    prose
      .replace(/\{\{[<%]\s*(?:rel)?ref\s+"?([^"\s>%]+)"?[^>%]*[>%]\}\}/g, '$1')
      .replace(/\{\{[<%](?:\s*\/\*)?([\s\S]{0,2000}?)[>%]\}\}/g, (_, inner: string) => hugoLabel(inner))
      .replace(/\{%[\s\S]{0,2000}?%\}/g, '')
      .replace(/^([ \t>]*):{3,}[ \t]*(?:\{?([\w-]+)\}?)?[ \t]*(?:\[([^\]\n]*)\]|([^\n{]*))?[^\n]*$/gm, directive)
      .replace(
        /^([ \t]*>[ \t]*)\[!(\w+)\][-+]?[ \t]*([^\n]*)$/gm,
        (_, lead: string, kind: string, title: string) => `${lead}${callout(kind, title)}`,
      )
      .replace(/^(#{1,6}[ \t].*?)[ \t]*\{#[^}\n]*\}[ \t]*$/gm, '$1')
      .replace(/[ \t]*\{:?[ \t]*[.#][\w-]+(?:[ \t]+[^}\n]*)?\}/g, '')
      .replace(/^\[\[?TOC\]?\][ \t]*$/gim, ''),
  )
}

function highlightToFence(text: string): string {
  return text.replace(
    /\{\{[<%]\s*highlight\s+"?([\w+#-]*)"?[^>%]*[>%]\}\}\n?([\s\S]*?)\n?\{\{[<%]\s*\/\s*highlight\s*[>%]\}\}/g,
    (_, language: string, code: string) => `\n\`\`\`${language}\n${code}\n\`\`\`\n`,
  )
}

function hugoLabel(inner: string): string {
  if (/^\s*\//.test(inner)) return ''
  const named = /\b(?:title|label|name|caption|header|summary|text|alt)\s*=\s*"([^"]*)"/.exec(inner)
  const first = /^\s*[\w/-]+\s+"([^"]*)"/.exec(inner)
  const label = named?.[1] ?? (/=/.test(inner.split('"')[0] ?? '') ? undefined : first?.[1])
  return label && !/^(?:https?:)?\/|\.\w{2,4}$/.test(label) ? `**${label.trim()}**` : ''
}

function directive(_whole: string, lead: string, kind = '', label = '', rest = ''): string {
  return kind === '' ? lead.trimEnd() : `${lead}${callout(kind, label || rest)}`
}

function callout(kind: string, title: string): string {
  const word = kind.toLowerCase()
  const name = WARNING.has(word) ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : ''
  const said = title.trim().replace(/^"(.*)"$/, '$1')
  const label = said === '' || said.toLowerCase() === word ? name : name === '' ? said : `${name}: ${said}`
  return label === '' ? '' : `**${label}**`
}

// MkDocs writes `!!! note "Title"`, `??? note` and `=== "Tab"` with a body indented by four spaces, which Markdown takes for code.
const INDENTED_BLOCK =
  /^([ \t]*)(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)[^"\n]*(?:"([^"\n]*)")?[ \t]*$|^([ \t]*)={3}[!+]*[ \t]+"([^"\n]+)"[ \t]*$/

function dedentBlocks(text: string): string {
  if (!/^[ \t]*(?:!!!|\?\?\?|===)/m.test(text)) return text
  const lines = text.split('\n')
  const out: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const match = INDENTED_BLOCK.exec(lines[at] ?? '')
    if (!match) {
      out.push(lines[at] ?? '')
      continue
    }
    const indent = match[1] ?? match[4] ?? ''
    const body: string[] = []
    while (at + 1 < lines.length && belongs(lines[at + 1] ?? '', indent))
      body.push((lines[++at] ?? '').replace(`${indent}    `, indent))
    const label = match[5] === undefined ? callout(match[2] ?? '', match[3] ?? '') : `**${match[5]}**`
    out.push(`${indent}${label}`, '', ...dedentBlocks(body.join('\n')).split('\n'), '')
  }
  return out.join('\n')
}

function belongs(line: string, indent: string): boolean {
  return line.trim() === '' || line.startsWith(`${indent}    `)
}
