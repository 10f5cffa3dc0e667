// A person's initials, or the bot's sign, on a colour of its own.
import { seats, slack } from '../state/store.ts'

/** `who` is a seat's id, a Slack user or a Teams user; everybody keeps one colour on both sides. */
export function Avatar({ who, size = 36 }: { who: string; size?: 20 | 24 | 28 | 36 | 56 }) {
  const isBot = who === 'bot' || who === slack.value.botUser
  const person = seats.value.find(({ id, slackUser, teamsUser }) => [id, slackUser, teamsUser].includes(who))
  const name = person?.name ?? who
  const tone = isBot ? 'bot' : (person?.role ?? 'other')
  return (
    <span class={`avatar avatar-${size} tone-${tone}`} aria-hidden="true">
      {isBot ? <BotMark /> : initials(name)}
    </span>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const [first = '?', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : [words[0], '']
  return `${first.charAt(0)}${last.charAt(0)}`.toUpperCase()
}

function BotMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <title>Lakedesk</title>
      <path d="M7 12c3-2.6 6-2.6 9 0s6 2.6 9 0M7 17c3-2.6 6-2.6 9 0s6 2.6 9 0M7 22c3-2.6 6-2.6 9 0s6 2.6 9 0" />
    </svg>
  )
}
