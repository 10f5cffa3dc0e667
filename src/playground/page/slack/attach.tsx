// Files by name: the playground passes on what a file is called, not what is in it.
import { useRef, useState } from 'preact/hooks'
import { Icon } from '../shell/icon.tsx'

export function AttachButton({ onAdd }: { onAdd: (name: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState('')
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    setName('')
    button.current?.focus()
  }
  const add = () => {
    if (name.trim() !== '') onAdd(name.trim())
    close()
  }
  return (
    <div class="attach">
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label="Attach a file by name"
        title="Attach a file by name"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="attach" />
      </button>
      {isOpen && (
        <div class="attach-box">
          <label>
            File name
            <input
              class="field"
              value={name}
              placeholder="invoice.pdf"
              ref={(field) => field?.focus()}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') {
                  event.preventDefault()
                  add()
                } else if (event.key === 'Escape') {
                  event.stopPropagation()
                  close()
                }
              }}
            />
          </label>
          <button type="button" class="block-button" onClick={add}>
            Add
          </button>
        </div>
      )}
    </div>
  )
}

export function Attached({ files, onDrop }: { files: readonly { name: string }[]; onDrop: (name: string) => void }) {
  if (files.length === 0) return null
  return (
    <ul class="attached" aria-label="Attached files">
      {files.map(({ name }) => (
        <li key={name}>
          <Icon name="file" />
          {name}
          <button type="button" class="icon-button" aria-label={`Take ${name} away`} onClick={() => onDrop(name)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  )
}
