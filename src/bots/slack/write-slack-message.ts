// Puts one message into Slack, new or in place of another, and gives it other blocks where Slack refuses the first.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../../core/channel.ts'
import { type EarlierMessage, findEarlier } from './earlier-messages.ts'
import { type Metadata, NO_UNFURL, toRef, tsOf } from './live-message.ts'
import type { SlackIdentity } from './read-slack-event.ts'
import { type SlackBlock, type SlackMessage, withFrozenNote } from './render-slack-blocks.ts'
import { respondByUrl } from './respond-by-url.ts'
import type { SlackPlace } from './slack-address.ts'
import { SlackCallError } from './slack-api.ts'
import type { FileParts } from './slack-files.ts'

export interface DeliverParts extends FileParts {
  me: () => SlackIdentity
  /** Milliseconds to wait before looking again for a message whose sending ended in an unknown way. */
  lookAgainMs: number
}

/** Begins the ref of a part that went through the response address, which gives no ts. */
export const RESPONSE_REF = 'response:'

/** A picture that was uploaded a moment ago may not be known everywhere yet. */
const PICTURE_TRIES = 4

function isBlockFault(error: unknown): error is SlackCallError {
  return error instanceof SlackCallError && error.kind === 'refused' && /block/.test(error.reason)
}

/** With its blocks; where Slack refuses them, with charts as text; and where it refuses those too, as text alone. */
async function withBlocks<T>(
  { log, lookAgainMs }: DeliverParts,
  { text, blocks, plain }: SlackMessage,
  send: (body: { text: string; blocks: SlackBlock[] }) => Promise<T>,
): Promise<T> {
  const tries = blocks.some(({ slack_file }) => slack_file !== undefined) ? PICTURE_TRIES : 1
  for (let tried = 1; tried <= tries; tried += 1) {
    try {
      return await send({ text, blocks })
    } catch (error) {
      if (!isBlockFault(error)) throw error
      log.warn('Slack refused the blocks of a message', { reason: error.reason, tried })
      if (tried < tries) await sleep(lookAgainMs / 2)
    }
  }
  try {
    return await send({ text, blocks: plain ?? [] })
  } catch (error) {
    if (!plain || !isBlockFault(error)) throw error
    return send({ text, blocks: [] })
  }
}

export async function replace(
  parts: DeliverParts,
  channel: string,
  ts: string,
  message: SlackMessage,
  metadata: Metadata,
): Promise<void> {
  await withBlocks(parts, message, (body) => parts.api.call('chat.update', { channel, ts, ...body, metadata }))
}

export async function lookTwice(
  parts: DeliverParts,
  place: SlackPlace,
  delivery: Pick<Delivery, 'key' | 'since' | 'taken' | 'posted'>,
  isEnough: (found: readonly EarlierMessage[]) => boolean,
): Promise<EarlierMessage[]> {
  await sleep(parts.lookAgainMs)
  const found = await findEarlier(parts.api, place, parts.me(), delivery)
  if (isEnough(found)) return found
  await sleep(parts.lookAgainMs)
  return findEarlier(parts.api, place, parts.me(), delivery)
}

/** Posts, and where the outcome is unknown looks for the message before it posts again, once. */
export async function postOnce(
  parts: DeliverParts,
  place: SlackPlace,
  message: SlackMessage,
  metadata: Metadata,
  delivery: Delivery,
): Promise<string | null> {
  const since = new Date().toISOString()
  for (let tries = 1; ; tries += 1) {
    try {
      return await post(parts, place, message, metadata, delivery)
    } catch (error) {
      if (!(error instanceof SlackCallError) || error.kind !== 'unknown' || tries > 1) throw error
      parts.log.warn('Slack did not say whether it took a message; looking for it', { reason: error.reason })
      const isSame = ({ part, open }: EarlierMessage) => !open && part === metadata.event_payload.part
      const found = await lookTwice(parts, place, { key: delivery.key, since, posted: true }, (all) => all.some(isSame))
      const same = found.find(isSame)
      if (!same) continue
      await delivery.recordRef(toRef(place.channel, same.ts))
      return same.ts
    }
  }
}

async function post(
  parts: DeliverParts,
  place: SlackPlace,
  message: SlackMessage,
  metadata: Metadata,
  delivery: Delivery,
): Promise<string | null> {
  const thread = place.thread === null ? {} : { thread_ts: place.thread }
  const base = { channel: place.channel, ...thread, ...NO_UNFURL, metadata }
  try {
    const ts = await withBlocks(parts, message, async (body) =>
      tsOf(await parts.api.call('chat.postMessage', { ...base, ...body }), 'chat.postMessage'),
    )
    await delivery.recordRef(toRef(place.channel, ts))
    return ts
  } catch (error) {
    if (!(error instanceof SlackCallError) || error.kind !== 'refused') throw error
    if (place.responseUrl === undefined) throw error
    const { text, blocks } = withFrozenNote(message)
    await respondByUrl(place.responseUrl, { text, blocks, response_type: 'in_channel' })
    await delivery.recordRef(`${RESPONSE_REF}${metadata.event_payload.part}`)
    return null
  }
}
