// The tool that looks a question up in the documentation and hands numbered passages to whoever asked.
import { z } from 'zod'
import type { Passage } from '../core/passage.ts'
import { defineTool, type Tool } from './define-tool.ts'

/** Characters of one search, at most: questions are cut to what a search engine can use, never silently. */
export const MAX_QUERY_CHARS = 32_000

const inputSchema = z.object({
  query: z
    .string()
    .trim()
    .min(1, 'write what to look for')
    .max(MAX_QUERY_CHARS, `at most ${MAX_QUERY_CHARS.toLocaleString('en-US')} characters`)
    .describe(
      'A complete question or the key terms, understandable without the conversation: replace "it" and "there" by what they mean.',
    ),
})
export type SearchDocsInput = z.infer<typeof inputSchema>

export type Retrieve = (
  query: string,
  options: { signal?: AbortSignal; filters?: Readonly<Record<string, unknown>>; limit?: number },
) => Promise<Passage[]>

export function createSearchDocs(parts: { retrieve: Retrieve }): Tool<SearchDocsInput, Passage[]> {
  return defineTool<SearchDocsInput, Passage[]>({
    name: 'search-docs',
    description:
      'Searches the product documentation and returns numbered passages, best first. Use it before answering any question about the product, also for follow-up questions. Search again with other words where the passages do not help.',
    input: inputSchema,
    openToGuests: true,
    async run({ query }, { signal, passages }) {
      return passages.add(await parts.retrieve(query, { signal }))
    },
    toModelText: toPassageText,
    toAuditFacts: (found) => ({ passages: found.map((passage) => passage.chunk_id) }),
  })
}

/**
 * The passages as the model reads them: one <passage> element each, attributes escaped, and a tag inside a text
 * defused, so that no document can step out of its own element or pretend to be another.
 */
export function toPassageText(passages: readonly Passage[]): string {
  if (passages.length === 0) return 'No passage was found.'
  return passages
    .map(({ n, doc_id, title, url, heading_path, text }) => {
      const attributes = Object.entries({ n: String(n), doc: doc_id, title, url, heading: heading_path.join(' > ') })
        .map(([name, value]) => `${name}="${escapeAttribute(value)}"`)
        .join(' ')
      return `<passage ${attributes}>\n${text.replace(/<(\s*(?:\/\s*)?passage)/gi, '<\\$1')}\n</passage>`
    })
    .join('\n')
}

function escapeAttribute(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/\s+/g, ' ')
}
