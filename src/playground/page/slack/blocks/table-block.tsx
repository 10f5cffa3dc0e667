// A table block; its first row is the head.
import { toCellRoom } from '../markup/cell-room.ts'
import { asList, asRecord, asRecords, asText, type Json, textOf } from './read-json.ts'
import { RichText } from './rich-text.tsx'

function Cell({ cell }: { cell: Json }) {
  if (cell.type === 'rich_text') return <RichText block={cell} />
  return <>{asText(cell.text) || asText(cell.value) || textOf(cell.text)}</>
}

/** All words of a cell, for how much room it needs. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join('')
  const { text, elements } = asRecord(value)
  return typeof text === 'string' ? text : `${textOf(text)}${elements === undefined ? '' : wordsOf(elements)}`
}

export function TableBlock({ block }: { block: Json }) {
  const rows = asList(block.rows).map((row) => asRecords(Array.isArray(row) ? row : asRecord(row).cells))
  const [head = [], ...rest] = rows
  const align = (at: number) => `align-${asText(asRecord(asList(block.column_settings)[at]).align) || 'none'}`
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable.
    <figure class="table-frame" tabIndex={0} aria-label={asText(block.caption) || 'Table'}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col" class={align(at)}>
                <Cell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rest.map((row, line) => (
            <tr key={line}>
              {row.map((cell, at) => (
                <td key={at} class={`${align(at)} ${toCellRoom(wordsOf(cell))}`}>
                  <Cell cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
