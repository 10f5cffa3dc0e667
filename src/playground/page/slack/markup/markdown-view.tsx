// Draws Markdown from its syntax tree: no HTML of the text is ever set, and finished blocks are not drawn again.

import type { Nodes, Parents, RootContent, Table } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import type { ComponentChild } from 'preact'
import { memo } from 'preact/compat'
import { useMemo } from 'preact/hooks'
import { toCellRoom } from './cell-room.ts'
import { SafeLink } from './safe-link.tsx'

/** Longer texts, and such that nest too deep for the parser's stack, are shown as they were written. */
const MAX_LENGTH = 60_000

function parse(text: string): RootContent[] | null {
  if (text.length > MAX_LENGTH) return null
  try {
    return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }).children
  } catch {
    return null
  }
}

function inside(node: Parents): ComponentChild[] {
  return node.children.map((child, at) => drawNode(child, at))
}

function wordsOf(node: Nodes): string {
  if ('children' in node) return node.children.map(wordsOf).join('')
  return 'value' in node ? node.value : ''
}

function drawTable(table: Table, key: number): ComponentChild {
  const [head, ...rows] = table.children
  const align = (at: number) => `align-${table.align?.[at] ?? 'none'}`
  return (
    // A wide table is moved by the keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable.
    <figure key={key} class="table-frame" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {head?.children.map((cell, at) => (
              <th key={at} scope="col" class={align(at)}>
                {inside(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.children.map((cell, at) => (
                <td key={at} class={`${align(at)} ${toCellRoom(wordsOf(cell))}`}>
                  {inside(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

function drawNode(node: Nodes, key: number): ComponentChild {
  switch (node.type) {
    case 'text':
    case 'html':
      return node.value
    case 'paragraph':
      return <p key={key}>{inside(node)}</p>
    case 'heading':
      // Below the page's own headings, whatever the text says.
      return node.depth <= 2 ? <h4 key={key}>{inside(node)}</h4> : <h5 key={key}>{inside(node)}</h5>
    case 'strong':
      return <strong key={key}>{inside(node)}</strong>
    case 'emphasis':
      return <em key={key}>{inside(node)}</em>
    case 'delete':
      return <s key={key}>{inside(node)}</s>
    case 'inlineCode':
      return <code key={key}>{node.value}</code>
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        <pre key={key} tabIndex={0}>
          {node.value}
        </pre>
      )
    case 'break':
      return <br key={key} />
    case 'thematicBreak':
      return <hr key={key} />
    case 'blockquote':
      return <blockquote key={key}>{inside(node)}</blockquote>
    case 'link':
      return (
        <SafeLink key={key} url={node.url}>
          {inside(node)}
        </SafeLink>
      )
    case 'image':
      return (
        <SafeLink key={key} url={node.url}>
          {node.alt || node.url}
        </SafeLink>
      )
    case 'list':
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {inside(node)}
        </ol>
      ) : (
        <ul key={key}>{inside(node)}</ul>
      )
    case 'listItem':
      return (
        <li key={key}>
          {typeof node.checked === 'boolean' && <span class="tick">{node.checked ? '☑ ' : '☐ '}</span>}
          {inside(node)}
        </li>
      )
    case 'table':
      return drawTable(node, key)
    default:
      if ('children' in node) return <span key={key}>{inside(node)}</span>
      return 'value' in node ? node.value : null
  }
}

/** Drawn anew only when its own words change: while a text grows, that is the last one. */
const Piece = memo(
  function Piece({ node }: { node: RootContent; source: string }) {
    return <>{drawNode(node, 0)}</>
  },
  (before, after) => before.source === after.source,
)

/** Links that stand at the end of a text as definitions change earlier words, so such a text is drawn whole. */
function sourceOf(text: string, node: RootContent): string {
  return text.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? text.length)
}

export function Markdown({ text }: { text: string }) {
  const nodes = useMemo(() => parse(text), [text])
  if (!nodes) return <p class="lines">{text}</p>
  return (
    <div class="words">
      {nodes.map((node, at) => (
        <Piece key={at} node={node} source={sourceOf(text, node)} />
      ))}
    </div>
  )
}
