// Writes chosen blocks of a passage as Markdown, each quoted line with the number of its passage.
import { toPlain } from './plain-text.ts'
import type { SectionBlock } from './sections.ts'

function citeItem(item: string, n: number): string {
  const lines = item.split('\n')
  // A citation behind a closing fence would be code.
  const closed = /^\s*(?:`{3,}|~{3,})\s*$/.test(lines.at(-1) ?? '')
  return closed ? `${item}\n   [${n}]` : `${item} [${n}]`
}

/** Markdown of the chosen units of a block: a table's rows under its header, items that do not begin the list as bullets. */
export function quoteBlock({ block, units }: SectionBlock, chosen: ReadonlySet<number>): string {
  const n = units[0]?.passage.n ?? 0
  const texts = block.units.filter((_, at) => chosen.has(at))
  switch (block.kind) {
    case 'steps': {
      const begins = texts.every((_, at) => chosen.has(at))
      const items = begins ? texts : texts.map((text) => text.replace(/^\s*\d{1,3}[.)]\s+/, '- '))
      return items.map((item) => citeItem(item, n)).join('\n')
    }
    case 'list':
      return texts.map((item) => citeItem(item, n)).join('\n')
    case 'table': {
      const columns = (block.header ?? '').split('|').length - 2
      const rule = `|${' --- |'.repeat(Math.max(1, columns))}`
      return `${block.header ?? ''}\n${rule}\n${texts.join('\n')}\n\n[${n}]`
    }
    case 'code':
      return `${block.text}\n[${n}]`
    default:
      return texts.map((text) => `${text} [${n}]`).join(' ')
  }
}

/** A heading as a line of its own; brackets go, since they would read as a citation. */
export function quoteHeading(heading: string): string {
  const plain = toPlain(heading)
    .replace(/[[\]*]/g, '')
    .trim()
  return plain === '' ? '' : `**${plain}**`
}
