// The shape of the Bot Framework activities that this face reads and writes, as plain JSON of our own.
import { z } from 'zod'

const account = z.looseObject({
  id: z.string().min(1),
  name: z.string().optional(),
  aadObjectId: z.string().optional(),
})

const entity = z.looseObject({ type: z.string().optional() })

const attachment = z.looseObject({
  contentType: z.string().optional(),
  name: z.string().nullish(),
})

/** What every activity must have before anything else is looked at: the fields that the token check binds to. */
export const activitySchema = z.looseObject({
  type: z.string().min(1),
  id: z.string().optional(),
  channelId: z.string().min(1),
  serviceUrl: z.url({ protocol: /^https?$/ }),
  timestamp: z.string().optional(),
  localTimestamp: z.string().optional(),
  from: account.optional(),
  recipient: account.optional(),
  conversation: z.looseObject({
    id: z.string().min(1),
    conversationType: z.string().optional(),
    tenantId: z.string().optional(),
  }),
  text: z.string().nullish(),
  name: z.string().optional(),
  action: z.string().optional(),
  value: z.unknown().optional(),
  replyToId: z.string().optional(),
  attachments: z.array(attachment).nullish(),
  entities: z.array(entity).nullish(),
  channelData: z.looseObject({ tenant: z.looseObject({ id: z.string().optional() }).optional() }).nullish(),
})
export type Activity = z.infer<typeof activitySchema>

/** What this face sends. `entities` and `channelData` go out exactly as they stand here. */
export interface OutgoingActivity {
  type: 'message' | 'typing'
  text?: string
  textFormat?: 'markdown'
  /** Shown in notifications where a card has no text beside it. */
  summary?: string
  attachments?: { contentType: string; content: unknown; name?: string; contentUrl?: string }[]
  entities?: Record<string, unknown>[]
  channelData?: Record<string, unknown>
}

/** The tenant an activity belongs to, by the two places where Teams states it; empty where it states none. */
export function tenantOf(activity: Activity): string {
  return activity.channelData?.tenant?.id ?? activity.conversation.tenantId ?? ''
}

/** False where the two places name different tenants, which Teams never does. */
export function tenantsAgree(activity: Activity): boolean {
  const stated = [activity.channelData?.tenant?.id, activity.conversation.tenantId].filter((id) => id !== undefined)
  return new Set(stated.map((id) => id.toLowerCase())).size < 2
}
