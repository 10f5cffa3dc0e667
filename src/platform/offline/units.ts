// Cuts a passage of Markdown into blocks, and blocks into the units that can be quoted: sentences, steps, rows, code.

export type BlockKind = 'paragraph' | 'list' | 'steps' | 'table' | 'code' | 'heading'

export interface Block {
  kind: BlockKind
  /** The block as it stands in the passage. */
  text: string
  /** Sentences of a paragraph, items of a list, rows of a table (header and rule left out), or the code. */
  units: string[]
  /** Header row of a table. */
  header?: string
  /** Nearest heading above the block inside the passage. */
  heading: string
}

const FENCE = /^\s*(`{3,}|~{3,})/
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/
const STEP = /^\s{0,3}\d{1,3}[.)]\s+/
const BULLET = /^\s{0,3}[-*+]\s+/
const QUOTE = /^\s{0,3}>\s?/
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/
const BOUNDARY = /(?<=[.!?…][)\]"'*_`»”’]{0,3})\s+(?=["'“(*_`[«]{0,3}[\p{Lu}\p{N}`])/u
const ABBREVIATION =
  /(?:\b(?:e\.?g|i\.?e|etc|vs|cf|approx|no|fig|eq|dr|mr|mrs|ms|st|inc|ltd|corp|u\.s)\.|\b\p{Lu}\.)$/iu

/** Sentences in order; keeps abbreviations such as "e.g." whole. */
export function sentences(text: string): string[] {
  const out: string[] = []
  for (const piece of text.replace(/\s+/g, ' ').trim().split(BOUNDARY)) {
    const last = out.at(-1)
    if (last !== undefined && ABBREVIATION.test(last)) out[out.length - 1] = `${last} ${piece}`
    else if (piece !== '') out.push(piece)
  }
  return out
}

/** Items of a list with their continuation lines and nested items. */
function items(lines: readonly string[], marker: RegExp): string[] {
  const out: string[] = []
  for (const line of lines) {
    const last = out.length - 1
    if (marker.test(line) || last < 0) out.push(line.trim())
    else out[last] = `${out[last]}\n${line.trimEnd()}`
  }
  return out
}

function toBlock(lines: string[], heading: string): Block {
  const text = lines.join('\n').trimEnd()
  const first = lines[0] ?? ''
  if (FENCE.test(first)) return { kind: 'code', text, units: [text], heading }
  if (STEP.test(first)) return { kind: 'steps', text, units: items(lines, STEP), heading }
  if (BULLET.test(first)) return { kind: 'list', text, units: items(lines, BULLET), heading }
  if (lines.length > 1 && first.includes('|') && TABLE_RULE.test(lines[1] ?? '')) {
    return { kind: 'table', text, units: lines.slice(2).map((line) => line.trim()), header: first.trim(), heading }
  }
  // The sentences of a quoted remark are its words without the marks at the left.
  const isQuote = lines.every((line) => QUOTE.test(line))
  const said = isQuote ? lines.map((line) => line.replace(QUOTE, '').replace(BULLET, '')).join('\n') : text
  return { kind: 'paragraph', text, units: sentences(said), heading }
}

/** True where the line starts something else than the open block. */
function breaks(open: readonly string[], line: string): boolean {
  const first = open[0]
  if (first === undefined) return false
  const inList = STEP.test(first) || BULLET.test(first)
  if (STEP.test(line)) return !STEP.test(first)
  if (BULLET.test(line)) return !inList || (BULLET.test(first) !== BULLET.test(line) && !/^\s/.test(line))
  return false
}

/** Blocks in order. Reads what a chunk of Markdown holds, and takes any other text as paragraphs. */
export function splitBlocks(text: string): Block[] {
  const blocks: Block[] = []
  let open: string[] = []
  let heading = ''
  let fence = ''
  const close = () => {
    if (open.some((line) => line.trim() !== '')) blocks.push(toBlock(open, heading))
    open = []
  }
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    const mark = FENCE.exec(line)?.[1] ?? ''
    const first = open[0] ?? ''
    const listOpen = STEP.test(first) || BULLET.test(first)
    if (fence !== '') {
      open.push(line)
      if (mark.startsWith(fence) && line.trim() === mark) {
        fence = ''
        if (!listOpen) close()
      }
    } else if (mark !== '') {
      if (!(listOpen && /^\s/.test(line))) close()
      fence = mark
      open.push(line)
    } else if (HEADING.test(line)) {
      close()
      heading = HEADING.exec(line)?.[1] ?? ''
      blocks.push({ kind: 'heading', text: line, units: [heading], heading })
    } else if (line.trim() === '') {
      const next = lines.slice(at + 1).find((later) => later.trim() !== '') ?? ''
      const goesOn = listOpen && (/^\s{2,}\S/.test(next) || (STEP.test(first) ? STEP : BULLET).test(next))
      if (!goesOn) close()
    } else {
      if (breaks(open, line)) close()
      open.push(line)
    }
  }
  close()
  return blocks
}
