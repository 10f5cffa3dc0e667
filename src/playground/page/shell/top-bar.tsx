// The bar over everything: the product, whose eyes the page looks through, the bot's state, panels, theme.
import { panel, togglePanel } from '../state/layout.ts'
import { bot, connection, isLoaded } from '../state/store.ts'
import { Icon } from './icon.tsx'
import { SeatSwitch } from './seat-switch.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function TopBar() {
  return (
    <header class="top-bar">
      <div class="brand">
        <span class="brand-mark" aria-hidden="true">
          <Icon name="waves" />
        </span>
        <h1>
          Lakedesk <small>playground</small>
        </h1>
      </div>
      {isLoaded.value && <SeatSwitch />}
      <div class="top-tools">
        <BotState />
        <PanelButton which="wire" label="Wire" />
        <PanelButton which="faults" label="Faults" />
        <ThemeSwitch />
      </div>
    </header>
  )
}

const BOT_WORDS = { preparing: 'Preparing', starting: 'Starting', ready: 'Ready', stopped: 'Stopped' } as const

function BotState() {
  const { state, note } = bot.value
  const isAway = connection.value !== 'live'
  const words = isAway ? (connection.value === 'connecting' ? 'Connecting' : 'Reconnecting') : BOT_WORDS[state]
  const detail = isAway ? 'The playground does not answer; what you type is kept.' : note
  return (
    <span class="bot-state" data-state={isAway ? 'away' : state} role="status" title={detail}>
      <span class="dot" aria-hidden="true" />
      <span class="bot-state-words">{words}</span>
      {!isAway && state !== 'ready' && note !== '' && <span class="bot-state-note">{note}</span>}
    </span>
  )
}

function PanelButton({ which, label }: { which: 'wire' | 'faults'; label: string }) {
  const isOpen = panel.value === which
  return (
    <button
      type="button"
      class="tool-button"
      aria-expanded={isOpen}
      aria-controls={isOpen ? 'side-panel' : undefined}
      aria-label={which === 'wire' ? 'Wire and steps' : 'Faults'}
      onClick={() => togglePanel(which)}
    >
      <Icon name={which === 'wire' ? 'wire' : 'bolt'} />
      <span class="tool-label">{label}</span>
    </button>
  )
}
