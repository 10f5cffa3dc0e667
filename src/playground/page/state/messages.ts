// Messages by key and by group, each in a signal of its own, so that a growing one redraws itself alone.
import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals'

export interface Messages<M> {
  /** The message as it is now; null when it is gone. */
  get: (key: string) => ReadonlySignal<M | null>
  /** Keys of a group (a channel, or a thread), oldest first. */
  keys: (group: string) => ReadonlySignal<readonly string[]>
  put: (message: M) => void
  remove: (key: string) => void
  /** Holds exactly these from now on. */
  reset: (messages: readonly M[]) => void
}

export interface MessageWords<M> {
  keyOf: (message: M) => string
  groupOf: (message: M) => string
  /** Orders a group; text that sorts as time does. */
  placeOf: (message: M) => string
}

export function createMessages<M>({ keyOf, groupOf, placeOf }: MessageWords<M>): Messages<M> {
  const held = new Map<string, Signal<M | null>>()
  const groups = new Map<string, Signal<readonly string[]>>()

  function one(key: string): Signal<M | null> {
    const found = held.get(key) ?? signal<M | null>(null)
    held.set(key, found)
    return found
  }

  function group(name: string): Signal<readonly string[]> {
    const found = groups.get(name) ?? signal<readonly string[]>([])
    groups.set(name, found)
    return found
  }

  function place(key: string): string {
    const message = held.get(key)?.peek()
    return message ? placeOf(message) : ''
  }

  function put(message: M): void {
    const key = keyOf(message)
    const slot = one(key)
    const isNew = slot.peek() === null
    slot.value = message
    if (!isNew) return
    const list = group(groupOf(message))
    const own = placeOf(message)
    // Nearly always the newest: looked for from the end.
    let at = list.peek().length
    while (at > 0 && place(list.peek()[at - 1] ?? '') > own) at -= 1
    list.value = [...list.peek().slice(0, at), key, ...list.peek().slice(at)]
  }

  function remove(key: string): void {
    const slot = held.get(key)
    const message = slot?.peek()
    if (!slot || !message) return
    const list = group(groupOf(message))
    list.value = list.peek().filter((other) => other !== key)
    slot.value = null
  }

  function reset(messages: readonly M[]): void {
    batch(() => {
      const keys = new Set(messages.map(keyOf))
      for (const key of held.keys()) if (!keys.has(key)) remove(key)
      const byGroup = new Map<string, M[]>()
      for (const message of messages) {
        one(keyOf(message)).value = message
        const name = groupOf(message)
        byGroup.set(name, [...(byGroup.get(name) ?? []), message])
      }
      for (const [name, members] of byGroup) {
        const sorted = members.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0))
        group(name).value = sorted.map(keyOf)
      }
    })
  }

  return { get: one, keys: group, put, remove, reset }
}
