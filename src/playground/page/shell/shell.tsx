// The page: top bar, the two clients side by side, the panel, toasts.
import { FaultDrawer } from '../panel/fault-drawer.tsx'
import { WirePanel } from '../panel/wire-panel.tsx'
import { SlackSide } from '../slack/slack-side.tsx'
import { pane, panel } from '../state/layout.ts'
import { seat } from '../state/seat.ts'
import { isLoaded } from '../state/store.ts'
import { TeamsSide } from '../teams/teams-side.tsx'
import { PaneSwitch } from './pane-switch.tsx'
import { Toasts } from './toasts.tsx'
import { TopBar } from './top-bar.tsx'
import { Welcome } from './welcome.tsx'

export function Shell() {
  return (
    <div class="page" data-role={seat.value.role} data-pane={pane.value} data-panel={panel.value}>
      <a class="skip" href="#slack-side">
        Skip to Slack
      </a>
      <a class="skip" href="#teams-side">
        Skip to Teams
      </a>
      <TopBar />
      <main class="sides">
        {isLoaded.value ? <Sides /> : <Welcome />}
        <SidePanel />
      </main>
      <PaneSwitch />
      <Toasts />
    </div>
  )
}

/** A new person gets clients of their own: nothing that was half typed or open is carried over. */
function Sides() {
  return (
    <>
      <section id="slack-side" class="side side-slack" aria-label="Slack workspace" tabIndex={-1}>
        <SlackSide key={seat.value.id} />
      </section>
      <section id="teams-side" class="side side-teams" aria-label="Teams client" tabIndex={-1}>
        <TeamsSide key={seat.value.id} />
      </section>
    </>
  )
}

function SidePanel() {
  if (panel.value === 'none') return null
  return (
    <aside id="side-panel" class="side side-panel" aria-label={panel.value === 'wire' ? 'Wire and steps' : 'Faults'}>
      {panel.value === 'wire' ? <WirePanel /> : <FaultDrawer />}
    </aside>
  )
}
