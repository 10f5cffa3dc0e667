// A button that opens a short menu; arrows move in it, Esc closes it and gives the focus back.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from '../shell/icon.tsx'
import { moveFocus } from './move-focus.ts'

export interface MenuItem {
  id: string
  label: string
  about?: string
}

interface MenuProps {
  label: string
  items: readonly MenuItem[]
  onPick: (id: string) => void
  icon?: IconName
}

export function Menu({ label, items, onPick, icon = 'more' }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    const element = list.current
    const frame = element?.closest('.scroll, .dialog-body, .home')
    if (!element || !frame) return
    // Upwards where it would end outside what can be seen.
    element.dataset.up = String(element.getBoundingClientRect().bottom > frame.getBoundingClientRect().bottom)
  }, [isOpen])

  useEffect(() => {
    if (!isOpen) return
    root.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus()
    const away = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [isOpen])

  function close() {
    setOpen(false)
    button.current?.focus()
  }

  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={icon} />
      </button>
      {isOpen && (
        <div
          ref={list}
          class="menu-list"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={(event) => {
            if (event.key === 'Escape' || event.key === 'Tab') {
              if (event.key === 'Escape') event.stopPropagation()
              close()
            } else moveFocus(event, '[role="menuitem"]')
          }}
        >
          {items.map(({ id, label: words, about }) => (
            <button
              key={id}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close()
                onPick(id)
              }}
            >
              {words}
              {about ? <small>{about}</small> : null}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
