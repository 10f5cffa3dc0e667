// Which chats the person at the page sees, which one is open, and what was half written in each.
import { computed, signal } from '@preact/signals'
import type { TeamsChatView } from '../../words.ts'
import { isTexts, kept } from '../state/kept.ts'
import { seat } from '../state/seat.ts'
import { teams, teamsMessages } from '../state/store.ts'

/** Chats that the person at the page is in. */
export const chats = computed<readonly TeamsChatView[]>(() =>
  teams.value.chats.filter(({ members }) => members.length === 0 || members.includes(seat.value.teamsUser)),
)

const chosen = kept('tab', 'teams-chat', {}, isTexts)

/** A chat with the bot is named after it, as every one-to-one chat after the other person. */
export function nameOf({ kind, name }: TeamsChatView): string {
  return kind === 'personal' ? teams.value.botName : name
}

/** The open chat; the one with the bot at first. */
export const openChat = computed<TeamsChatView | null>(() => {
  const id = chosen.value[seat.value.id]
  return chats.value.find((chat) => chat.id === id) ?? chats.value.find(isPersonal) ?? chats.value[0] ?? null
})

const isPersonal = ({ kind }: TeamsChatView): boolean => kind === 'personal'

export function chooseChat(id: string): void {
  chosen.value = { ...chosen.peek(), [seat.peek().id]: id }
}

/** Messages that were sent from this page, for what must follow them. */
export const sentCount = signal(0)

const drafts = kept('browser', 'teams-drafts', {}, isTexts)

/** Of a chat, or of a thread in a channel, for the person at the page. */
export function toPlace(chat: string, root?: string): string {
  return root ? `${seat.peek().id}|${chat}|${root}` : `${seat.peek().id}|${chat}`
}

export function readDraft(place: string): string {
  return drafts.value[place] ?? ''
}

export function keepDraft(place: string, text: string): void {
  const { [place]: _, ...others } = drafts.peek()
  drafts.value = text === '' ? others : { ...others, [place]: text }
}

const seen = kept('browser', 'teams-seen', {}, isTexts)

/** When the newest message of a chat was written; empty where there is none. */
export function newestOf(chat: TeamsChatView): string {
  const top = teamsMessages.keys(chat.id).value
  const places = chat.kind === 'channel' ? top.map((key) => teamsMessages.keys(key).value.at(-1)) : []
  return [top.at(-1), ...places].reduce((newest: string, key) => {
    const at = key ? (teamsMessages.get(key).value?.at ?? '') : ''
    return at > newest ? at : newest
  }, '')
}

export function isUnread(chat: TeamsChatView): boolean {
  return newestOf(chat) > (seen.value[`${seat.value.id}|${chat.id}`] ?? '')
}

export function markSeen(chat: TeamsChatView): void {
  const place = `${seat.peek().id}|${chat.id}`
  const newest = newestOf(chat)
  if (newest > (seen.peek()[place] ?? '')) seen.value = { ...seen.peek(), [place]: newest }
}
