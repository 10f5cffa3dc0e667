// The workspace's sidebar: channels, and the app; what is unread stands out.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { seat } from '../state/seat.ts'
import { slack } from '../state/store.ts'
import { moveFocus } from './move-focus.ts'
import { channels, direct, goTo, HOME, hasDraft, isUnread, openThread, place } from './place.ts'

interface EntryProps {
  id: string
  label: string
  sign: ComponentChildren
  onGo: () => void
}

function Entry({ id, label, sign, onGo }: EntryProps) {
  // The app has two tabs, and one entry.
  const isHere = place.value === id || (place.value === HOME && id === direct.value?.id)
  const isNew = isUnread(id)
  return (
    <li>
      <button
        type="button"
        class="entry"
        data-entry
        data-new={isNew}
        tabIndex={isHere ? 0 : -1}
        aria-current={isHere ? 'page' : undefined}
        onClick={() => {
          // Chosen once more, a channel comes out from under its thread.
          if (isHere) openThread(null)
          goTo(id)
          onGo()
        }}
      >
        <span class="entry-sign" aria-hidden="true">
          {sign}
        </span>
        <span class="entry-name">{label}</span>
        {hasDraft(id) && !isHere && <span class="entry-draft">Draft</span>}
        {isNew && <span class="entry-new">New</span>}
      </button>
    </li>
  )
}

export function Sidebar() {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <nav class="sidebar" aria-label="Channels and apps" data-open={isOpen}>
      <header class="workspace">
        <span class="workspace-sign" aria-hidden="true">
          {slack.value.team.charAt(0).toUpperCase()}
        </span>
        <h2>{slack.value.team}</h2>
        <button
          type="button"
          class="icon-button sidebar-toggle"
          aria-label="Channels"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="chevron" flip={isOpen} />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the entries inside. */}
      <div class="sidebar-lists" onKeyDown={(event) => moveFocus(event, '[data-entry]')}>
        <h3>Channels</h3>
        <ul>
          {channels.value.map(({ id, name }) => (
            <Entry key={id} id={id} label={name} sign={<Icon name="hash" />} onGo={close} />
          ))}
        </ul>
        <h3>Apps</h3>
        <ul>
          {direct.value && (
            <Entry
              id={direct.value.id}
              label={slack.value.botName}
              sign={<Avatar who="bot" size={20} />}
              onGo={close}
            />
          )}
        </ul>
      </div>
      <footer class="me">
        <Avatar who={seat.value.id} size={28} />
        <span class="me-words">
          <strong>{seat.value.name}</strong>
          <small>{seat.value.role}</small>
        </span>
      </footer>
    </nav>
  )
}
