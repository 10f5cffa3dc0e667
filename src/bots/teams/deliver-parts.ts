// Shows a complete reply once: each part is created empty-handed, noted down, and only then filled by an update.
import type { Delivery, MessageRef } from '../../core/channel.ts'
import type { OutgoingActivity } from './activity.ts'
import type { TeamsConnector } from './send-reliably.ts'
import type { TeamsReference } from './teams-address.ts'
import { TeamsCallError, toStreamEnd } from './teams-errors.ts'

export const PLACEHOLDER = 'One moment…'

/** `part:<n>:<activity id>`: which part of the reply the message shows. A later ref of the same part replaces it. */
export function toPartRef(part: number, id: string): MessageRef {
  return `part:${part}:${id}`
}

export function readPartRefs(refs: readonly MessageRef[]): Map<number, string> {
  const parts = new Map<number, string>()
  for (const ref of refs) {
    const match = ref.match(/^part:(\d+):(.+)$/)
    if (match?.[1] && match[2]) parts.set(Number(match[1]), match[2])
  }
  return parts
}

/** Creates the placeholder of a part and notes its id before it returns. */
export async function openPart(
  connector: TeamsConnector,
  to: TeamsReference,
  delivery: Delivery,
  part: number,
  text: string,
): Promise<string> {
  const id = await connector.create(to, { type: 'message', text, textFormat: 'markdown' })
  if (id === '') throw new TeamsCallError({ status: 502, message: 'Teams returned no id for the new message.' })
  await delivery.recordRef(toPartRef(part, id))
  return id
}

/** True where the message cannot be changed any more, so that a new one must take its place. */
function isGone(error: unknown): boolean {
  if (!(error instanceof TeamsCallError)) return false
  const end = toStreamEnd(error)
  // A message that is refused for what it says would be refused in a new place too.
  return error.status === 404 || error.status === 405 || (end !== null && end !== 'size')
}

/**
 * Teams has no idempotency key and lets nobody look, so an answer is never created, only written into a message whose
 * id is known: repeated after a crash, that is harmless. What a crash can leave behind is an empty placeholder.
 * Messages of parts that this reply does not have any more are removed.
 */
export async function deliverParts(
  connector: TeamsConnector,
  to: TeamsReference,
  delivery: Delivery,
  activities: readonly OutgoingActivity[],
  known: ReadonlyMap<number, string>,
  from = 0,
): Promise<void> {
  for (const [part, activity] of activities.entries()) {
    if (part < from) continue
    const id = known.get(part)
    if (id !== undefined) {
      try {
        await connector.update(to, id, activity)
        continue
      } catch (error) {
        if (!isGone(error)) throw error
      }
    }
    const fresh = await openPart(connector, to, delivery, part, PLACEHOLDER)
    await connector.update(to, fresh, activity)
  }
  for (const [part, id] of known) {
    if (part < activities.length) continue
    await connector.remove(to, id).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
  }
}
