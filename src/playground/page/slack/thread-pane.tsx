// The pane of one thread: its first message, the replies, what the bot is doing, a box to answer in.
import { useEffect, useRef } from 'preact/hooks'
import type { SlackChannelView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { slackMessages } from '../state/store.ts'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { MessageList, Scroller } from './message-list.tsx'
import { openThread } from './place.ts'
import { StatusLine } from './status-line.tsx'
import { repliesOf } from './thread-row.tsx'
import { isWorking } from './working.ts'

export function ThreadPane({ channel, ts }: { channel: SlackChannelView; ts: string }) {
  const pane = useRef<HTMLElement>(null)
  useEffect(() => {
    const before = document.activeElement
    pane.current?.querySelector<HTMLElement>('.composer textarea')?.focus({ preventScroll: true })
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <section
      ref={pane}
      class="thread-pane"
      aria-label="Thread"
      onKeyDown={(event) => {
        // A question over the thread is closed alone.
        const isOver = event.target instanceof Element && event.target.closest('dialog') !== null
        if (event.key === 'Escape' && !isOver) openThread(null)
      }}
    >
      <header class="pane-head">
        <button
          type="button"
          class="icon-button thread-back"
          aria-label="Back to the channel"
          onClick={() => openThread(null)}
        >
          <Icon name="back" />
        </button>
        <h2>
          Thread <small>#{channel.name}</small>
        </h2>
        <button type="button" class="icon-button" aria-label="Close the thread" onClick={() => openThread(null)}>
          <Icon name="close" />
        </button>
      </header>
      <Scroller label="Messages of the thread">
        <Thread channel={channel.id} ts={ts} />
      </Scroller>
      <ThreadComposer channel={channel.id} ts={ts} />
    </section>
  )
}

function Thread({ channel, ts }: { channel: string; ts: string }) {
  const root = slackMessages.get(`${channel}:${ts}`).value
  const replies = repliesOf(channel, ts)
  return (
    <>
      {root ? (
        <Message id={`${channel}:${ts}`} at="thread" follows={false} isStop={replies.length === 0} />
      ) : (
        <p class="gone">The first message of this thread is gone.</p>
      )}
      {replies.length > 0 && (
        <h3 class="day day-left">
          <span>{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</span>
        </h3>
      )}
      <MessageList keys={replies} at="thread" />
      <StatusLine channel={channel} thread={ts} />
    </>
  )
}

function ThreadComposer({ channel, ts }: { channel: string; ts: string }) {
  return <Composer channel={channel} thread={ts} label="Reply" working={isWorking(channel, ts) ? [ts] : []} />
}
