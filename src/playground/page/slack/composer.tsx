// The box to write in: drafts that stay, commands and names completed, files by name, Stop while the bot works.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { seats, slack } from '../state/store.ts'
import { AttachButton, Attached } from './attach.tsx'
import { applyCompletion, completeAt, type Mentionable, mentions, readCommand } from './completion.ts'
import { CompletionList, UsageHint } from './completion-list.tsx'
import { draftOf, setDraft } from './place.ts'

interface ComposerProps {
  channel: string
  thread: string | null
  /** What the box is for, such as `Message #support`. */
  label: string
  /** Threads of this place in which the bot is working now: they can be stopped. */
  working: readonly string[]
  /** Called with the `ts` of what was posted, and whether the bot is named in it. */
  onPosted?: (ts: string, isForBot: boolean) => void
}

function mentionables(): readonly Mentionable[] {
  const { botUser, botName } = slack.value
  const people = seats.value.map(({ slackUser, name, role }) => ({ id: slackUser, name, about: role }))
  return [{ id: botUser, name: botName, about: 'app' }, ...people]
}

/** Null when it went; else what to show beside the text, which is kept: nothing where a toast says it already. */
async function send(props: ComposerProps, text: string, files: readonly { name: string }[]): Promise<string | null> {
  const { channel, thread, onPosted } = props
  const typed = readCommand(text)
  if (typed && files.length === 0) {
    const isKnown = slack.value.commands.some(({ command }) => command === typed.command)
    if (!isKnown) return `${typed.command} is not a command of this workspace. Type / to see them all.`
    if (thread !== null) return `${typed.command} cannot be used in a thread: Slack takes commands in channels alone.`
    const done = await act({ do: 'slack-command', as: seat.value.id, channel, ...typed })
    return done.ok ? null : ''
  }
  const done = await act({
    do: 'slack-post',
    as: seat.value.id,
    channel,
    text: text.trim(),
    ...(thread === null ? {} : { thread }),
    ...(files.length > 0 ? { files } : {}),
  })
  if (!done.ok) return ''
  if (typeof done.ts === 'string') onPosted?.(done.ts, mentions(text, slack.value.botName))
  return null
}

export function Composer(props: ComposerProps) {
  const { channel, thread, label, working } = props
  const box = useRef<HTMLTextAreaElement>(null)
  const [caret, setCaret] = useState(0)
  const [picked, setPicked] = useState(0)
  const [isClosed, setClosed] = useState(false)
  const [files, setFiles] = useState<readonly { name: string }[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const text = draftOf(channel, thread)
  const listId = `completion-${channel}-${thread ?? 'top'}`.replace(/[^\w-]/g, '-')

  const completion = useMemo(
    () => (isClosed ? null : completeAt(text, caret, thread === null ? slack.value.commands : [], mentionables())),
    [text, caret, thread, isClosed],
  )
  const items = completion?.items ?? []
  const at = Math.min(picked, Math.max(items.length - 1, 0))

  // As tall as its text, up to the limit of the style sheet.
  useEffect(() => {
    const area = box.current
    if (!area) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight}px`
  }, [text])

  function type(value: string) {
    setDraft(channel, thread, value)
    setClosed(false)
    setPicked(0)
    setFault(null)
  }

  function choose(index: number) {
    const item = items[index]
    if (!completion || !item) return
    const next = applyCompletion(text, completion, item.insert)
    type(next.text)
    setCaret(next.caret)
    requestAnimationFrame(() => {
      box.current?.focus()
      box.current?.setSelectionRange(next.caret, next.caret)
    })
  }

  async function submit() {
    if (text.trim() === '' && files.length === 0) return
    const sent = { text, files }
    type('')
    setFiles([])
    const why = await send(props, sent.text, sent.files)
    if (why === null) return
    // Given back, before anything that was typed since.
    const since = draftOf(channel, thread)
    setDraft(channel, thread, since === '' ? sent.text : `${sent.text}\n${since}`)
    setFiles((now) => [...sent.files, ...now])
    setFault(why || null)
  }

  function onKeyDown(event: KeyboardEvent) {
    // While an input method composes a word, its keys are its own.
    if (event.isComposing) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (items.length > 0 && step !== 0) {
      event.preventDefault()
      setPicked((at + step + items.length) % items.length)
    } else if (items.length > 0 && event.key === 'Tab' && !event.shiftKey) {
      event.preventDefault()
      choose(at)
    } else if (items.length > 0 && event.key === 'Escape') {
      event.stopPropagation()
      setClosed(true)
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      // A command that is typed in full is sent; a part of one, or of a name, is completed first.
      const isWhole = completion?.kind === 'command' && items.some(({ id }) => id === text.trim())
      if (items.length > 0 && !isWhole) choose(at)
      else submit()
    }
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {items.length > 0 && <CompletionList id={listId} items={items} picked={at} onPick={choose} />}
      {items.length === 0 && <UsageHint text={text} commands={slack.value.commands} />}
      {fault !== null && (
        <p class="composer-fault" role="alert">
          <Icon name="warning" /> {fault}
        </p>
      )}
      <div class="composer-box">
        <textarea
          ref={box}
          rows={1}
          value={text}
          placeholder={label}
          aria-label={label}
          aria-controls={items.length > 0 ? listId : undefined}
          aria-autocomplete="list"
          aria-activedescendant={items.length > 0 ? `${listId}-${at}` : undefined}
          onInput={({ currentTarget }) => {
            setCaret(currentTarget.selectionStart)
            type(currentTarget.value)
          }}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <Attached files={files} onDrop={(name) => setFiles(files.filter((file) => file.name !== name))} />
        <div class="composer-tools">
          <AttachButton onAdd={(name) => setFiles([...files.filter((file) => file.name !== name), { name }])} />
          <button
            type="button"
            class="icon-button"
            aria-label={`Mention ${slack.value.botName}`}
            title={`Mention ${slack.value.botName}`}
            onClick={() => {
              type(`${text}${text === '' || /\s$/.test(text) ? '' : ' '}@${slack.value.botName} `)
              box.current?.focus()
            }}
          >
            <Icon name="at" />
          </button>
          <span class="composer-gap" />
          {working.map((ts) => (
            <StopButton key={ts} channel={channel} thread={ts} />
          ))}
          <button type="submit" class="send" aria-label="Send" disabled={text.trim() === '' && files.length === 0}>
            <Icon name="send" />
          </button>
        </div>
      </div>
    </form>
  )
}

export function StopButton({ channel, thread }: { channel: string; thread: string }) {
  return (
    <button type="button" class="stop" onClick={() => act({ do: 'slack-stop', as: seat.value.id, channel, thread })}>
      <Icon name="stop" /> Stop
    </button>
  )
}
