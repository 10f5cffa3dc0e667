// On narrow screens: which one of the panes is shown.
import { type Pane, pane, panel } from '../state/layout.ts'
import { Icon, type IconName } from './icon.tsx'

const PANES: readonly { id: Pane; label: string; icon: IconName }[] = [
  { id: 'slack', label: 'Slack', icon: 'hash' },
  { id: 'teams', label: 'Teams', icon: 'chats' },
  { id: 'panel', label: 'Wire', icon: 'wire' },
]

export function PaneSwitch() {
  return (
    <nav class="pane-switch" aria-label="Panes">
      {PANES.map(({ id, label, icon }) => (
        <button
          key={id}
          type="button"
          aria-current={pane.value === id ? 'page' : undefined}
          onClick={() => {
            if (id === 'panel' && panel.value === 'none') panel.value = 'wire'
            pane.value = id
          }}
        >
          <Icon name={icon} />
          {id === 'panel' && panel.value === 'faults' ? 'Faults' : label}
        </button>
      ))}
    </nav>
  )
}
