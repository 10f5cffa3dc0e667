// A channel: its head, its messages, a box to write in.
import type { SlackChannelView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { slack, slackMessages } from '../state/store.ts'
import { Composer } from './composer.tsx'
import { MessageList, Scroller } from './message-list.tsx'
import { openThread } from './place.ts'
import { Starters } from './starters.tsx'

export function ChannelPane({ channel }: { channel: SlackChannelView }) {
  return (
    <section class="channel-pane" aria-label={`Channel ${channel.name}`}>
      <header class="pane-head">
        <h2>
          <Icon name="hash" />
          {channel.name}
        </h2>
        <p class="topic">{channel.topic}</p>
        <span class="member-count" title="Members, the bot among them">
          {channel.members.length}
        </span>
      </header>
      <Scroller label={`Messages of ${channel.name}`}>
        <Messages channel={channel} />
      </Scroller>
      <Composer
        channel={channel.id}
        thread={null}
        label={`Message #${channel.name}`}
        working={[]}
        onPosted={(ts, isForBot) => {
          // The bot answers a mention in its thread: that is where to look next.
          if (isForBot) openThread(ts)
        }}
      />
    </section>
  )
}

function Messages({ channel }: { channel: SlackChannelView }) {
  const keys = slackMessages.keys(channel.id).value
  return (
    <>
      <div class="beginning">
        <span class="beginning-sign" aria-hidden="true">
          <Icon name="hash" />
        </span>
        <h3>This is #{channel.name}</h3>
        <p>
          {channel.topic === '' ? '' : `${channel.topic}. `}Mention <strong>@{slack.value.botName}</strong> to ask, or
          type <kbd>/</kbd> for what it can do.
        </p>
        {keys.length === 0 && <Starters channel={channel.id} name={channel.name} />}
      </div>
      <MessageList keys={keys} at="list" days />
    </>
  )
}
