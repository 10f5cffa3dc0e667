// Under a message that has replies: how many, by whom, and whether the bot is at work there.
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { seat } from '../state/seat.ts'
import { slack, slackMessages } from '../state/store.ts'
import { toClock, toDate, toDayWords } from './markup/date-words.ts'
import { openThread } from './place.ts'

/** Keys of the replies this person sees. */
export function repliesOf(channel: string, ts: string): readonly string[] {
  return slackMessages.keys(`${channel}:${ts}`).value.filter((key) => {
    const onlyTo = slackMessages.get(key).peek()?.onlyTo
    return onlyTo === undefined || onlyTo === seat.value.slackUser
  })
}

export function ThreadRow({ channel, ts }: { channel: string; ts: string }) {
  const replies = repliesOf(channel, ts)
  const status = slack.value.statuses[`${channel}:${ts}`] ?? ''
  if (replies.length === 0 && status === '') return null
  const messages = replies.map((key) => slackMessages.get(key).peek()).filter((message) => message !== null)
  const people = [...new Set(messages.map(({ bot, user }) => (bot ? 'bot' : user)))].slice(0, 4)
  const last = messages.at(-1)
  const date = last ? toDate(last.ts) : null
  const when = date ? [toDayWords(date), toClock(date)].filter((word) => word !== 'Today').join(' at ') : ''
  return (
    <button type="button" class="thread-row" onClick={() => openThread(ts)}>
      <span class="thread-people">
        {people.map((who) => (
          <Avatar key={who} who={who} size={24} />
        ))}
      </span>
      {replies.length > 0 && (
        <span class="thread-count">{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</span>
      )}
      <span class="thread-when">{status === '' ? `Last reply ${when}` : `${slack.value.botName} ${status}`}</span>
      <Icon name="chevron" />
    </button>
  )
}
