// Whose eyes the page looks through, kept per tab: two tabs can be two people.
import { computed } from '@preact/signals'
import type { Seat } from '../../words.ts'
import { isText, kept } from './kept.ts'
import { seats, slack, teams } from './store.ts'

/** Id of the chosen seat; the first one while it is empty or unknown. */
export const seatId = kept('tab', 'seat', '', isText)

const NOBODY: Seat = { id: '', name: 'Nobody', role: 'support', about: '', slackUser: '', teamsUser: '' }

/** The person at this page now. Deeds are done `as: seat.value.id`. */
export const seat = computed<Seat>(() => seats.value.find(({ id }) => id === seatId.value) ?? seats.value[0] ?? NOBODY)

/** A Slack user's name; the id of an unknown one. */
export function slackName(user: string): string {
  if (user === slack.value.botUser) return slack.value.botName
  return seats.value.find(({ slackUser }) => slackUser === user)?.name ?? user
}

/** A Teams user's name; `bot` is the bot. */
export function teamsName(user: string): string {
  if (user === 'bot') return teams.value.botName
  return seats.value.find(({ teamsUser }) => teamsUser === user)?.name ?? user
}
