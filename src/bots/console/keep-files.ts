// Saves what a terminal cannot show: the files of a reply, and its charts as pictures.
import type { AttachedFile, Block, Chart, Reply } from '../../core/reply.ts'

export interface FileKeeping {
  /** Writes a file and returns its path. The same name again is the same file. Absent: files are only named. */
  saveFile?: (name: string, data: string | Uint8Array) => Promise<string>
  /** Draws a chart as PNG; it is saved where `saveFile` is there too. */
  renderChart?: (chart: Chart) => Promise<Uint8Array>
}

/** One name per reply, so that a reply that is shown again saves no second file. */
function toName(name: string, turn: string): string {
  const mark = turn.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 24)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)}-${mark}${name.slice(dot)}` : `${name}-${mark}`
}

async function save(keeping: FileKeeping, label: string, name: string, data: () => Promise<string | Uint8Array>) {
  const tell = (value: string): Block => ({ kind: 'fields', fields: [{ label, value }] })
  try {
    return tell(`saved as ${await keeping.saveFile?.(name, await data())}`)
  } catch (error) {
    return tell(`could not be saved: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function toParts(block: Block, at: number, turn: string, keeping: FileKeeping): Promise<Block[]> | Block[] {
  const file = (kept: AttachedFile) => save(keeping, kept.name, toName(kept.name, turn), async () => kept.text)
  if (block.kind === 'file') return file(block).then((line) => [line])
  const { renderChart } = keeping
  if (block.kind !== 'chart' || !renderChart) return [block]
  return save(keeping, 'Picture', toName(`chart-${at + 1}.png`, turn), () => renderChart(block)).then((line) => [
    block,
    line,
  ])
}

/** The reply with the paths of what was saved in place of files, and below charts. Never rejects. */
export async function keepFiles(reply: Reply, keeping: FileKeeping): Promise<Reply> {
  if (!keeping.saveFile || !reply.blocks.some(({ kind }) => kind === 'file' || kind === 'chart')) return reply
  const blocks = await Promise.all(reply.blocks.map((block, at) => toParts(block, at, reply.turn, keeping)))
  return { ...reply, blocks: blocks.flat() }
}
