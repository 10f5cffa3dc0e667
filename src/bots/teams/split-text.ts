// Splits a long message at block borders, so that no part breaks a Markdown fragment.

interface Chunk {
  text: string
  /** What joins it to the chunk before. */
  glue: string
}

/** Blocks separated by blank lines; a fenced block stays one, blank lines inside it included. */
function blocksOf(text: string): string[] {
  const blocks: string[] = []
  let current: string[] = []
  let fence: string | null = null
  const close = () => {
    if (current.length > 0) blocks.push(current.join('\n'))
    current = []
  }
  for (const line of text.split('\n')) {
    const mark = line.match(/^ {0,3}(`{3,}|~{3,})/)?.[1]
    if (mark && fence === null) fence = mark
    else if (mark && fence !== null && mark.startsWith(fence)) fence = null
    if (line.trim() === '' && fence === null) close()
    else current.push(line)
  }
  close()
  return blocks
}

/** A block that does not fit, in pieces: by lines, closing and reopening its fence, and a line too long by words. */
function breakBlock(block: string, limit: number): Chunk[] {
  const lines = block.split('\n')
  const fence = lines[0]?.match(/^ {0,3}(`{3,}|~{3,})/)?.[1] ?? null
  const open = fence === null ? '' : `${lines[0]}\n`
  const shut = fence === null ? '' : `\n${fence}`
  const body = fence === null ? lines : lines.slice(1, lines.at(-1)?.trim().startsWith(fence) ? -1 : undefined)
  const room = Math.max(1, limit - open.length - shut.length)
  const parts: string[] = []
  let current: string[] = []
  let size = 0
  for (const line of body.flatMap((text) => breakLine(text, room))) {
    if (size + line.length + 1 > room && current.length > 0) {
      parts.push(current.join('\n'))
      current = []
      size = 0
    }
    current.push(line)
    size += line.length + 1
  }
  if (current.length > 0) parts.push(current.join('\n'))
  return parts.map((part, i) => ({ text: `${open}${part}${shut}`, glue: i === 0 ? '\n\n' : '\n' }))
}

function breakLine(line: string, limit: number): string[] {
  const out: string[] = []
  let rest = line
  while (rest.length > limit) {
    const space = rest.lastIndexOf(' ', limit)
    let cut = space > limit / 2 ? space : limit
    // Never between the halves of one character.
    if (/[\uD800-\uDBFF]/.test(rest[cut - 1] ?? '')) cut--
    out.push(rest.slice(0, cut))
    rest = rest.slice(cut).replace(/^ /, '')
  }
  out.push(rest)
  return out
}

/** Parts of at most `limit` UTF-16 units each, filled from the front; a text that fits comes back as it is. */
export function splitText(text: string, limit: number): string[] {
  if (text.length <= limit) return [text]
  const chunks = blocksOf(text).flatMap((block): Chunk[] =>
    block.length <= limit ? [{ text: block, glue: '\n\n' }] : breakBlock(block, limit),
  )
  const parts: string[] = []
  for (const chunk of chunks) {
    const last = parts.at(-1)
    if (last !== undefined && last.length + chunk.glue.length + chunk.text.length <= limit) {
      parts[parts.length - 1] = last + chunk.glue + chunk.text
    } else parts.push(chunk.text)
  }
  return parts
}
