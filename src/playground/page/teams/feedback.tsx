// Thumbs under an answer, and the dialog that asks why.
import { useId, useRef, useState } from 'preact/hooks'
import type { TeamsMessageView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'

type Reaction = 'like' | 'dislike'

const TITLES = { like: 'What did you like?', dislike: 'What could be better?' } as const

export function Feedback({ message }: { message: TeamsMessageView }) {
  const [given, setGiven] = useState<Reaction | null>(null)
  const [asked, setAsked] = useState<Reaction>('like')
  const dialog = useRef<HTMLDialogElement>(null)

  function ask(reaction: Reaction): void {
    setAsked(reaction)
    dialog.current?.showModal()
  }

  async function send(text: string): Promise<void> {
    dialog.current?.close()
    const where = { chat: message.chat, id: message.id }
    const done = await act({ do: 'teams-feedback', as: seat.peek().id, ...where, reaction: asked, text })
    if (done.ok) setGiven(asked)
  }

  return (
    <div class="t-feedback">
      {(['like', 'dislike'] as const).map((reaction) => (
        <button
          key={reaction}
          type="button"
          class="icon-button"
          aria-label={reaction === 'like' ? 'Like this answer' : 'Dislike this answer'}
          aria-pressed={given === reaction}
          onClick={() => ask(reaction)}
        >
          <Icon name="thumb" flip={reaction === 'dislike'} />
        </button>
      ))}
      <span role="status" class="t-feedback-note">
        {given ? 'Thank you for your feedback.' : ''}
      </span>
      <WhyDialog dialog={dialog} title={TITLES[asked]} onSend={send} />
    </div>
  )
}

interface WhyProps {
  dialog: { current: HTMLDialogElement | null }
  title: string
  onSend: (text: string) => void
}

function WhyDialog({ dialog, title, onSend }: WhyProps) {
  const [text, setText] = useState('')
  const id = useId()
  return (
    <dialog ref={dialog} class="t-why" aria-labelledby={id}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onSend(text.trim())
          setText('')
        }}
      >
        <h3 id={id}>{title}</h3>
        <label>
          Your words go to the people who look after Lakedesk.
          <textarea rows={4} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <div class="t-why-actions">
          <button type="button" class="t-button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="t-button t-button-main">
            Submit
          </button>
        </div>
      </form>
    </dialog>
  )
}
