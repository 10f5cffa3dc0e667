// Reads a dump of pages, one JSON object a line, without holding more than one page in memory.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { explainSize } from './find-files.ts'
import { MAX_FILE_BYTES } from './page.ts'

const dumpPageSchema = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  path: z.string().optional(),
  title: z.string().optional(),
  url: z.string().optional(),
  markdown: z.string(),
})
export type DumpPage = z.infer<typeof dumpPageSchema>

export type DumpLine =
  | { kind: 'page'; line: number; page: DumpPage; source: string }
  | { kind: 'broken'; line: number; why: string }

/** Yields every line that is not blank. Rejects where the file cannot be read at all. */
export async function* readDump(absolute: string, signal?: AbortSignal): AsyncGenerator<DumpLine> {
  const input = createReadStream(absolute, { encoding: 'utf8', ...(signal ? { signal } : {}) })
  // readline alone would end quietly when the file cannot be read.
  const failed = new Promise<never>((_, reject) => input.once('error', reject))
  failed.catch(() => {})
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  try {
    for (let line = 1; ; line++) {
      const next = await Promise.race([lines.next(), failed])
      if (next.done) break
      if (next.value.trim() !== '') yield parseLine(next.value, line)
    }
    if (input.errored) throw input.errored
  } finally {
    input.destroy()
  }
}

function parseLine(source: string, line: number): DumpLine {
  if (source.length > MAX_FILE_BYTES) return { kind: 'broken', line, why: explainSize(source.length) }
  const parsed = dumpPageSchema.safeParse(parseJson(source))
  if (parsed.success) return { kind: 'page', line, page: parsed.data, source }
  const why = `Line ${line} is no page: it must be a JSON object with "id" and "markdown" (and may have "path", "title", "url"). Correct or remove the line.`
  return { kind: 'broken', line, why }
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}
