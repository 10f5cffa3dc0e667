// Who somebody is across faces: `<channel>/<tenant>/<id>`, as the policy file lists identities, and when two names are one.
import type { Person } from './turn.ts'

/** One account on one chat platform, such as `slack/T0LAKE/U0ANA`. From the verified envelope alone. */
export type Identity = string

export function toIdentity(channel: string, user: Pick<Person, 'id' | 'tenant'>): Identity {
  return `${channel}/${user.tenant}/${user.id}`
}

/**
 * The same for every spelling of one name: without the blanks around it, composed (NFC), in lower case, since Unity Catalog
 * looks people up without regard to case. Names are shown as they are written, and compared by this.
 */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}

export function isSameName(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other)
}
