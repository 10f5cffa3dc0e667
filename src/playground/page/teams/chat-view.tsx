// One chat or channel: its head, its messages, and where to write.
import { useState } from 'preact/hooks'
import type { TeamsChatView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { seats, teams, teamsMessages } from '../state/store.ts'
import { ChatMark } from './chat-list.tsx'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { keepDraft, nameOf, sentCount, toPlace } from './teams-places.ts'
import { Thread } from './thread.tsx'
import { toDayWords } from './times.ts'
import { useBottom } from './use-bottom.ts'

/** Newest ones that are shown at first, and at each press more. */
const STEP = 60

const WORDS = {
  personal: 'Only you and the bot',
  groupChat: 'Group chat: mention the bot',
  channel: 'Channel: mention the bot',
} as const

export function ChatView({ chat }: { chat: TeamsChatView }) {
  const keys = teamsMessages.keys(chat.id).value
  const [count, setCount] = useState(STEP)
  const shown = keys.slice(-count)
  const { box, content } = useBottom(chat.id, sentCount.value)
  const isChannel = chat.kind === 'channel'
  return (
    <section class="t-chat" aria-label={nameOf(chat)} data-kind={chat.kind}>
      <Head chat={chat} />
      <div class="t-chat-scroll" ref={box}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
        <div class="t-chat-log" ref={content} role="log" aria-label={`Messages in ${nameOf(chat)}`} tabIndex={0}>
          {keys.length > shown.length && (
            <button type="button" class="t-chat-earlier" onClick={() => setCount(count + STEP)}>
              Show earlier messages ({keys.length - shown.length})
            </button>
          )}
          {keys.length === 0 && <Nothing chat={chat} />}
          {shown.map((key, at) => (
            <Dated key={key} now={key} before={shown[at - 1]}>
              {isChannel ? <Thread chat={chat} root={key} /> : <Message chat={chat} at={key} />}
            </Dated>
          ))}
          <Typing chat={chat} />
        </div>
      </div>
      <Composer key={chat.id} chat={chat} />
    </section>
  )
}

function Head({ chat }: { chat: TeamsChatView }) {
  const names = chat.members.map((user) => seats.value.find(({ teamsUser }) => teamsUser === user)?.name ?? user)
  return (
    <header class="t-chat-head">
      <ChatMark chat={chat} />
      <div>
        <h2>{nameOf(chat)}</h2>
        <p>{chat.kind === 'personal' || names.length === 0 ? WORDS[chat.kind] : names.join(', ')}</p>
      </div>
    </header>
  )
}

/** The day, where it is another than that of the message before. */
function Dated({
  now,
  before,
  children,
}: {
  now: string
  before: string | undefined
  children: preact.ComponentChildren
}) {
  const at = teamsMessages.get(now).value?.at
  const earlier = before ? teamsMessages.get(before).value?.at : undefined
  const day = at ? toDayWords(at) : ''
  const isNew = day !== '' && (!earlier || toDayWords(earlier) !== day)
  return (
    <>
      {isNew && (
        <div class="t-chat-day">
          <span>{day}</span>
        </div>
      )}
      {children}
    </>
  )
}

/** Put into the box by a press, to be sent or changed. */
const TO_TRY = ['How do I reset my password?', 'tickets yesterday', 'help']

function Nothing({ chat }: { chat: TeamsChatView }) {
  return (
    <div class="t-chat-nothing">
      <Icon name="chats" />
      <p>
        {chat.kind === 'personal'
          ? `Ask ${teams.value.botName} something, such as:`
          : `Nobody wrote here yet. Mention ${teams.value.botName} and ask, such as:`}
      </p>
      <ul class="t-suggestions" aria-label="Things to try">
        {TO_TRY.map((text) => (
          <li key={text}>
            <button
              type="button"
              onClick={(event) => {
                keepDraft(toPlace(chat.id), text)
                event.currentTarget.closest('.t-chat')?.querySelector<HTMLElement>('.t-composer textarea')?.focus()
              }}
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Typing({ chat }: { chat: TeamsChatView }) {
  const isTyping = teams.value.typing[chat.id] === true
  return (
    <div class="t-chat-typing" role="status">
      {isTyping && (
        <>
          <span class="t-typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {teams.value.botName} is typing
        </>
      )}
    </div>
  )
}
