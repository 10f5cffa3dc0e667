// Hits of the API as hits of the port: columns by their names in the manifest, the score behind them.
import { z } from 'zod'
import type { IndexHit } from '../../ports/vector-index.ts'
import type { IndexSpec } from './index-spec.ts'
import type { WireHits } from './search-wire.ts'

const pathSchema = z.array(z.string())

/** Rows in their order. The score is the column of that name, and the last one where none has it. */
export function readHits({ manifest, result }: WireHits, spec: IndexSpec): IndexHit[] {
  const names = manifest.columns.map(({ name }) => name)
  const scoreAt = names.lastIndexOf('score')
  return (result.data_array ?? []).map((row) => {
    const cell = (name: string): unknown => row[names.indexOf(name)]
    const text = (name: string): string => toText(cell(name))
    const chunkId = text(spec.primaryKey)
    return {
      chunk_id: chunkId,
      doc_id: text('doc_id') || chunkId,
      title: text('title'),
      url: text('url'),
      doc_type: text('doc_type'),
      last_updated: text('last_updated'),
      heading_path: toPath(cell('heading_path')),
      ordinal: toNumber(cell('chunk_index')),
      text: text(spec.textColumn),
      score: toNumber(scoreAt < 0 ? row.at(-1) : row[scoreAt]),
    }
  })
}

function toText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
}

function toNumber(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(typeof value === 'string' ? value : 0)
  return Number.isFinite(number) ? number : 0
}

/** A JSON list in a text, as the table of chunks has it, or a list. */
export function toPath(value: unknown): string[] {
  if (typeof value !== 'string') return pathSchema.safeParse(value).data ?? []
  try {
    return pathSchema.safeParse(JSON.parse(value)).data ?? []
  } catch {
    // A table that others filled: the words themselves are the path.
    return value === '' ? [] : [value]
  }
}
