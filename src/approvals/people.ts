// Who is who: the accounts of one person on every face, linked to one principal, so that nobody counts twice.
import { z } from 'zod'
import type { Actor } from '../store/port.ts'

export const personEntrySchema = z.strictObject({
  /** Name of the person as the platform's grants spell it, such as an e-mail address. */
  principal: z.string().min(1),
  name: z.string().min(1).optional(),
  /** `<channel>/<tenant>/<id>`, such as `slack/T0LAKE/U0ANA`, `teams/<tenant>/<aad object id>` or `console/local/ana`. */
  identities: z.array(z.string().regex(/^[^/\s]+\/[^/\s]+\/\S+$/, 'must be <channel>/<tenant>/<id>')).min(1),
})
export type PersonEntry = z.infer<typeof personEntrySchema>

export interface People {
  /** The linked person behind an account; null where the account is on no list. */
  find(identity: string): PersonEntry | null
  /** Who acts from this account: the linked principal, or the account itself as its own principal. */
  toActor(identity: string, name?: string): Actor
}

/** Throws where one account belongs to two people: then nobody could tell who clicked. */
export function createPeople(entries: readonly PersonEntry[]): People {
  const byIdentity = new Map<string, PersonEntry>()
  for (const entry of entries) {
    for (const identity of entry.identities) {
      const other = byIdentity.get(identity)
      if (other && other.principal !== entry.principal) {
        throw new Error(`${identity} belongs to both ${other.principal} and ${entry.principal}`)
      }
      byIdentity.set(identity, entry)
    }
  }
  return {
    find: (identity) => byIdentity.get(identity) ?? null,
    toActor(identity, name) {
      const entry = byIdentity.get(identity)
      const shown = entry?.name ?? name
      return { principal: entry?.principal ?? identity, identity, ...(shown ? { name: shown } : {}) }
    },
  }
}
