// An answer that is being written: what the bot does, the words so far, and the button that ends it.
import { useState } from 'preact/hooks'
import type { TeamsMessageView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { toHtml } from './markdown.ts'

export function Streaming({ message }: { message: TeamsMessageView }) {
  const [isStopping, setStopping] = useState(false)

  async function stop(): Promise<void> {
    setStopping(true)
    const done = await act({ do: 'teams-stop', as: seat.peek().id, chat: message.chat, id: message.id })
    if (!done.ok) setStopping(false)
  }

  return (
    <div class="t-streaming">
      {message.text === '' ? (
        <p class="t-informative" role="status">
          {message.informative || 'Working on it'}
        </p>
      ) : (
        <div class="t-prose t-prose-growing" dangerouslySetInnerHTML={{ __html: toHtml(message.text) }} />
      )}
      <button type="button" class="t-stop-button" disabled={isStopping} onClick={stop}>
        <Icon name="stop" /> {isStopping ? 'Stopping' : 'Stop'}
      </button>
    </div>
  )
}
