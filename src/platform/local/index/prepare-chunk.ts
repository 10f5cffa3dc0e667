// What is stored and searched for one chunk: embedding input, weighted terms, and the hashes that tell a change.
import { createHash } from 'node:crypto'
import { terms } from '../../../core/text/analyze.ts'
import type { IndexChunk, IndexDocument } from '../../ports/vector-index.ts'

/** How much an occurrence counts in each field (the simple form of BM25F, Robertson et al. 2004). */
const FIELD_WEIGHTS = { title: 2, heading: 1.5, body: 1 } as const

export interface PreparedChunk {
  chunk: IndexChunk
  /** What is embedded: the text under its title and headings. */
  input: string
  inputHash: string
  /** Differs whenever anything stored for the chunk differs. */
  fingerprint: string
  /** Weighted frequency by term. */
  frequencies: Map<string, number>
  /** Number of terms of the body. */
  length: number
}

export function prepareChunk(document: IndexDocument, chunk: IndexChunk): PreparedChunk {
  const input = toEmbeddingInput(document, chunk)
  const frequencies = new Map<string, number>()
  const count = (text: string, weight: number): number => {
    const found = terms(text)
    for (const term of found) frequencies.set(term, (frequencies.get(term) ?? 0) + weight)
    return found.length
  }
  count(document.title, FIELD_WEIGHTS.title)
  for (const heading of withoutTitle(document, chunk)) count(heading, FIELD_WEIGHTS.heading)
  const length = count(chunk.text, FIELD_WEIGHTS.body)
  return {
    chunk,
    input,
    inputHash: hash([input]),
    fingerprint: hash([document.title, String(chunk.ordinal), chunk.text, ...chunk.heading_path]),
    frequencies,
    length,
  }
}

/** The context of a passage often stands only in its title and headings, so they are embedded with it. */
function toEmbeddingInput(document: IndexDocument, chunk: IndexChunk): string {
  const lines = [document.title, withoutTitle(document, chunk).join(' > '), chunk.text]
  return lines.filter((line) => line !== '').join('\n')
}

/** The headings without a first one that only repeats the title. */
function withoutTitle(document: IndexDocument, chunk: IndexChunk): string[] {
  const same = chunk.heading_path[0]?.trim().toLowerCase() === document.title.trim().toLowerCase()
  return same ? chunk.heading_path.slice(1) : chunk.heading_path
}

function hash(parts: readonly string[]): string {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(`${part.length}:`).update(part)
  return digest.digest('base64url')
}
