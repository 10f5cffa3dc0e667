// The menu of a message: the message extensions of the app, and a copy of its words.
import { useId, useRef, useState } from 'preact/hooks'
import type { TeamsChatView, TeamsMessageView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { teams } from '../state/store.ts'
import { showToast } from '../state/toasts.ts'

interface MenuProps {
  chat: TeamsChatView
  message: TeamsMessageView
}

export function MessageMenu({ message }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const id = useId()

  function close(): void {
    setOpen(false)
    opener.current?.focus()
  }

  return (
    <div
      class="t-message-menu"
      data-open={isOpen}
      onFocusOut={({ relatedTarget, currentTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOpen(false)
      }}
    >
      <button
        ref={opener}
        type="button"
        class="icon-button"
        aria-label="More options"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen && <Entries id={id} message={message} onClose={close} />}
    </div>
  )
}

function Entries({ id, message, onClose }: { id: string; message: TeamsMessageView; onClose: () => void }) {
  async function copy(): Promise<void> {
    onClose()
    try {
      await navigator.clipboard.writeText(message.text)
      showToast('Copied.', 'note')
    } catch {
      showToast('The browser does not let this page copy.')
    }
  }

  function extend(commandId: string): void {
    onClose()
    void act({ do: 'teams-extension', as: seat.peek().id, commandId, chat: message.chat, id: message.id })
  }

  return (
    <div
      id={id}
      class="t-menu"
      role="menu"
      tabIndex={-1}
      ref={(menu) => menu?.querySelector<HTMLElement>('[role=menuitem]')?.focus()}
      onKeyDown={(event) => moveInMenu(event, onClose)}
    >
      {teams.value.extensions.map(({ commandId, title, description }) => (
        <button key={commandId} type="button" role="menuitem" tabIndex={-1} onClick={() => extend(commandId)}>
          <span>{title}</span>
          <small>{description}</small>
        </button>
      ))}
      {message.text !== '' && (
        <button type="button" role="menuitem" tabIndex={-1} onClick={copy}>
          Copy text
        </button>
      )}
    </div>
  )
}

function moveInMenu(event: preact.TargetedKeyboardEvent<HTMLElement>, onClose: () => void): void {
  if (event.key === 'Escape') {
    onClose()
    return
  }
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')]
  const at = items.findIndex((item) => item.matches(':focus'))
  items[(at + step + items.length) % items.length]?.focus()
}
