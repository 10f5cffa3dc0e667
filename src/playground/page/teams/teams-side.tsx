// The Teams client: the list of chats beside the one that is open.
import { useEffect } from 'preact/hooks'
import { ChatList } from './chat-list.tsx'
import { ChatView } from './chat-view.tsx'
import './teams.css'
import { markSeen, newestOf, openChat } from './teams-places.ts'

export function TeamsSide() {
  const chat = openChat.value
  const newest = chat ? newestOf(chat) : ''
  // What stands before the person's eyes is read.
  useEffect(() => {
    if (chat && newest !== '') markSeen(chat)
  }, [chat, newest])
  return (
    <div class="t-teams">
      <div class="t-frame">
        <ChatList />
        {chat ? (
          <ChatView key={chat.id} chat={chat} />
        ) : (
          <p class="t-teams-nothing">This person is in no chat of Teams.</p>
        )}
      </div>
    </div>
  )
}
