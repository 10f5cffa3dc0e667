// One message: who, when, what it says, and what can be done with it.
import type { TeamsChatView, TeamsMessageView } from '../../words.ts'
import { Avatar } from '../shell/avatar.tsx'
import { act } from '../state/deeds.ts'
import { seat, teamsName } from '../state/seat.ts'
import { teamsMessages } from '../state/store.ts'
import { AttachmentView } from './attachment.tsx'
import { Clock } from './clock.tsx'
import { Feedback } from './feedback.tsx'
import './message.css'
import './message-parts.css'
import { MessageMenu } from './message-menu.tsx'
import { MessageText } from './message-text.tsx'
import { asksFeedback, readAiMark, readAttachments, readSuggestions } from './read-activity.ts'
import { Streaming } from './streaming.tsx'

interface MessageProps {
  chat: TeamsChatView
  /** Key of the message. */
  at: string
}

export function Message({ chat, at }: MessageProps) {
  const message = teamsMessages.get(at).value
  if (!message) return null
  const isBot = message.from === 'bot'
  const isMine = message.from === seat.value.teamsUser
  const ai = readAiMark(message.activity)
  const isOpen = message.stream === 'open'
  return (
    <article
      class="t-message"
      data-mine={isMine}
      data-bot={isBot}
      aria-label={`${teamsName(message.from)}`}
      aria-busy={isOpen}
    >
      <Avatar who={message.from} size={28} />
      <div class="t-message-main">
        <header class="t-message-head">
          <strong>{teamsName(message.from)}</strong>
          {isBot && <span class="t-badge">App</span>}
          {ai.isGenerated && <span class="t-badge t-badge-ai">AI generated</span>}
          <Clock at={message.at} />
          {message.edited && <span class="t-message-edited">Edited</span>}
        </header>
        <div class="t-message-body">
          {isOpen ? <Streaming message={message} /> : <MessageText message={message} citations={ai.citations} />}
          {message.stream === 'stopped' && <p class="t-message-stopped">You stopped this answer.</p>}
          {readAttachments(message.activity).map((attachment, n) => (
            <AttachmentView key={n} message={message} attachment={attachment} />
          ))}
        </div>
        {!isOpen && asksFeedback(message.activity) && <Feedback message={message} />}
        <Suggestions chat={chat} message={message} />
      </div>
      {!isOpen && <MessageMenu chat={chat} message={message} />}
    </article>
  )
}

function Suggestions({ chat, message }: { chat: TeamsChatView; message: TeamsMessageView }) {
  const suggestions = readSuggestions(message.activity)
  // Teams shows them under the newest message alone.
  const isNewest = teamsMessages.keys(chat.id).value.at(-1) === `${message.chat}|${message.id}`
  if (suggestions.length === 0 || !isNewest) return null
  const root = message.root ? { root: message.root } : {}
  return (
    <div class="t-suggestions">
      {suggestions.map(({ title, value }) => (
        <button
          key={title}
          type="button"
          onClick={() =>
            act({
              do: 'teams-post',
              as: seat.value.id,
              chat: chat.id,
              text: value,
              ...root,
              mention: chat.kind !== 'personal',
            })
          }
        >
          {title}
        </button>
      ))}
    </div>
  )
}
