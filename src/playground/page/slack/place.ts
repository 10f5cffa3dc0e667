// What a person has open in the workspace, per seat and kept over a reload: the place, the threads, drafts, what was seen.
import { computed } from '@preact/signals'
import type { SlackChannelView } from '../../words.ts'
import { isTexts, kept } from '../state/kept.ts'
import { seat } from '../state/seat.ts'
import { slack, slackNewest } from '../state/store.ts'

/** `home`, or the id of a channel, by seat. */
const places = kept<Record<string, string>>('tab', 'slack-places', {}, isTexts)
/** The open thread, by `seat:channel`; empty where none is. */
const threads = kept<Record<string, string>>('tab', 'slack-threads', {}, isTexts)
/** What was typed and not sent, by `seat:channel:thread`. */
const drafts = kept<Record<string, string>>('tab', 'slack-drafts', {}, isTexts)
/** `ts` of the newest message that was seen, by `seat:channel`. */
const seen = kept<Record<string, string>>('browser', 'slack-seen', {}, isTexts)

export const HOME = 'home'

/** Channels this person is a member of. */
export const channels = computed<readonly SlackChannelView[]>(() =>
  slack.value.channels.filter(({ kind, members }) => kind === 'channel' && members.includes(seat.value.slackUser)),
)

/** The conversation with the bot: the app's Messages tab. */
export const direct = computed<SlackChannelView | null>(
  () =>
    slack.value.channels.find(({ kind, members }) => kind === 'direct' && members.includes(seat.value.slackUser)) ??
    null,
)

/** `home`, or the open channel's id. */
export const place = computed<string>(() => {
  const chosen = places.value[seat.value.id] ?? ''
  const isThere = chosen === HOME || chosen === direct.value?.id || channels.value.some(({ id }) => id === chosen)
  return isThere ? chosen : (channels.value[0]?.id ?? direct.value?.id ?? HOME)
})

export const channel = computed<SlackChannelView | null>(
  () => [...channels.value, ...(direct.value ? [direct.value] : [])].find(({ id }) => id === place.value) ?? null,
)

/** Of the open channel: `ts` of the thread beside it. */
export const thread = computed<string | null>(() => threads.value[`${seat.value.id}:${place.value}`] || null)

export function goTo(where: string): void {
  places.value = { ...places.value, [seat.value.id]: where }
}

export function openThread(ts: string | null): void {
  threads.value = { ...threads.value, [`${seat.value.id}:${place.value}`]: ts ?? '' }
}

function draftKey(of: string, inThread: string | null): string {
  return `${seat.value.id}:${of}:${inThread ?? ''}`
}

export function draftOf(of: string, inThread: string | null): string {
  return drafts.value[draftKey(of, inThread)] ?? ''
}

export function setDraft(of: string, inThread: string | null, text: string): void {
  const { [draftKey(of, inThread)]: _before, ...rest } = drafts.value
  drafts.value = text === '' ? rest : { ...rest, [draftKey(of, inThread)]: text }
}

export function hasDraft(of: string): boolean {
  return Object.entries(drafts.value).some(
    ([key, text]) => key.startsWith(`${seat.value.id}:${of}:`) && text.trim() !== '',
  )
}

/** What came while another channel was open. What was there when the page was first opened is not news. */
export function isUnread(of: string): boolean {
  const before = seen.value[`${seat.value.id}:${of}`]
  return before !== undefined && place.value !== of && Number(slackNewest.value[of] ?? 0) > Number(before)
}

/** Marks the open channel as seen, and gives channels that were never looked at a mark to begin with. */
export function markSeen(): void {
  const marks: Record<string, string> = {}
  for (const { id } of [...channels.value, ...(direct.value ? [direct.value] : [])]) {
    const key = `${seat.value.id}:${id}`
    const newest = slackNewest.value[id] ?? '0'
    const before = seen.peek()[key]
    if (before === undefined || (id === place.value && before !== newest)) marks[key] = newest
  }
  if (Object.keys(marks).length > 0) seen.value = { ...seen.peek(), ...marks }
}
