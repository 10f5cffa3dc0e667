// Where a reply in Teams goes: the conversation reference, kept as JSON inside the opaque Address.
import { z } from 'zod'
import { type Address, toAddress } from '../../core/turn.ts'
import { type Activity, tenantOf } from './activity.ts'

const referenceSchema = z.object({
  serviceUrl: z.string().min(1),
  conversation: z.string().min(1),
  /** `personal`, `groupChat` or `channel`. */
  type: z.string(),
  tenant: z.string(),
  bot: z.object({ id: z.string(), name: z.string().optional() }),
  /** Who is answered there, as display text: Teams shows a channel everything, so a word to one person names them. */
  asker: z.string().optional(),
  /** True where Teams itself has shown the person that it worked, so that a message would only be noise. */
  quiet: z.boolean().optional(),
})
export type TeamsReference = z.infer<typeof referenceSchema>

/** Only for an activity whose token was checked: the bot's own token will be sent to its serviceUrl. */
export function toReference(activity: Activity): TeamsReference {
  return {
    serviceUrl: activity.serviceUrl,
    conversation: activity.conversation.id,
    type: activity.conversation.conversationType ?? 'personal',
    tenant: tenantOf(activity),
    bot: { id: activity.recipient?.id ?? '', ...(activity.recipient?.name ? { name: activity.recipient.name } : {}) },
  }
}

export function toTeamsAddress(activity: Activity, more: { quiet?: boolean } = {}): Address {
  const asker = activity.from?.name ? { asker: activity.from.name.slice(0, 100) } : {}
  return toAddress(JSON.stringify({ ...toReference(activity), ...asker, ...more }))
}

/** Throws where the address was made by another face. */
export function parseTeamsAddress(address: Address): TeamsReference {
  return referenceSchema.parse(JSON.parse(address))
}

/** Teams streams only in one-to-one chats. */
export function isPersonal(reference: TeamsReference): boolean {
  return reference.type === 'personal'
}

/** The key of the conversation. A thread of a channel carries `;messageid=<root>` in the conversation id. */
export function toThread(activity: Activity): string {
  return threadOf(tenantOf(activity), activity.conversation.id)
}

export function threadOf(tenant: string, conversation: string): string {
  return `teams:${tenant}:${conversation}`
}
