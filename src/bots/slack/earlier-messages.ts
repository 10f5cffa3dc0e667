// Finds what an earlier try of the same delivery left in Slack, by message metadata and by streams left open.
import { z } from 'zod'
import type { Delivery } from '../../core/channel.ts'
import { toRef } from './live-message.ts'
import type { SlackIdentity } from './read-slack-event.ts'
import type { SlackPlace } from './slack-address.ts'
import type { SlackApi } from './slack-api.ts'
import { METADATA_TYPE } from './surface.ts'

const messageSchema = z.object({
  ts: z.string(),
  thread_ts: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  text: z.string().nullish(),
  username: z.string().optional(),
  subtype: z.string().optional(),
  streaming_state: z.string().optional(),
  blocks: z.array(z.unknown()).nullish(),
  metadata: z
    .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
    .partial()
    .nullish(),
})
export type SlackMessageRow = z.infer<typeof messageSchema>

const pageSchema = z.object({
  messages: z.array(z.unknown()).default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).nullish(),
})

/** With the largest pages: about 9,000 messages. */
export const MAX_PAGES = 10
const MAX_PAGE_SIZE = 999
/** Slack's clock and ours differ, and the first try began a little before its row was written. */
const CLOCK_MARGIN_S = 60

export interface EarlierMessage {
  ts: string
  part: number
  /** Digest of the reply whose part this is; empty while it was being written. */
  digest: string
  /** True where it may be a stream that is still live: those carry no metadata before their end. */
  open: boolean
}

export function isOwn(row: SlackMessageRow, me: SlackIdentity): boolean {
  return row.user === me.botUser || (row.bot_id ?? '') === me.botId
}

/**
 * Messages of the place since then, oldest first: of its thread, or of the channel where it has none. Slack gives a
 * thread from its beginning on, so its newest messages are on the last page; later pages are asked for as large as
 * Slack gives them.
 */
export async function readMessages(
  api: SlackApi,
  place: SlackPlace,
  options: { oldest?: string; pageSize: number; pages: number },
): Promise<SlackMessageRow[]> {
  const rows: SlackMessageRow[] = []
  let cursor = ''
  for (let page = 0; page < options.pages; page += 1) {
    const answer = await api.call(place.thread === null ? 'conversations.history' : 'conversations.replies', {
      channel: place.channel,
      ...(place.thread === null ? {} : { ts: place.thread }),
      ...(options.oldest === undefined ? {} : { oldest: options.oldest, inclusive: true }),
      include_all_metadata: true,
      limit: page === 0 ? options.pageSize : MAX_PAGE_SIZE,
      ...(cursor === '' ? {} : { cursor }),
    })
    const parsed = pageSchema.parse(answer)
    for (const message of parsed.messages) {
      const row = messageSchema.safeParse(message)
      if (row.success) rows.push(row.data)
    }
    cursor = parsed.response_metadata?.next_cursor ?? ''
    if (cursor === '') break
  }
  return rows.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0))
}

/**
 * Own messages of this delivery, oldest first. A stream carries its metadata only from its end on, so an own
 * streamed message of the thread that has none is of a try that broke: of this delivery, unless another of the
 * thread recorded it. What is not recorded at all cannot be another's: one turn at a time writes in a thread.
 * Rejects with SlackCallError when Slack could not be asked, several times.
 */
export async function findEarlier(
  api: SlackApi,
  place: SlackPlace,
  me: SlackIdentity,
  delivery: Pick<Delivery, 'key' | 'since' | 'taken' | 'posted'>,
): Promise<EarlierMessage[]> {
  const oldest = (Date.parse(delivery.since) / 1000 - CLOCK_MARGIN_S).toFixed(6)
  const rows = await readMessages(api, place, { oldest, pageSize: 200, pages: MAX_PAGES })
  const taken = new Set(await delivery.taken?.())
  return rows
    .filter((row) => isOwn(row, me) && row.ts >= oldest)
    .flatMap((row): EarlierMessage[] => {
      if (row.metadata?.event_type === METADATA_TYPE) {
        const payload = row.metadata.event_payload ?? {}
        if (payload.key !== delivery.key) return []
        return [{ ts: row.ts, part: Number(payload.part ?? 0), digest: String(payload.digest ?? ''), open: false }]
      }
      const streamed = !delivery.posted && place.thread !== null && row.streaming_state !== undefined
      return streamed && !taken.has(toRef(place.channel, row.ts))
        ? [{ ts: row.ts, part: 0, digest: '', open: true }]
        : []
    })
}
