// Facts that an approval rests on, compared field by field: what moved, from what to what.

export interface Moved {
  field: string
  /** `absent` where the field was not there. */
  from: string
  to: string
}

/** Every field whose words differ, sorted by name. Empty where both hold the same. */
export function diffFacts(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Moved[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
  return fields
    .filter((field) => before[field] !== now[field])
    .map((field) => ({ field, from: before[field] ?? 'absent', to: now[field] ?? 'absent' }))
}

/** The same, over those facts alone that could be read again. */
export function diffKnown(before: Readonly<Record<string, string>>, known: Readonly<Record<string, string>>): Moved[] {
  return diffFacts(before, { ...before, ...known })
}

/** `Champion moved from v2 to v4; endpoint moved from … to …`. */
export function describeMoved(moved: readonly Moved[]): string {
  return moved.map(({ field, from, to }) => `${field} moved from ${from} to ${to}`).join('; ')
}
