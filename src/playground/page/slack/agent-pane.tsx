// The app's Messages tab: each question opens a conversation with a title, its answers stand right below it.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SlackChannelView } from '../../words.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { act, tryAct } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { slack, slackMessages } from '../state/store.ts'
import { Composer } from './composer.tsx'
import { isMine, MessageList, Scroller } from './message-list.tsx'
import { openThread, thread } from './place.ts'
import { StatusLine } from './status-line.tsx'
import { repliesOf } from './thread-row.tsx'
import { isWorking } from './working.ts'

/** Conversations drawn at first; older ones on demand. */
const PAGE = 20
const most = signal(PAGE)

function rootsOf(channel: string): readonly string[] {
  return slackMessages.keys(channel).value.filter((key) => {
    const message = slackMessages.get(key).peek()
    return message !== null && isMine(message)
  })
}

function tsOf(key: string): string {
  return key.slice(key.indexOf(':') + 1)
}

export function AgentPane({ channel }: { channel: SlackChannelView }) {
  useEffect(() => {
    tryAct({ do: 'slack-open', as: seat.peek().id, tab: 'messages' })
  }, [])
  const roots = rootsOf(channel.id)
  const open = thread.value !== null && roots.includes(`${channel.id}:${thread.value}`) ? thread.value : null
  const title = open === null ? '' : (slack.value.titles[`${channel.id}:${open}`] ?? 'this conversation')
  return (
    <>
      <Scroller label={`Conversations with ${slack.value.botName}`}>
        <Greeting isAlone={roots.length === 0} />
        {roots.length > most.value && (
          <button type="button" class="earlier" onClick={() => (most.value += PAGE)}>
            Show earlier conversations
          </button>
        )}
        {roots.slice(-most.value).map((key) => (
          <Conversation key={key} channel={channel.id} ts={tsOf(key)} />
        ))}
        {roots.length > 0 && open === null && <Prompts channel={channel.id} />}
      </Scroller>
      <div class="agent-foot">
        {open !== null && (
          <p class="continues">
            <span>
              Continues <strong>{title}</strong>
            </span>
            <button type="button" class="link-button" onClick={() => openThread(null)}>
              <Icon name="plus" /> New conversation
            </button>
          </p>
        )}
        <AgentComposer channel={channel.id} open={open} roots={roots} />
      </div>
    </>
  )
}

function AgentComposer({ channel, open, roots }: { channel: string; open: string | null; roots: readonly string[] }) {
  const working = roots
    .slice(-5)
    .map(tsOf)
    .filter((ts) => isWorking(channel, ts))
  return (
    <Composer
      channel={channel}
      thread={open}
      label={open === null ? `Ask ${slack.value.botName}` : 'Ask on'}
      working={working}
      onPosted={(ts) => {
        if (open === null) openThread(ts)
      }}
    />
  )
}

/** One question and what came of it. A conversation that the app began has no title of its own. */
function Conversation({ channel, ts }: { channel: string; ts: string }) {
  const title = slack.value.titles[`${channel}:${ts}`]
  const replies = repliesOf(channel, ts)
  const isOpen = thread.value === ts
  return (
    <section class="conversation" aria-label={title ?? 'Conversation'} data-open={isOpen}>
      {title !== undefined && (
        <h3 class="day day-left">
          <span>{title}</span>
        </h3>
      )}
      <MessageList keys={[`${channel}:${ts}`, ...replies]} at="agent" />
      <StatusLine channel={channel} thread={ts} />
      {!isOpen && replies.length > 0 && (
        <button
          type="button"
          class="link-button conversation-on"
          onClick={(event) => {
            openThread(ts)
            event.currentTarget.closest('.app-pane')?.querySelector<HTMLElement>('.composer textarea')?.focus()
          }}
        >
          <Icon name="thread" /> Continue this conversation
        </button>
      )}
    </section>
  )
}

function Greeting({ isAlone }: { isAlone: boolean }) {
  const direct = slack.value.channels.find(
    ({ kind, members }) => kind === 'direct' && members.includes(seat.value.slackUser),
  )
  return (
    <div class="greeting">
      <Avatar who="bot" size={56} />
      <h3>{slack.value.botName}</h3>
      <p>Ask about the documentation. Every answer cites the passages it rests on.</p>
      {isAlone && direct && <Prompts channel={direct.id} />}
    </div>
  )
}

/** Posted as if it had been typed. */
function Prompts({ channel }: { channel: string }) {
  const prompts = slack.value.prompts[channel] ?? []
  if (prompts.length === 0) return null
  return (
    <ul class="prompts" aria-label="Suggested questions">
      {prompts.map(({ title, message }) => (
        <li key={title}>
          <button
            type="button"
            onClick={async () => {
              const done = await act({ do: 'slack-post', as: seat.value.id, channel, text: message })
              if (done.ok && typeof done.ts === 'string') openThread(done.ts)
            }}
          >
            <strong>{title}</strong>
            <span>{message}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
