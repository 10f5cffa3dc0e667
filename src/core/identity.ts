// Who somebody is across faces: `<channel>/<tenant>/<id>`, as the policy file lists identities.
import type { Person } from './turn.ts'

/** One account on one chat platform, such as `slack/T0LAKE/U0ANA`. From the verified envelope alone. */
export type Identity = string

export function toIdentity(channel: string, user: Pick<Person, 'id' | 'tenant'>): Identity {
  return `${channel}/${user.tenant}/${user.id}`
}
