// The list of what can be completed, and the usage of a command that is typed already.
import { useEffect, useRef } from 'preact/hooks'
import { type Command, type Completion, readCommand } from './completion.ts'

interface ListProps {
  id: string
  items: Completion['items']
  picked: number
  onPick: (index: number) => void
}

/** The focus stays in the text; the list says which entry is picked. */
export function CompletionList({ id, items, picked, onPick }: ListProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.children[picked]?.scrollIntoView({ block: 'nearest' })
  }, [picked])
  return (
    <div id={id} ref={list} class="completion" role="listbox" aria-label="Suggestions" tabIndex={-1}>
      {items.map(({ id: item, label, about, hint }, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled where the focus is, in the text.
        <div
          key={item}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === picked}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(at)}
        >
          <span class="completion-name">
            {label} {hint !== '' && <span class="completion-hint">{hint}</span>}
          </span>
          <span class="completion-about">{about}</span>
        </div>
      ))}
    </div>
  )
}

export function UsageHint({ text, commands }: { text: string; commands: readonly Command[] }) {
  const typed = readCommand(text)
  const known = typed && commands.find(({ command }) => command === typed.command)
  if (!known) return null
  return (
    <p class="usage" role="status">
      <strong>{known.command}</strong> <span class="completion-hint">{known.usageHint}</span> {known.description}
    </p>
  )
}
