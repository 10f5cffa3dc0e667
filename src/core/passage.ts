// A piece of a document that a search returned, and a citation that points at it.
import { z } from 'zod'

export const passageSchema = z.object({
  /** Number shown to people as [n]; unique within one turn. */
  n: z.number().int().positive(),
  chunk_id: z.string(),
  doc_id: z.string(),
  title: z.string(),
  /** Absolute http(s) address of the page, or empty where the source has none. */
  url: z.string(),
  /** Headings from the page's top down to the passage. */
  heading_path: z.array(z.string()),
  text: z.string(),
  /** Relevance by the query type's own scale, higher is better. */
  score: z.number(),
  doc_type: z.string().optional(),
  last_updated: z.string().optional(),
})
export type Passage = z.infer<typeof passageSchema>

export const citationSchema = z.object({
  n: z.number().int().positive(),
  doc_id: z.string(),
  title: z.string(),
  url: z.string(),
  /** The text of the passage that was retrieved in this turn. */
  passage: z.string(),
})
export type Citation = z.infer<typeof citationSchema>
