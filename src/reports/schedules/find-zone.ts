// Finds a time zone of the IANA list, whatever its case, and says which ones look alike.

const ZONES: readonly string[] = [...Intl.supportedValuesOf('timeZone'), 'UTC']
const NAME = /^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/
const MOST_NEAR = 3

/** Its name as the list spells it; `near`: those whose city is called so; null where nothing is alike. Offsets such as +02:00 know no summer time and are none. */
export function findZone(text: string): string | { near: readonly string[] } | null {
  const wanted = text.trim().replaceAll(' ', '_')
  const key = wanted.toLowerCase()
  const listed = ZONES.find((zone) => zone.toLowerCase() === key)
  if (listed) return listed
  if (!NAME.test(wanted)) return null
  // Other spellings that are known, such as Asia/Kathmandu for Asia/Katmandu.
  const near = ZONES.filter((zone) => zone.toLowerCase().split('/').at(-1) === key).slice(0, MOST_NEAR)
  if (near.length > 0) return { near }
  return wanted.includes('/') || /^[A-Z]{3,4}$/.test(wanted) ? (isZone(wanted) ? toSpelling(wanted) : null) : null
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** `asia/kathmandu` as `Asia/Kathmandu`. */
function toSpelling(name: string): string {
  return name.includes('/')
    ? name.replace(/(^|[/_-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
    : name
}
