// What a block must know of the place it stands in: where a click goes, and what stands in the inputs around it.
import { type Signal, signal } from '@preact/signals'
import { createContext } from 'preact'
import type { PlaygroundDeed } from '../../../words.ts'
import { act } from '../../state/deeds.ts'
import { seat } from '../../state/seat.ts'
import { type Changes, stateOf, toFormValues, withChange } from './form-values.ts'
import type { Json } from './read-json.ts'

export type Where = Extract<PlaygroundDeed, { do: 'slack-act' }>['where']

export interface Surface {
  where: Where
  /** As they stand there now. */
  blocks: () => readonly Json[]
  changes: Signal<Changes>
  /** By block id: what the app, or a look at the inputs, refused. */
  errors: Signal<Readonly<Record<string, string>>>
  /** `block:action` of the clicks that are on their way. */
  busy: Signal<ReadonlySet<string>>
}

export function createSurface(where: Where, blocks: () => readonly Json[]): Surface {
  return { where, blocks, changes: signal({}), errors: signal({}), busy: signal(new Set<string>()) }
}

const NOWHERE = createSurface({ kind: 'home' }, () => [])

export const SurfaceContext = createContext<Surface>(NOWHERE)

/** A click or a choice, with everything that stands in the inputs around it. */
export async function press(surface: Surface, blockId: string, actionId: string, element: Json, value?: string) {
  const name = `${blockId}:${actionId}`
  if (surface.busy.value.has(name)) return
  surface.busy.value = new Set([...surface.busy.value, name])
  await act({
    do: 'slack-act',
    as: seat.value.id,
    where: surface.where,
    blockId,
    element,
    state: toFormValues(surface.blocks(), surface.changes.value),
    ...(value === undefined ? {} : { value }),
  })
  surface.busy.value = new Set([...surface.busy.value].filter((other) => other !== name))
}

/** Remembers what was chosen or typed in an element. */
export function change(surface: Surface, blockId: string, actionId: string, state: Json): void {
  surface.changes.value = withChange(surface.changes.value, blockId, actionId, state)
  if (surface.errors.value[blockId] === undefined) return
  const { [blockId]: _gone, ...rest } = surface.errors.value
  surface.errors.value = rest
}

export function currentState(surface: Surface, blockId: string, actionId: string, element: Json): Json {
  return stateOf(element, blockId, actionId, surface.changes.value) ?? {}
}
