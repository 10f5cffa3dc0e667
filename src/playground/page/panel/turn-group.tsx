// A turn of the timeline: what was said, how long it took, and each step and message on its way.
import { useState } from 'preact/hooks'
import type { StepView, WireView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import type { Entry, TimelineGroup } from './group-timeline.ts'
import { JsonView } from './json-view.tsx'
import { ROOMS, roomOf } from './rooms.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** `120 ms`, `4.2 s`. */
export function toTook(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

export function TurnGroup({ group, isNewest }: { group: TimelineGroup; isNewest: boolean }) {
  const [chosen, setChosen] = useState<boolean | null>(null)
  const isOpen = chosen ?? isNewest
  const took = (group.entries.at(-1)?.at ?? group.end) - group.start
  const hasFault = group.entries.some(
    (entry) => entry.kind === 'wire' && (entry.wire.fault || entry.wire.status >= 400),
  )
  return (
    <section class="w-group">
      <button type="button" class="w-group-head" aria-expanded={isOpen} onClick={() => setChosen(!isOpen)}>
        <span class="w-chevron" data-open={isOpen}>
          <Icon name="chevron" />
        </span>
        <span class="w-title">{group.title}</span>
        {hasFault && (
          <span class="w-fault">
            <Icon name="warning" />
            <span class="hidden-words">something was disturbed</span>
          </span>
        )}
        <span class="w-facts">
          {group.platform && <span>{group.platform === 'slack' ? 'Slack' : 'Teams'}</span>}
          <time dateTime={new Date(group.start).toISOString()}>{clock.format(group.start)}</time>
          <span>{toTook(took)}</span>
          <span>{group.entries.length === 1 ? '1 entry' : `${group.entries.length} entries`}</span>
        </span>
      </button>
      {isOpen && (
        <ol class="w-entries">
          {group.entries.map((entry) => (
            <li key={entry.kind === 'wire' ? `w${entry.wire.seq}` : `s${entry.step.seq}`}>
              <Row entry={entry} start={group.start} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function Row({ entry, start }: { entry: Entry; start: number }) {
  const room = roomOf(entry)
  const name = ROOMS.find(({ id }) => id === room)?.name ?? ''
  return (
    <div class="w-entry" data-room={room}>
      <span class="w-mark" data-room={room} role="img" aria-label={name} title={name} />
      <span class="w-after">+{toTook(Math.max(0, entry.at - start))}</span>
      {entry.kind === 'wire' ? <Wire wire={entry.wire} /> : <Step step={entry.step} />}
    </div>
  )
}

function Step({ step }: { step: StepView }) {
  const what = step.kind === 'model' ? 'model ' : step.kind === 'tool' ? 'tool ' : ''
  return (
    <div class="w-what">
      <p>
        <span class="w-kind">{what}</span>
        {step.name !== 'turn' && step.name !== 'log' && <strong>{step.name}</strong>} {step.text}
      </p>
      {step.took !== undefined && <span class="w-took">{toTook(step.took)}</span>}
    </div>
  )
}

function Wire({ wire }: { wire: WireView }) {
  const [isOpen, setOpen] = useState(false)
  const isBad = wire.status >= 400 || wire.status === 0
  const way = wire.direction === 'out' ? `${wire.platform === 'slack' ? 'Slack' : 'Teams'} to bot` : 'Bot to platform'
  return (
    <div class="w-wire">
      <button type="button" class="w-what" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="w-line">
          <span class="w-arrow" role="img" aria-label={way} title={way}>
            {wire.direction === 'out' ? '→' : '←'}
          </span>
          <strong>{wire.name}</strong>
          <span class="w-status" data-bad={isBad}>
            {wire.status || 'no answer'}
          </span>
          {wire.fault && <span class="w-badge">{wire.fault}</span>}
        </span>
        <span class="w-took">{toTook(wire.took)}</span>
      </button>
      {isOpen && (
        <div class="w-bodies">
          <p>
            {wire.method} {wire.path}
          </p>
          <JsonView title="Request" text={wire.request} />
          <JsonView title="Response" text={wire.response} />
        </div>
      )}
    </div>
  )
}
