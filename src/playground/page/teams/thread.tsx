// A post of a channel with its replies, and where to answer.
import { useState } from 'preact/hooks'
import type { TeamsChatView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { teamsMessages } from '../state/store.ts'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { readDraft, toPlace } from './teams-places.ts'

/** Replies that are shown of a long thread until it is opened. */
const SHOWN = 4

export function Thread({ chat, root }: { chat: TeamsChatView; root: string }) {
  const post = teamsMessages.get(root).value
  const replies = teamsMessages.keys(root).value
  const id = post?.id ?? ''
  const [isWhole, setWhole] = useState(false)
  const [isWriting, setWriting] = useState(readDraft(toPlace(chat.id, id)) !== '')
  if (!post) return null
  const shown = isWhole || replies.length <= SHOWN + 2 ? replies : replies.slice(-SHOWN)
  return (
    <section
      class="t-thread"
      aria-label={`Post with ${replies.length === 1 ? 'one reply' : `${replies.length} replies`}`}
    >
      <Message chat={chat} at={root} />
      {replies.length > shown.length && (
        <button type="button" class="t-thread-more" onClick={() => setWhole(true)}>
          Show {replies.length - shown.length} earlier replies
        </button>
      )}
      {shown.length > 0 && (
        <div class="t-thread-replies">
          {shown.map((key) => (
            <Message key={key} chat={chat} at={key} />
          ))}
        </div>
      )}
      {isWriting ? (
        <Composer chat={chat} root={id} onLeave={() => setWriting(false)} />
      ) : (
        <button type="button" class="t-thread-reply" onClick={() => setWriting(true)}>
          <Icon name="thread" /> Reply
        </button>
      )}
    </section>
  )
}
