// The app in the workspace: its Home tab and its Messages tab.
import type { SlackChannelView } from '../../words.ts'
import { Avatar } from '../shell/avatar.tsx'
import { slack } from '../state/store.ts'
import { AgentPane } from './agent-pane.tsx'
import { HomeTab } from './home-tab.tsx'
import { goTo, HOME } from './place.ts'

const TABS = [
  { id: 'messages', label: 'Messages' },
  { id: 'home', label: 'Home' },
] as const

export function AppPane({ tab, channel }: { tab: 'home' | 'messages'; channel: SlackChannelView | null }) {
  return (
    <section class="app-pane" aria-label={`App ${slack.value.botName}`}>
      <header class="pane-head">
        <h2>
          <Avatar who="bot" size={28} />
          {slack.value.botName} <span class="badge">App</span>
        </h2>
        <div class="tabs" role="tablist" aria-label={`Tabs of ${slack.value.botName}`}>
          {TABS.map(({ id, label }) => (
            <button
              key={id}
              id={`app-tab-${id}`}
              type="button"
              role="tab"
              aria-selected={id === tab}
              aria-controls="app-tab-panel"
              tabIndex={id === tab ? 0 : -1}
              onClick={() => goTo(id === 'home' ? HOME : (channel?.id ?? HOME))}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
                goTo(tab === 'messages' ? HOME : (channel?.id ?? HOME))
                document.getElementById(`app-tab-${tab === 'messages' ? 'home' : 'messages'}`)?.focus()
              }}
            >
              {label}
            </button>
          ))}
        </div>
      </header>
      <div id="app-tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`app-tab-${tab}`}>
        {tab === 'home' || !channel ? <HomeTab /> : <AgentPane channel={channel} />}
      </div>
    </section>
  )
}
