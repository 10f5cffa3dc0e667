// Posts a night where it belongs: one message of its own, so that people are notified, and the rest in its thread.
import { digestOf } from '../core/digest.ts'
import { type Saying, toPlainReply } from '../core/reply.ts'
import type { Night } from '../reports/nightly/night.ts'
import type { Place } from '../store/port.ts'
import type { NightlyParts } from './nightly-words.ts'

/** Key of the post of a night at a place. */
export function toNightKey(night: string, place: Place): string {
  return `night:${night}:${digestOf([place.channel, place.thread]).slice(0, 8)}`
}

/** Stored when it resolves; the same night at the same place is the same post, however often it is called. */
export async function postNight(
  night: Night,
  place: Place,
  parts: Pick<NightlyParts, 'posts' | 'toPosts' | 'wake'>,
): Promise<string> {
  const { post, thread } = await parts.toPosts(night, { full: false })
  const key = toNightKey(night.id, place)
  const outcome = night.verdict === 'failed' ? 'refused' : 'done'
  await putOnce(key, post, { place, outcome }, parts)
  for (const [at, saying] of thread.entries()) {
    await putOnce(`${key}:${at + 1}`, saying, { place, outcome: 'done', under: key }, parts)
  }
  parts.wake()
  return key
}

/** Stands in file names too: `nightly-2026-11-23`. */
function toTurn(key: string): string {
  const [date = ''] = /\d{4}-\d{2}-\d{2}(?:T\d\d:\d\d:\d\d)?/.exec(key) ?? []
  return `nightly-${date.replaceAll(':', '-')}`
}

/** A message at a place that belongs to no turn. The first one counts. */
export async function putOnce(
  key: string,
  { text, blocks = [], buttons = [], footer }: Saying,
  { place, outcome, under }: { place: Place; outcome: 'done' | 'refused'; under?: string },
  { posts }: Pick<NightlyParts, 'posts'>,
): Promise<void> {
  if (await posts.get(key)) return
  const more = footer === undefined ? {} : { footer }
  const reply = toPlainReply(toTurn(key), text, { blocks, buttons, ...more, outcome })
  const { channel, address } = place
  await posts.put({ key, subject: null, channel, address, reply, ...(under === undefined ? {} : { under }) })
}
