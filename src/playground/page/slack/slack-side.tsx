// The Slack workspace: sidebar, the open channel or app, the thread beside it, and modals over them.
import { useSignalEffect } from '@preact/signals'
import { announcement } from './announce.ts'
import { AppPane } from './app-pane.tsx'
import { ChannelPane } from './channel-pane.tsx'
import { TopModal } from './modal.tsx'
import { channel, direct, HOME, markSeen, place, thread } from './place.ts'
import { Sidebar } from './sidebar.tsx'
import { ThreadPane } from './thread-pane.tsx'
import './slack.css'
import './messages.css'
import './blocks.css'
import './composer.css'

export function SlackSide() {
  useSignalEffect(markSeen)
  const open = channel.value
  const hasThread = open?.kind === 'channel' && thread.value !== null
  return (
    <div class="slack" data-thread={hasThread}>
      <Sidebar />
      <div class="slack-main">
        {place.value === HOME || open?.kind !== 'channel' ? (
          <AppPane tab={place.value === HOME ? 'home' : 'messages'} channel={direct.value} />
        ) : (
          <ChannelPane key={open.id} channel={open} />
        )}
        {hasThread && open && thread.value && <ThreadPane key={thread.value} channel={open} ts={thread.value} />}
      </div>
      <TopModal />
      <p class="hidden-words" aria-live="polite">
        {announcement.value}
      </p>
    </div>
  )
}
