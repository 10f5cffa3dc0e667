// Sends a complete reply so that Slack shows it exactly once, whatever earlier tries left behind.
import { createHash } from 'node:crypto'
import type { Delivery } from '../../core/channel.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Reply } from '../../core/reply.ts'
import { type EarlierMessage, findEarlier } from './earlier-messages.ts'
import { NO_UNFURL, toMetadata, toRef } from './live-message.ts'
import { renderSlackReply, type SlackMessage } from './render-slack-blocks.ts'
import { escapeSlack } from './render-slack-mrkdwn.ts'
import { respondByUrl } from './respond-by-url.ts'
import type { SlackPlace } from './slack-address.ts'
import { SlackCallError } from './slack-api.ts'
import { preparePictures, shareFiles } from './slack-files.ts'
import { type DeliverParts, lookTwice, postOnce, RESPONSE_REF, replace } from './write-slack-message.ts'

export type { DeliverParts } from './write-slack-message.ts'

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
    const isThere = isComplete(found, all, digestOf(reply))
    const ended = new Set([...state.ended, ...found.filter(({ open }) => !open).map(({ ts }) => ts)])
    const written = isThere ? null : await writeAll(parts, place, reply, delivery, { present: all, ended })
    const thread = place.thread ?? written ?? all[0] ?? null
    await shareFiles(parts, { ...place, thread }, reply, delivery)
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

function isComplete(found: readonly EarlierMessage[], all: readonly string[], digest: string): boolean {
  if (found.length === 0 || found.length !== all.length) return false
  const last = found.findLast((message) => message.digest === digest)
  return last !== undefined && last === found.at(-1)
}

/**
 * Returns the first message's ts where that is the root of the thread. Replaces what is there, oldest first, posts what is missing, and removes what is too much. What went through the
 * response address cannot be edited, so as many parts as were recorded there are left alone.
 */
async function writeAll(
  parts: DeliverParts,
  place: SlackPlace,
  reply: Reply,
  delivery: Delivery,
  { present, ended }: { present: readonly string[]; ended: ReadonlySet<string> },
): Promise<string | null> {
  const responded = delivery.refs.filter((ref) => ref.startsWith(RESPONSE_REF)).length
  const pictures = await preparePictures(parts, reply, delivery)
  const messages = renderSlackReply(reply, toSize(present.length > 0 && responded === 0, delivery), pictures)
  const asked = askedBlock(place)
  if (asked && messages[0]) messages[0] = withAsked(messages[0], asked)
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
  return root
}

function withAsked(message: SlackMessage, asked: Record<string, unknown>): SlackMessage {
  const { blocks, plain } = message
  return { ...message, blocks: [asked, ...blocks], ...(plain ? { plain: [asked, ...plain] } : {}) }
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
  metadata: ReturnType<typeof toMetadata>,
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

/** Ephemeral messages cannot be read back, so a retry skips as many parts as were recorded. */
async function deliverPrivately(parts: DeliverParts, place: SlackPlace, reply: Reply, delivery: Delivery) {
  // A file that is shared into a channel is seen by all of it.
  const own = place.direct ? reply : withoutFiles(reply)
  const messages = renderSlackReply(own, 'post', await preparePictures(parts, own, delivery))
  const done = delivery.refs.filter((ref) => ref.startsWith('ephemeral:')).length
  for (const [index, { plain: _, ...message }] of messages.entries()) {
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
  await shareFiles(parts, place, own, delivery)
}

function withoutFiles(reply: Reply): Reply {
  const value = 'A file cannot be shown to one person alone in a channel. Ask for it in a direct message.'
  const blocks = reply.blocks.map((block) =>
    block.kind === 'file' ? { kind: 'fields' as const, fields: [{ label: block.name, value }] } : block,
  )
  return { ...reply, blocks }
}
