// The drawer of faults: what can go wrong between a platform and the bot, done on purpose.
import { useId, useState } from 'preact/hooks'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { closePanel } from '../state/layout.ts'
import { bot, faults } from '../state/store.ts'
import './faults.css'
import './panel.css'

export function FaultDrawer() {
  const { twice, lateMs, limited, cut } = faults.value
  return (
    <div class="w-panel">
      <header class="w-head">
        <h2>Faults</h2>
        <button type="button" class="icon-button" aria-label="Close the panel" onClick={closePanel}>
          <Icon name="close" />
        </button>
      </header>
      <div class="f-list">
        <Bot />
        <Fault
          title="Deliver twice"
          imitates="The platform did not hear the acknowledgement and sends the same event again."
          expect="One answer: the second delivery ends at the claim."
          isOn={twice}
        >
          <Switch label="Deliver every event twice" isOn={twice} onChange={(on) => set({ twice: on })} />
        </Fault>
        <Fault
          title="Deliver late"
          imitates="Events wait in a queue of the platform before they reach the bot."
          expect="The answer comes later, in the right thread and in order."
          isOn={lateMs > 0}
        >
          <Count
            label="Seconds"
            value={lateMs / 1_000}
            most={30}
            onChange={(seconds) => set({ lateMs: seconds * 1_000 })}
          />
        </Fault>
        <Fault
          title="Too many requests"
          imitates="The platform answers the bot's next calls with 429 and asks it to wait."
          expect="The bot waits as long as it is told, and the answer is complete."
          isOn={limited > 0}
        >
          <Count
            label="Calls still to refuse"
            value={limited}
            most={20}
            onChange={(calls) => set({ limited: calls })}
          />
        </Fault>
        <Fault
          title="Cut the next stream"
          imitates="The platform ends a streamed answer in the middle."
          expect="The whole answer stands there at the end, once."
          isOn={cut > 0}
        >
          <Count label="Streams still to cut" value={cut} most={5} onChange={(streams) => set({ cut: streams })} />
        </Fault>
      </div>
    </div>
  )
}

function set(next: Partial<typeof faults.value>): void {
  void act({ do: 'faults', faults: next })
}

const STATES = { preparing: 'Preparing', starting: 'Starting', ready: 'Ready', stopped: 'Stopped' } as const

function Bot() {
  const { state, note, starts } = bot.value
  const [isBusy, setBusy] = useState(false)

  async function run(action: 'kill' | 'restart'): Promise<void> {
    setBusy(true)
    await act({ do: 'bot', action })
    setBusy(false)
  }

  return (
    <section class="f-fault" aria-label="Kill and restart the bot">
      <h3>Kill the bot</h3>
      <p class="f-state" data-state={state} role="status">
        <span class="dot" aria-hidden="true" />
        <strong>{STATES[state]}</strong>
        {note !== `${STATES[state]}.` && <span>{note}</span>}
      </p>
      <p>The process ends at once, as when a machine fails. Nothing is said goodbye to.</p>
      <p class="f-expect">
        After a restart it carries on: no turn is lost, none is answered twice, an approval is still valid.
      </p>
      <div class="f-actions">
        <button
          type="button"
          class="f-button f-danger"
          disabled={isBusy || state === 'stopped'}
          onClick={() => run('kill')}
        >
          Kill
        </button>
        <button
          type="button"
          class="f-button"
          disabled={isBusy || state === 'preparing'}
          onClick={() => run('restart')}
        >
          {state === 'stopped' ? 'Start again' : 'Restart'}
        </button>
        <span class="f-note">{starts === 1 ? 'Started once' : `Started ${starts} times`}</span>
      </div>
    </section>
  )
}

interface FaultProps {
  title: string
  imitates: string
  expect: string
  isOn: boolean
  children: preact.ComponentChildren
}

function Fault({ title, imitates, expect, isOn, children }: FaultProps) {
  return (
    <section class="f-fault" data-on={isOn} aria-label={title}>
      <h3>
        {title} {isOn && <span class="w-badge">On</span>}
      </h3>
      <p>{imitates}</p>
      <p class="f-expect">{expect}</p>
      {children}
    </section>
  )
}

function Switch({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="f-switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  )
}

interface CountProps {
  label: string
  value: number
  most: number
  onChange: (value: number) => void
}

function Count({ label, value, most, onChange }: CountProps) {
  const id = useId()
  const to = (next: number) => onChange(Math.min(most, Math.max(0, Math.round(next))))
  return (
    <div class="f-count">
      <label for={id}>{label}</label>
      <button type="button" aria-label={`Less: ${label}`} disabled={value <= 0} onClick={() => to(value - 1)}>
        −
      </button>
      <input
        id={id}
        type="number"
        min={0}
        max={most}
        value={value}
        onChange={(event) => to(Number(event.currentTarget.value) || 0)}
      />
      <button type="button" aria-label={`More: ${label}`} disabled={value >= most} onClick={() => to(value + 1)}>
        +
      </button>
    </div>
  )
}
