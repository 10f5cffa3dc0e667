// Where the bot is at work now: threads with a status, or with a message that still grows.
import type { SlackMessageView } from '../../words.ts'
import { slack, slackMessages } from '../state/store.ts'

function grows(key: string | undefined): SlackMessageView | null {
  const message = key === undefined ? null : slackMessages.get(key).value
  return message?.stream === 'in_progress' ? message : null
}

/** True where the bot can be stopped in this thread. */
export function isWorking(channel: string, thread: string): boolean {
  if ((slack.value.statuses[`${channel}:${thread}`] ?? '') !== '') return true
  // What grows is among the newest; a look at each of many would be made at every word.
  return slackMessages
    .keys(`${channel}:${thread}`)
    .value.slice(-3)
    .some((key) => grows(key) !== null)
}
