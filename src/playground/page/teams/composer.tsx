// Where a message is written: Enter sends, Shift and Enter begins a line, and what is half written outlives a reload.
import { useId, useRef, useState } from 'preact/hooks'
import type { TeamsChatView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { teams } from '../state/store.ts'
import { completeCommand } from './complete-command.ts'
import './composer.css'
import { keepDraft, nameOf, readDraft, sentCount, toPlace } from './teams-places.ts'

interface ComposerProps {
  chat: TeamsChatView
  /** Of the thread that is answered. */
  root?: string
  onLeave?: () => void
}

export function Composer({ chat, root, onLeave }: ComposerProps) {
  const place = toPlace(chat.id, root)
  const text = readDraft(place)
  const [mention, setMention] = useState(true)
  const [isSending, setSending] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const [isShut, setShut] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const found = isShut ? [] : completeCommand(text, teams.value.commands)
  const mayMention = chat.kind !== 'personal'

  function type(next: string): void {
    const called = mayMention && /^@lakedesk\s/i.test(next)
    if (called) setMention(true)
    keepDraft(place, called ? next.replace(/^@\w+\s+/, '') : next)
    setChosen(-1)
    setShut(false)
  }

  function complete(title: string): void {
    type(`${title} `)
    field.current?.focus()
  }

  async function send(): Promise<void> {
    const words = text.trim()
    if (words === '' || isSending) return
    setSending(true)
    keepDraft(place, '')
    const where = root ? { root } : {}
    const deed = { do: 'teams-post', as: seat.peek().id, chat: chat.id, text: words, ...where } as const
    const done = await act({ ...deed, mention: mayMention && mention })
    setSending(false)
    if (!done.ok && readDraft(place) === '') keepDraft(place, text)
    if (done.ok && !root) sentCount.value += 1
    field.current?.focus()
  }

  function press(event: preact.TargetedKeyboardEvent<HTMLTextAreaElement>): void {
    const { key, shiftKey, isComposing } = event
    if (isComposing) return
    if (found.length > 0 && (key === 'ArrowDown' || key === 'ArrowUp')) {
      event.preventDefault()
      const step = key === 'ArrowDown' ? 1 : -1
      setChosen((Math.max(chosen, step === -1 ? 0 : -1) + step + found.length) % found.length)
    } else if (found.length > 0 && ((key === 'Tab' && !shiftKey) || (key === 'Enter' && chosen >= 0))) {
      event.preventDefault()
      complete(found[Math.max(0, chosen)]?.title ?? '')
    } else if (key === 'Escape') {
      if (found.length > 0) setShut(true)
      else onLeave?.()
    } else if (key === 'Enter' && !shiftKey) {
      event.preventDefault()
      void send()
    } else if (key === 'Backspace' && text === '' && mention) setMention(false)
  }

  const label = root ? 'Reply' : chat.kind === 'channel' ? `Start a post in ${nameOf(chat)}` : `Message ${nameOf(chat)}`
  return (
    <div class="t-composer" data-reply={root !== undefined}>
      {found.length > 0 && <Commands id={listId} found={found} chosen={chosen} onChoose={complete} />}
      <div class="t-composer-box">
        {mayMention && <Mention isOn={mention} onChange={setMention} />}
        <textarea
          ref={(element) => {
            const isFirst = element && field.current !== element
            field.current = element
            if (isFirst && root && onLeave) element.focus({ preventScroll: true })
          }}
          rows={1}
          value={text}
          aria-label={label}
          placeholder={label}
          aria-autocomplete="list"
          aria-controls={found.length > 0 ? listId : undefined}
          aria-activedescendant={chosen >= 0 && found.length > 0 ? `${listId}-${chosen}` : undefined}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={press}
        />
        <button
          type="button"
          class="t-send"
          aria-label="Send"
          disabled={text.trim() === '' || isSending}
          onClick={send}
        >
          <Icon name="send" />
        </button>
      </div>
      {mayMention && !mention && (
        <p class="t-composer-note">Without a mention {teams.value.botName} does not get this message.</p>
      )}
    </div>
  )
}

function Mention({ isOn, onChange }: { isOn: boolean; onChange: (isOn: boolean) => void }) {
  const name = teams.value.botName
  return (
    <button
      type="button"
      class="t-mention-chip"
      aria-pressed={isOn}
      aria-label={`Mention ${name}`}
      title={isOn ? `${name} is mentioned and gets this message` : `Mention ${name}, so that it gets this message`}
      onClick={() => onChange(!isOn)}
    >
      @{name}
    </button>
  )
}

interface CommandsProps {
  id: string
  found: readonly { title: string; description: string }[]
  chosen: number
  onChoose: (title: string) => void
}

function Commands({ id, found, chosen, onChoose }: CommandsProps) {
  return (
    <div id={id} class="t-commands" role="listbox" aria-label="Commands">
      {found.map(({ title, description }, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys of its list.
        <div
          key={title}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(title)}
        >
          <strong>{title}</strong>
          <span>{description}</span>
        </div>
      ))}
    </div>
  )
}
