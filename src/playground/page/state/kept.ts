// Signals whose value outlives a reload, in the browser's own storage.
import { effect, type Signal, signal } from '@preact/signals'

type Shelf = 'tab' | 'browser'

/** Null where the browser keeps nothing, as in a private window that forbids it. */
function shelfOf(shelf: Shelf): Storage | null {
  try {
    return shelf === 'tab' ? globalThis.sessionStorage : globalThis.localStorage
  } catch {
    return null
  }
}

function read(storage: Storage | null, name: string): unknown {
  try {
    return JSON.parse(storage?.getItem(name) ?? 'null')
  } catch {
    return null
  }
}

/**
 * A signal that is kept under `lakedesk:<name>`: in this tab, or in every tab of this browser. What was kept and does not
 * pass `is` is forgotten.
 */
export function kept<T>(shelf: Shelf, name: string, first: T, is: (value: unknown) => value is T): Signal<T> {
  const storage = shelfOf(shelf)
  const key = `lakedesk:${name}`
  const before = read(storage, key)
  const value = signal<T>(is(before) ? before : first)
  effect(() => {
    const text = JSON.stringify(value.value)
    try {
      storage?.setItem(key, text)
    } catch {
      // A full or forbidden storage costs only the memory of this choice; the page goes on with what it holds.
    }
  })
  return value
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every(isText)
}
