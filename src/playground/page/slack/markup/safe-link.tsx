// A link out of the page, to web addresses alone.
import type { ComponentChildren } from 'preact'

/** The address where it is http(s) or mailto, else null. */
export function toSafeUrl(url: string): string | null {
  try {
    const { protocol } = new URL(url)
    return ['http:', 'https:', 'mailto:'].includes(protocol) ? url : null
  } catch {
    return null
  }
}

/** Any other address is shown as its words alone. */
export function SafeLink({ url, children }: { url: string; children: ComponentChildren }) {
  const safe = toSafeUrl(url)
  if (safe === null) return <span>{children}</span>
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}
