// The panel that shows each wire message and each step of the bot, turn by turn.
import { useMemo, useState } from 'preact/hooks'
import { Icon } from '../shell/icon.tsx'
import { closePanel } from '../state/layout.ts'
import { steps, wire } from '../state/store.ts'
import { showToast } from '../state/toasts.ts'
import { groupTimeline, type TimelineGroup } from './group-timeline.ts'
import './panel.css'
import { ROOMS } from './rooms.ts'
import { TurnGroup } from './turn-group.tsx'

/** Groups that are shown at first, newest first. */
const STEP = 30
/** Entries that are looked at: older ones are of no use to somebody who watches. */
const MOST = 800

type Filter = 'all' | 'slack' | 'teams' | 'turns'

const FILTERS: readonly { id: Filter; name: string }[] = [
  { id: 'turns', name: 'Turns' },
  { id: 'slack', name: 'Slack' },
  { id: 'teams', name: 'Teams' },
  { id: 'all', name: 'Everything' },
]

function fits({ turn, platform, entries }: TimelineGroup, filter: Filter): boolean {
  if (filter === 'turns') return turn !== undefined && entries.some(({ kind }) => kind === 'wire')
  return filter === 'all' || platform === filter
}

export function WirePanel() {
  const [filter, setFilter] = useState<Filter>('turns')
  const [count, setCount] = useState(STEP)
  const [since, setSince] = useState(0)
  const [frozen, setFrozen] = useState<{ wire: typeof wire.value; steps: typeof steps.value } | null>(null)
  const [nowWire, nowSteps] = frozen ? [frozen.wire, frozen.steps] : [wire.value, steps.value]
  const groups = useMemo(() => {
    const after = <T extends { seq: number }>(list: readonly T[]) => list.filter(({ seq }) => seq > since).slice(-MOST)
    return groupTimeline(after(nowWire), after(nowSteps)).reverse()
  }, [nowWire, nowSteps, since])
  const shown = groups.filter((group) => fits(group, filter))

  function clear(): void {
    setSince(Math.max(0, ...wire.peek().map(({ seq }) => seq), ...steps.peek().map(({ seq }) => seq)))
    setFrozen(null)
  }

  return (
    <div class="w-panel">
      <header class="w-head">
        <h2>Wire and steps</h2>
        <button
          type="button"
          class="w-tool"
          aria-pressed={frozen !== null}
          onClick={() => setFrozen(frozen ? null : { wire: wire.peek(), steps: steps.peek() })}
        >
          {frozen ? 'Go on' : 'Pause'}
        </button>
        <button type="button" class="w-tool" onClick={clear}>
          Clear
        </button>
        <button type="button" class="w-tool" onClick={() => copy(shown)}>
          Copy
        </button>
        <button type="button" class="icon-button" aria-label="Close the panel" onClick={closePanel}>
          <Icon name="close" />
        </button>
      </header>
      <Rooms />
      <fieldset class="w-filter">
        <legend class="hidden-words">Show</legend>
        {FILTERS.map(({ id, name }) => (
          <label key={id} data-on={filter === id}>
            <input type="radio" name="wire-filter" checked={filter === id} onChange={() => setFilter(id)} />
            {name}
          </label>
        ))}
      </fieldset>
      <div class="w-groups">
        {shown.length === 0 && (
          <p class="w-nothing">Nothing yet. Ask something in Slack or Teams, and watch its way.</p>
        )}
        {shown.slice(0, count).map((group, at) => (
          <TurnGroup key={group.key} group={group} isNewest={at === 0} />
        ))}
        {shown.length > count && (
          <button type="button" class="w-tool" onClick={() => setCount(count + STEP)}>
            Show older ({shown.length - count})
          </button>
        )}
      </div>
    </div>
  )
}

function Rooms() {
  return (
    <details class="w-rooms">
      <summary>
        <span class="w-way" role="img" aria-label={`The way of a turn: ${ROOMS.map(({ name }) => name).join(', ')}`}>
          {ROOMS.map(({ id, name }) => (
            <span key={id} class="w-room" data-room={id}>
              {name}
            </span>
          ))}
        </span>
      </summary>
      <dl>
        {ROOMS.map(({ id, name, about }) => (
          <div key={id}>
            <dt class="w-room" data-room={id}>
              {name}
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

async function copy(groups: readonly TimelineGroup[]): Promise<void> {
  const lines = groups.flatMap(({ entries }) =>
    entries.map((entry) => (entry.kind === 'wire' ? entry.wire : entry.step)),
  )
  try {
    await navigator.clipboard.writeText(lines.map((line) => JSON.stringify(line)).join('\n'))
    showToast(`Copied ${lines.length} entries, one JSON line each.`, 'note')
  } catch {
    showToast('The browser does not let this page copy.')
  }
}
