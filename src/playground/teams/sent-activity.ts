// Single activities that a test sends by hand, as Teams would, with everything in them replaceable.
import type { BotAccount } from './teams-tokens.ts'

export interface SentActivity {
  text?: string
  /** Defaults to a one-to-one chat. */
  conversation?: string
  type?: 'personal' | 'groupChat' | 'channel'
  user?: string
  name?: string
  tenant?: string
  id?: string
  /** Merged over everything else. */
  more?: Record<string, unknown>
  /** A token to send instead of a genuine one; null sends none. */
  token?: string | null
}

/** `sent`: how many there were before; ids and times only grow. */
export function toTestActivity(
  given: SentActivity,
  { appId, tenantId, serviceUrl }: BotAccount & { serviceUrl: string },
  sent: number,
): Record<string, unknown> {
  const { type = 'personal', user = 'user-1', name = 'Ada', tenant = tenantId } = given
  const conversation = given.conversation ?? (type === 'personal' ? `a:${user}` : '19:group@thread.v2')
  const at = new Date(Date.now() + sent).toISOString()
  return {
    type: 'message',
    id: given.id ?? String(1_770_000_000_000 + sent),
    channelId: 'msteams',
    serviceUrl,
    timestamp: at,
    localTimestamp: at,
    textFormat: 'plain',
    from: { id: `29:${user}`, name, aadObjectId: `aad-${user}` },
    recipient: { id: `28:${appId}`, name: 'Lakedesk' },
    conversation: { id: conversation, conversationType: type, tenantId: tenant, isGroup: type !== 'personal' },
    channelData: { tenant: { id: tenant } },
    entities: [],
    text: given.text ?? '',
    ...given.more,
  }
}
