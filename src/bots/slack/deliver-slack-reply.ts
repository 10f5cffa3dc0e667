// Sends a complete reply so that Slack shows it exactly once, whatever earlier tries left behind.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../../core/channel.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Reply } from '../../core/reply.ts'
import { type EarlierMessage, findEarlier } from './earlier-messages.ts'
import { type Metadata, NO_UNFURL, toMetadata, toRef, tsOf } from './live-message.ts'
import type { SlackIdentity } from './read-slack-event.ts'
import { renderSlackReply, type SlackMessage, withFrozenNote } from './render-slack-blocks.ts'
import { escapeSlack } from './render-slack-mrkdwn.ts'
import { respondByUrl } from './respond-by-url.ts'
import type { SlackPlace } from './slack-address.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'

export interface DeliverParts {
  api: SlackApi
  me: () => SlackIdentity
  log: Log
  /** Milliseconds to wait before looking again for a message whose sending ended in an unknown way. */
  lookAgainMs: number
}

/** Begins the ref of a part that went through the response address, which gives no ts. */
const RESPONSE_REF = 'response:'

export interface KnownState {
  /** `ts` of messages that this process created and that must be replaced. */
  known: readonly string[]
  /** Those of them that are no live stream: posted, or ended. */
  ended: readonly string[]
  /** True where a call of this process ended in an unknown way, so that an unrecorded message may exist. */
  unsure: boolean
}

/** Says which reply, and which text of it, a message holds. */
export function digestOf(reply: Reply): string {
  return createHash('sha256').update(JSON.stringify(reply)).digest('hex').slice(0, 16)
}

export async function deliverReply(
  parts: DeliverParts,
  place: SlackPlace,
  reply: Reply,
  delivery: Delivery,
  state: KnownState = { known: [], ended: [], unsure: false },
): Promise<void> {
  try {
    const recorded = [...refsIn(place, delivery.refs), ...state.known]
    if (reply.onlyTo !== undefined) {
      // What was begun for all to see must not stay.
      for (const ts of recorded) if (!state.ended.includes(ts)) await stopQuietly(parts, place.channel, ts)
      for (const ts of recorded) await remove(parts, place.channel, ts)
      return await deliverPrivately(parts, place, reply, delivery)
    }
    const found = await lookUp(parts, place, delivery, { recorded, unsure: state.unsure })
    for (const { ts } of found) if (!recorded.includes(ts)) await delivery.recordRef(toRef(place.channel, ts))
    const all = [...new Set([...recorded, ...found.map(({ ts }) => ts)])].sort()
    if (isComplete(found, all, digestOf(reply))) return
    const ended = new Set([...state.ended, ...found.filter(({ open }) => !open).map(({ ts }) => ts)])
    await writeAll(parts, place, reply, delivery, { present: all, ended })
  } catch (error) {
    throw toChannelError(error)
  }
}

export function toChannelError(error: unknown): LakedeskError {
  if (error instanceof LakedeskError) return error
  const reason = error instanceof SlackCallError ? error.message : 'an unexpected failure'
  return new LakedeskError(
    'CHANNEL_FAILED',
    `Slack did not take the answer (${reason}). Check that the app is a member of the channel and has the scopes of manifest/slack.json.`,
    error,
  )
}

function refsIn(place: SlackPlace, refs: readonly string[]): string[] {
  const prefix = `${place.channel}:`
  return refs.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length))
}

/** What earlier tries left. After a call of an unknown outcome Slack may still be busy with it: looks later, twice. */
async function lookUp(
  parts: DeliverParts,
  place: SlackPlace,
  delivery: Delivery,
  known: { recorded: readonly string[]; unsure: boolean },
): Promise<EarlierMessage[]> {
  if (!delivery.retry && !known.unsure) return []
  const hasRefs = known.recorded.length > 0
  try {
    if (!known.unsure) return await findEarlier(parts.api, place, parts.me(), delivery)
    return await lookTwice(parts, place, delivery, (found) => found.some(({ ts }) => !known.recorded.includes(ts)))
  } catch (error) {
    // Without the right to read, the recorded messages are the best there is; with none at all a guess could show it twice.
    const unreadable = error instanceof SlackCallError && error.kind === 'refused'
    const outside = unreadable && place.responseUrl !== undefined
    if (!(unreadable && hasRefs) && !outside) throw error
    parts.log.warn('Slack does not let the bot read this conversation', { reason: error.reason, key: delivery.key })
    return []
  }
}

async function lookTwice(
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

function isComplete(found: readonly EarlierMessage[], all: readonly string[], digest: string): boolean {
  if (found.length === 0 || found.length !== all.length) return false
  const last = found.findLast((message) => message.digest === digest)
  return last !== undefined && last === found.at(-1)
}

/**
 * Replaces what is there, oldest first, posts what is missing, and removes what is too much. What went through the
 * response address cannot be edited, so as many parts as were recorded there are left alone.
 */
async function writeAll(
  parts: DeliverParts,
  place: SlackPlace,
  reply: Reply,
  delivery: Delivery,
  { present, ended }: { present: readonly string[]; ended: ReadonlySet<string> },
): Promise<void> {
  const responded = delivery.refs.filter((ref) => ref.startsWith(RESPONSE_REF)).length
  const messages = renderSlackReply(reply, toSize(present.length > 0 && responded === 0, delivery))
  const asked = askedBlock(place)
  if (asked && messages[0]) messages[0] = { ...messages[0], blocks: [asked, ...messages[0].blocks] }
  const left = [...present]
  let root = place.thread
  // The digest marks completeness, so only the last message, which is written last, carries it.
  for (const [index, message] of messages.entries()) {
    const metadata = toMetadata(delivery.key, index, index === messages.length - 1 ? digestOf(reply) : '')
    if (index < responded) continue
    const replaced = await replaceNext(parts, place.channel, { left, ended }, message, metadata)
    root ??= replaced
    if (replaced !== null) continue
    const created = await postOnce(parts, { ...place, thread: root }, message, metadata, delivery)
    // A long answer to a command goes on in the thread of its first message.
    root ??= created
  }
  for (const ts of left) await remove(parts, place.channel, ts)
}

/** What was streamed is cut anew for an update; what was posted keeps its messages. */
function toSize(replaces: boolean, { posted }: Delivery): 'post' | 'update' | 'edit' {
  if (!replaces) return 'post'
  return posted ? 'edit' : 'update'
}

function askedBlock(place: SlackPlace): Record<string, unknown> | null {
  if (!place.question) return null
  const text = `<@${place.user.replace(/[^A-Z0-9]/gi, '')}> asked: ${escapeSlack(place.question)}`
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] }
}

/** Puts the message in place of the first of `left` that still stands, and takes it out; null where none does. */
async function replaceNext(
  parts: DeliverParts,
  channel: string,
  { left, ended }: { left: string[]; ended: ReadonlySet<string> },
  message: SlackMessage,
  metadata: Metadata,
): Promise<string | null> {
  for (let ts = left.shift(); ts !== undefined; ts = left.shift()) {
    try {
      // A live stream cannot be edited, so it is stopped first.
      if (!ended.has(ts)) await stopQuietly(parts, channel, ts)
      await replace(parts, channel, ts, message, metadata)
      return ts
    } catch (error) {
      if (!(error instanceof SlackCallError) || error.reason !== 'message_not_found') throw error
      parts.log.warn('A message of an answer was deleted in Slack, so its part is shown anew', { channel, ts })
    }
  }
  return null
}

async function replace(parts: DeliverParts, channel: string, ts: string, message: SlackMessage, metadata: Metadata) {
  const call = (body: SlackMessage) => parts.api.call('chat.update', { channel, ts, ...body, metadata })
  try {
    await call(message)
  } catch (error) {
    if (!(error instanceof SlackCallError) || !/block/.test(error.reason)) throw error
    parts.log.warn('Slack refused the blocks of an edited message, so it shows text alone', { reason: error.reason })
    await call({ text: message.text, blocks: [] })
  }
}

/** What is no live stream refuses, which is fine. */
async function stopQuietly(parts: DeliverParts, channel: string, ts: string): Promise<void> {
  try {
    await parts.api.call('chat.stopStream', { channel, ts })
  } catch (error) {
    if (!(error instanceof SlackCallError) || error.kind !== 'refused') throw error
    parts.log.debug('Nothing to stop', { reason: error.reason })
  }
}

async function remove(parts: DeliverParts, channel: string, ts: string): Promise<void> {
  try {
    await parts.api.call('chat.delete', { channel, ts })
  } catch (error) {
    if (!(error instanceof SlackCallError) || error.reason !== 'message_not_found') throw error
  }
}

/** Posts, and where the outcome is unknown looks for the message before it posts again, once. */
async function postOnce(
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
    const ts = tsOf(await parts.api.call('chat.postMessage', { ...base, ...message }), 'chat.postMessage')
    await delivery.recordRef(toRef(place.channel, ts))
    return ts
  } catch (error) {
    if (!(error instanceof SlackCallError) || error.kind !== 'refused') throw error
    if (/block/.test(error.reason)) {
      const ts = tsOf(await parts.api.call('chat.postMessage', { ...base, text: message.text }), 'chat.postMessage')
      await delivery.recordRef(toRef(place.channel, ts))
      return ts
    }
    if (place.responseUrl === undefined) throw error
    await respondByUrl(place.responseUrl, { ...withFrozenNote(message), response_type: 'in_channel' })
    await delivery.recordRef(`${RESPONSE_REF}${metadata.event_payload.part}`)
    return null
  }
}

/** Ephemeral messages cannot be read back, so a retry skips as many parts as were recorded. */
async function deliverPrivately(parts: DeliverParts, place: SlackPlace, reply: Reply, delivery: Delivery) {
  const messages = renderSlackReply(reply, 'post')
  const done = delivery.refs.filter((ref) => ref.startsWith('ephemeral:')).length
  for (const [index, message] of messages.entries()) {
    if (index < done) continue
    const thread = place.thread === null || place.top ? {} : { thread_ts: place.thread }
    try {
      await parts.api.call('chat.postEphemeral', {
        channel: place.channel,
        user: reply.onlyTo,
        ...thread,
        ...message,
        ...NO_UNFURL,
      })
    } catch (error) {
      if (!(error instanceof SlackCallError) || error.kind !== 'refused' || place.responseUrl === undefined) throw error
      await respondByUrl(place.responseUrl, { ...message, response_type: 'ephemeral' })
    }
    await delivery.recordRef(`ephemeral:${index}`)
  }
}
