// What one person did once, in words that no chat platform owns.
import { z } from 'zod'

/** Where a reply goes. Opaque: only the face that made it may take it apart. */
export type Address = string & { readonly __brand: 'Address' }

export function toAddress(text: string): Address {
  return text as Address
}

const address = z.string().min(1).transform(toAddress)

/** Who acted. `id` and `tenant` come from the verified envelope; `name` is display text and never authorises anything. */
export const personSchema = z.object({
  id: z.string().min(1),
  tenant: z.string(),
  name: z.string().optional(),
  /** True for guests, shared-channel strangers and federated users: write tools are closed to them. */
  external: z.boolean().optional(),
})
export type Person = z.infer<typeof personSchema>

/** A file somebody attached. Name and type are untrusted text. */
export const attachmentSchema = z.object({ name: z.string(), mediaType: z.string().optional() })
export type Attachment = z.infer<typeof attachmentSchema>

const common = {
  /** Unique, and equal for every delivery of the same event; shown to people as the turn id. */
  id: z.string().min(1),
  /** When the person acted, ISO 8601, by the platform's clock. Orders turns inside a thread. */
  at: z.string(),
  /** Name of the face it came through. */
  channel: z.string().min(1),
  user: personSchema,
  address,
  /** Key of the conversation, unique across faces, tenants and channels; turns of one thread run in order. */
  thread: z.string().min(1),
  /** Claim keys: event key first, then message keys. A turn whose ANY key was seen is a duplicate. */
  keys: z.array(z.string().min(1)).min(1),
}

export const messageTurnSchema = z.object({
  kind: z.literal('message'),
  ...common,
  /** Plain text: control sequences decoded, the mention of the bot removed. May be empty (only a file, only a mention). */
  text: z.string(),
  attachments: z.array(attachmentSchema).optional(),
})

export const commandTurnSchema = z.object({
  kind: z.literal('command'),
  ...common,
  /** Name without the slash, such as `ask`. */
  name: z.string().min(1),
  text: z.string(),
})

export const actionTurnSchema = z.object({
  kind: z.literal('action'),
  ...common,
  /** What was pressed, such as `feedback`; `stop` is taken ahead of the thread's queue. */
  action: z.string().min(1),
  /** Data of the button. Untrusted: anyone who sees the button may press it. */
  value: z.record(z.string(), z.string()),
})

export const turnSchema = z.discriminatedUnion('kind', [messageTurnSchema, commandTurnSchema, actionTurnSchema])
export type MessageTurn = z.infer<typeof messageTurnSchema>
export type CommandTurn = z.infer<typeof commandTurnSchema>
export type ActionTurn = z.infer<typeof actionTurnSchema>
export type Turn = z.infer<typeof turnSchema>
