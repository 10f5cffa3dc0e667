// Makes a document to index out of texts.
import type { IndexDocument } from '../../src/platform/ports/vector-index.ts'

/** A document of one chunk for each text. */
export function makeDocument(
  docId: string,
  texts: readonly string[],
  more: Partial<IndexDocument> = {},
): IndexDocument {
  return {
    doc_id: docId,
    title: more.title ?? docId,
    url: `https://docs.example.com/${docId}`,
    doc_type: 'guide',
    last_updated: '2026-01-01',
    content_hash: `${docId}:${texts.join('|')}`,
    source: 'docs',
    chunks: texts.map((text, ordinal) => ({ chunk_id: `${docId}-${ordinal}`, ordinal, text, heading_path: ['Top'] })),
    ...more,
  }
}
