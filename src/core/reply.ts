// What to say, in neutral words; a face renders it in its platform's own.
import { z } from 'zod'
import { citationSchema } from './passage.ts'

export const buttonSchema = z.object({
  action: z.string().min(1),
  label: z.string().min(1),
  value: z.record(z.string(), z.string()),
  style: z.enum(['primary', 'danger']).optional(),
  /** Asked before the press counts, on faces that can ask. One sentence. */
  confirm: z.string().optional(),
})
export type Button = z.infer<typeof buttonSchema>

export const blockSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fields'), fields: z.array(z.object({ label: z.string(), value: z.string() })) }),
  z.object({ kind: z.literal('table'), columns: z.array(z.string()), rows: z.array(z.array(z.string())) }),
  z.object({ kind: z.literal('citations'), citations: z.array(citationSchema) }),
  z.object({ kind: z.literal('progress'), label: z.string(), done: z.number(), total: z.number() }),
])
export type Block = z.infer<typeof blockSchema>

export const replySchema = z.object({
  /** Standard Markdown. Always complete on its own: screen readers and notifications read only this. */
  text: z.string().min(1),
  blocks: z.array(blockSchema),
  buttons: z.array(buttonSchema),
  /** Small print under the answer: version, honesty about quoting, turn id. Plain text. */
  footer: z.string().optional(),
  /** True where a model composed the text: faces add their AI label and feedback buttons. */
  generated: z.boolean(),
  /** Show it to this person alone (where the face can). */
  onlyTo: z.string().optional(),
  /** True where the documentation holds no answer. */
  refused: z.boolean().optional(),
  /** Version of the RAG chain that answered. */
  version: z.string().optional(),
  /** How a command or a button ended; absent for answers. */
  outcome: z.enum(['done', 'refused', 'waiting']).optional(),
  turn: z.string(),
})
export type Reply = z.infer<typeof replySchema>

/** A plain reply that no model composed. */
export function toPlainReply(turn: string, text: string, more: Partial<Reply> = {}): Reply {
  return { text, blocks: [], buttons: [], generated: false, turn, ...more }
}

/** What a tool has to say, before it belongs to a turn. `text` is complete on its own. */
export interface Saying {
  text: string
  blocks?: Block[]
  buttons?: Button[]
  footer?: string
}
