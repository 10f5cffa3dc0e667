// Keeps the place of the keyboard, and what was typed, where a card is drawn anew in its place.

const PLACES = 'button, input, select, textarea, a[href], [tabindex="0"]'

function nameOf(element: Element): string {
  const label = element.getAttribute('aria-label') ?? element.textContent ?? ''
  const labelled = element.getAttribute('aria-labelledby')
  const words = labelled ? (element.ownerDocument.getElementById(labelled)?.textContent ?? '') : ''
  return `${element.tagName}|${label.trim()}|${words.trim()}`
}

/** Remembers what is focused inside; the returned function looks for the same thing in what stands there now, or else focuses the whole. */
export function keepFocus(host: HTMLElement): () => void {
  const now = document.activeElement
  if (!now || !host.contains(now)) return () => {}
  const name = nameOf(now)
  const same = [...host.querySelectorAll(PLACES)].filter((element) => nameOf(element) === name)
  const at = same.indexOf(now)
  return () => {
    const found = [...host.querySelectorAll<HTMLElement>(PLACES)].filter((element) => nameOf(element) === name)
    ;(found[at] ?? found[0] ?? host).focus({ preventScroll: true })
  }
}
