// Who may use the tools for versions at all: members of the team, no guests and nobody of another organisation.
import type { Person } from '../core/turn.ts'

/** As `mayUse` of a tool. */
export function membersOnly({ external }: Person): true | string {
  if (!external) return true
  return 'Guests and people of other organisations may ask about the documentation here, and nothing else. Ask a member of the team.'
}
