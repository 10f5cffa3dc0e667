// Renders one HTML tag that stands inside a line of Markdown.
import type { RootContent } from 'mdast'

const PLAIN = new Set(
  (
    'a abbr acronym address article aside b bdi bdo big blockquote body button center cite code col dd del details dfn div dl dt ' +
    'em figcaption figure font footer h1 h2 h3 h4 h5 h6 header html i iframe ins kbd label li main mark nav ol p picture pre q s ' +
    'samp script section small source span strike strong style sub summary sup svg table tbody td tfoot th thead time tr tt u ul var video wbr'
  ).split(' '),
)
const SPACE = new Set(['br', 'hr', 'p', 'div', 'li', 'td', 'th', 'tr', 'dd', 'dt'])
const CODE = new Set(['code', 'kbd', 'samp', 'tt'])

/** `siblings[at]` is the tag. Placeholders such as <host> are no HTML: they become code and stay readable. */
export function renderInlineTag(value: string, siblings: readonly RootContent[], at: number): string {
  if (value.startsWith('<!') || value.startsWith('<?')) return ''
  const name = /^<\/?([A-Za-z][\w.:-]*)/.exec(value)?.[1] ?? ''
  const closing = value.startsWith('</')
  const tag = name.toLowerCase()
  if (tag === 'img') return /\balt\s*=\s*"([^"]*)"/i.exec(value)?.[1] ?? ''
  if (CODE.has(tag)) return hasPartner(tag, closing, siblings, at) ? '`' : ''
  if (tag === 'a') return renderAnchor(closing, siblings, at)
  if (SPACE.has(tag)) return ' '
  if (PLAIN.has(tag)) return ''
  const placeholder = !closing && !siblings.slice(at + 1).some((other) => isTag(other, name, true))
  return placeholder && !value.includes('=') ? `\`${value.replaceAll('`', "'")}\`` : ''
}

function renderAnchor(closing: boolean, siblings: readonly RootContent[], at: number): string {
  if (!closing) {
    return hrefOf(siblings[at]) !== '' && hasPartner('a', false, siblings, at) ? '[' : ''
  }
  for (let back = at - 1; back >= 0; back--) {
    if (isTag(siblings[back], 'a', true)) return ''
    if (isTag(siblings[back], 'a', false)) {
      const href = hrefOf(siblings[back])
      return href === '' ? '' : `](${href})`
    }
  }
  return ''
}

function hrefOf(node: RootContent | undefined): string {
  const value = node?.type === 'html' ? node.value : ''
  const match = /\bhref\s*=\s*(?:"(https?:\/\/[^"\s()<>]+)"|'(https?:\/\/[^'\s()<>]+)')/i.exec(value)
  return match?.[1] ?? match?.[2] ?? ''
}

function hasPartner(tag: string, closing: boolean, siblings: readonly RootContent[], at: number): boolean {
  const others = closing ? siblings.slice(0, at) : siblings.slice(at + 1)
  return others.some((other) => isTag(other, tag, !closing))
}

function isTag(node: RootContent | undefined, name: string, closing: boolean): boolean {
  if (node?.type !== 'html') return false
  const match = /^<(\/?)([A-Za-z][\w.:-]*)/.exec(node.value)
  return match?.[2]?.toLowerCase() === name.toLowerCase() && (match[1] === '/') === closing
}
