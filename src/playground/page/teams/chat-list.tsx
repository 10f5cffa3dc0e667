// The list of chats and channels of the person at the page.
import type { TeamsChatView } from '../../words.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { teams } from '../state/store.ts'
import { chats, chooseChat, isUnread, nameOf, openChat } from './teams-places.ts'

export function ChatList() {
  const direct = chats.value.filter(({ kind }) => kind !== 'channel')
  const channels = chats.value.filter(({ kind }) => kind === 'channel')
  return (
    <nav class="t-chat-list" aria-label="Chats and channels of Teams">
      <Group title="Chats" chats={direct} />
      <Group title="Team" chats={channels} />
    </nav>
  )
}

function Group({ title, chats: group }: { title: string; chats: readonly TeamsChatView[] }) {
  if (group.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {group.map((chat) => (
          <li key={chat.id}>
            <Entry chat={chat} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Entry({ chat }: { chat: TeamsChatView }) {
  const isOpen = openChat.value?.id === chat.id
  const unread = !isOpen && isUnread(chat)
  const typing = teams.value.typing[chat.id] === true
  return (
    <button
      type="button"
      class="t-chat-entry"
      aria-current={isOpen ? 'true' : undefined}
      data-unread={unread}
      onClick={() => chooseChat(chat.id)}
    >
      <ChatMark chat={chat} />
      <span class="t-chat-entry-name">{nameOf(chat)}</span>
      {typing && !isOpen && (
        <span class="t-chat-entry-typing">
          <span class="hidden-words">Lakedesk is typing</span>
        </span>
      )}
      {unread && (
        <span class="t-chat-entry-dot">
          <span class="hidden-words">New messages</span>
        </span>
      )}
    </button>
  )
}

export function ChatMark({ chat }: { chat: TeamsChatView }) {
  if (chat.kind === 'personal') return <Avatar who="bot" size={28} />
  return (
    <span class="t-chat-mark" aria-hidden="true">
      <Icon name={chat.kind === 'channel' ? 'hash' : 'chats'} />
    </span>
  )
}
