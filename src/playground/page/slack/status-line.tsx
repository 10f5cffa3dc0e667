// What the bot says it is doing in a thread, under its messages.
import { Avatar } from '../shell/avatar.tsx'
import { slack } from '../state/store.ts'

export function StatusLine({ channel, thread }: { channel: string; thread: string }) {
  const status = slack.value.statuses[`${channel}:${thread}`] ?? ''
  return (
    <div class="status-line" role="status">
      {status !== '' && (
        <>
          <Avatar who="bot" size={24} />
          <span>
            <strong>{slack.value.botName}</strong> {status}
          </span>
        </>
      )}
    </div>
  )
}
