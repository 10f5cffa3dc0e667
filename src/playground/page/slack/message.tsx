// One message: who, when, its words or blocks, its files, and what can be done with it.
import { memo } from 'preact/compat'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { SlackMessageView } from '../../words.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat, slackName } from '../state/seat.ts'
import { slack, slackMessages } from '../state/store.ts'
import { announce } from './announce.ts'
import { Blocks } from './blocks/block.tsx'
import { Boundary } from './blocks/boundary.tsx'
import { asRecords } from './blocks/read-json.ts'
import { createSurface, SurfaceContext } from './blocks/surface.ts'
import { toClock, toDate, toWhole } from './markup/date-words.ts'
import { Markdown } from './markup/markdown-view.tsx'
import { Mrkdwn } from './markup/mrkdwn-view.tsx'
import { Menu } from './menu.tsx'
import { MessageFiles } from './message-files.tsx'
import { openThread } from './place.ts'
import { useSmoothText } from './smooth-text.ts'
import { ThreadRow } from './thread-row.tsx'

interface MessageProps {
  id: string
  /** True under a message of the same person a moment before. */
  follows: boolean
  /** `list`: replies are one click away. `thread`: it stands in its thread. `agent`: the replies stand below it. */
  at: 'list' | 'thread' | 'agent'
  /** The one tab stop of the list. */
  isStop: boolean
}

/** Messages that were here when the page came are not read aloud. */
const openedAt = Date.now() / 1_000

export const Message = memo(function Message(props: MessageProps) {
  const message = slackMessages.get(props.id).value
  return message ? <Shown {...props} message={message} /> : null
})

function useAnnouncement({ ts, user, text, stream, bot }: SlackMessageView): void {
  const before = useRef<SlackMessageView['stream'] | 'none'>('none')
  useEffect(() => {
    const isMine = user === seat.peek().slackUser
    const isNew = before.current === 'none' && Number(ts) > openedAt && !isMine
    const hasEnded = before.current === 'in_progress'
    if (stream !== 'in_progress' && (isNew || hasEnded)) announce(bot ? slack.peek().botName : slackName(user), text)
    before.current = stream
  }, [stream, ts, user, text, bot])
}

function Shown({ message, follows, at, isStop }: MessageProps & { message: SlackMessageView }) {
  const { user, bot, ts, edited, onlyTo, stream } = message
  const name = bot ? slack.value.botName : slackName(user)
  const date = toDate(ts)
  useAnnouncement(message)
  return (
    <article
      class="message"
      data-follows={follows && onlyTo === undefined}
      data-only={onlyTo !== undefined}
      data-stream={stream ?? 'none'}
      data-edited={edited && stream === undefined && message.blocks.length === 0}
      data-entry
      aria-label={`${name}, ${toClock(date)}`}
      tabIndex={isStop ? 0 : -1}
    >
      <div class="message-side">
        {follows && onlyTo === undefined ? (
          <time title={toWhole(date)}>{toClock(date)}</time>
        ) : (
          <Avatar who={bot ? 'bot' : user} />
        )}
      </div>
      <div class="message-main">
        {onlyTo !== undefined && (
          <p class="only-you">
            <Icon name="eye" /> Only visible to you
          </p>
        )}
        {(!follows || onlyTo !== undefined) && (
          <p class="message-head">
            <strong>{name}</strong>
            {bot && <span class="badge">App</span>}
            <time title={toWhole(date)}>{toClock(date)}</time>
          </p>
        )}
        <Boundary what="message">
          <Body message={message} />
        </Boundary>
        {edited && stream === undefined && <span class="edited"> (edited)</span>}
        <MessageFiles files={message.files} />
        {at === 'list' && <ThreadRow channel={message.channel} ts={ts} />}
      </div>
      <MessageTools message={message} canReply={at === 'list'} />
    </article>
  )
}

function Body({ message }: { message: SlackMessageView }) {
  const { channel, ts, text, markdown, stream } = message
  // What is no block at all must not take the others with it.
  const blocks = asRecords(message.blocks)
  const held = useRef(blocks)
  held.current = blocks
  const surface = useMemo(() => createSurface({ kind: 'message', channel, ts }, () => held.current), [channel, ts])
  const isGrowing = stream === 'in_progress'
  const shown = useSmoothText(text, isGrowing)
  // Blocks say what `text` says, except of a stream, where they stand under it.
  const hasWords = text !== '' && (markdown || blocks.length === 0)
  return (
    <SurfaceContext.Provider value={surface}>
      {hasWords && (
        <div class="body" data-growing={isGrowing} aria-busy={isGrowing}>
          {markdown ? <Markdown text={shown} /> : <Mrkdwn text={shown} />}
        </div>
      )}
      {isGrowing && text === '' && (
        <p class="dots" aria-hidden="true">
          <span />
          <span />
          <span />
        </p>
      )}
      {blocks.length > 0 && <Blocks blocks={blocks} />}
      {stream === 'errored' && (
        <p class="broken">
          <Icon name="warning" /> This message ended early.
        </p>
      )}
    </SurfaceContext.Provider>
  )
}

function MessageTools({
  message: { channel, ts, thread },
  canReply,
}: {
  message: SlackMessageView
  canReply: boolean
}) {
  const items = slack.value.shortcuts.map(({ callbackId, name, description }) => ({
    id: callbackId,
    label: name,
    about: description,
  }))
  return (
    <div class="message-tools">
      {canReply && (
        <button
          type="button"
          class="icon-button"
          aria-label="Reply in thread"
          title="Reply in thread"
          onClick={() => openThread(thread ?? ts)}
        >
          <Icon name="thread" />
        </button>
      )}
      {items.length > 0 && (
        <Menu
          label="More actions"
          items={items}
          onPick={(callbackId) => act({ do: 'slack-shortcut', as: seat.value.id, callbackId, channel, ts })}
        />
      )}
    </div>
  )
}
