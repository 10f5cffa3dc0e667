// Moves the focus within a list by the arrow keys: one entry of the list is a tab stop, the others are not.

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/**
 * Handles up, down, Home and End on the entries that `selector` finds. Does nothing while the focus is inside an entry, such as
 * in an input or on a button of a message.
 */
export function moveFocus(event: KeyboardEvent & { currentTarget: EventTarget | null }, selector: string): void {
  const { key, currentTarget: list, target } = event
  if (!(list instanceof HTMLElement) || !(target instanceof HTMLElement) || !target.matches(selector)) return
  const entries = [...list.querySelectorAll<HTMLElement>(selector)]
  const at = entries.indexOf(target)
  const step = STEPS[key]
  const next = key === 'Home' ? 0 : key === 'End' ? entries.length - 1 : step === undefined ? -1 : at + step
  const entry = entries[next]
  if (!entry || next < 0) return
  event.preventDefault()
  for (const other of entries) other.tabIndex = other === entry ? 0 : -1
  entry.focus()
}
