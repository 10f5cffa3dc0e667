// What to say, in neutral words; a face renders it in its platform's own.
import { z } from 'zod'
import { LakedeskError } from './errors.ts'
import { basisSchema } from './feedback.ts'
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

/** A picture of numbers. Every series has one value per label; null is a gap. */
export const chartSchema = z.object({
  type: z.enum(['bar', 'line', 'pie']),
  title: z.string().min(1),
  labels: z.array(z.string()).min(1),
  /** `dashed`: a limit that the others are held against, drawn without points where a picture is drawn. */
  series: z
    .array(z.object({ name: z.string(), values: z.array(z.number().nullable()), dashed: z.boolean().optional() }))
    .min(1),
  /** What is counted, such as `tickets`. */
  unit: z.string().optional(),
})
export type Chart = z.infer<typeof chartSchema>

const formFieldSchema = z.object({
  /** Letters, digits and _. Arrives in the action's value as `input_<id>`. */
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string().min(1),
  value: z.string(),
  /** A choice where there are options, else a line of text. */
  options: z.array(z.string()).optional(),
  multiline: z.boolean().optional(),
})

/** Values that a person may change in place and hand in: the action's value is `value` and `input_<id>` of every field. */
export const formSchema = z.object({
  action: z.string().min(1),
  /** Of the button that hands it in. */
  submit: z.string().min(1),
  value: z.record(z.string(), z.string()),
  fields: z.array(formFieldSchema).min(1),
  /** How to say the same in words, for faces without inputs, such as `correct t-12 category=billing`. */
  command: z.string().optional(),
})
export type Form = z.infer<typeof formSchema>

/** A file to attach, as text. At most FILE_LIMIT characters. */
export const fileSchema = z.object({
  name: z.string().regex(/^[\w.-]+$/),
  mediaType: z.string(),
  text: z.string(),
})
export type AttachedFile = z.infer<typeof fileSchema>

export const FILE_LIMIT = 1_000_000

export const blockSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fields'), fields: z.array(z.object({ label: z.string(), value: z.string() })) }),
  z.object({ kind: z.literal('table'), columns: z.array(z.string()), rows: z.array(z.array(z.string())) }),
  z.object({ kind: z.literal('citations'), citations: z.array(citationSchema) }),
  z.object({ kind: z.literal('progress'), label: z.string(), done: z.number(), total: z.number() }),
  chartSchema.extend({ kind: z.literal('chart') }),
  formSchema.extend({ kind: z.literal('form') }),
  fileSchema.extend({ kind: z.literal('file') }),
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
  /** Of answers: what the text rests on, for whoever judges it later. Never shown. */
  basis: basisSchema.optional(),
  turn: z.string(),
})
export type Reply = z.infer<typeof replySchema>

/** The reply as it is, where it can be kept and read again. Throws INTERNAL that names the part which is wrong. */
export function requireStorable(reply: Reply): Reply {
  const { error } = replySchema.safeParse(reply)
  if (error === undefined) return reply
  const at = error.issues[0]?.path.join('.') ?? ''
  throw new LakedeskError(
    'INTERNAL',
    `What was to be said cannot be kept, because ${at === '' ? 'it' : at} is not as replies are made. That is a fault of ours; please tell an operator.`,
    error,
  )
}

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
