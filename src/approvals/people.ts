// Who is who: the accounts of one person on every face, linked to one principal, so that nobody counts twice.
import { z } from 'zod'
import { nameKey } from '../core/identity.ts'
import type { Actor } from '../store/port.ts'

/** Blanks around it and the way its accents are composed say nothing; its case is shown, and not compared. */
export const principalSchema = z
  .string()
  .transform((name) => name.normalize('NFC').trim())
  .pipe(z.string().min(1))

export const personEntrySchema = z.strictObject({
  /** Name of the person as the platform's grants spell it, such as an e-mail address. */
  principal: principalSchema,
  name: z.string().min(1).optional(),
  /** `<channel>/<tenant>/<id>`, such as `slack/T0LAKE/U0ANA`, `teams/<tenant>/<aad object id>` or `console/local/ana`. */
  identities: z.array(z.string().regex(/^[^/\s]+\/[^/\s]+\/\S+$/, 'must be <channel>/<tenant>/<id>')).min(1),
})
export type PersonEntry = z.infer<typeof personEntrySchema>

export interface People {
  /** The linked person behind an account; null where the account is on no list. */
  find(identity: string): PersonEntry | null
  /** True where a linked person has this principal, however it is spelled. */
  knows(principal: string): boolean
  /** Who acts from this account: the linked principal, or the account itself as its own principal. */
  toActor(identity: string, name?: string): Actor
}

/**
 * Names and accounts are one whatever their case (`nameKey`): entries whose principals differ in case alone are one person,
 * under the first spelling. Throws where one account belongs to two people: then nobody could tell who clicked.
 */
export function createPeople(entries: readonly PersonEntry[]): People {
  const byIdentity = new Map<string, PersonEntry>()
  const byPrincipal = new Map<string, PersonEntry>()
  for (const entry of entries) {
    const person = byPrincipal.get(nameKey(entry.principal)) ?? entry
    byPrincipal.set(nameKey(entry.principal), person)
    for (const identity of entry.identities) {
      const other = byIdentity.get(nameKey(identity))
      if (other && other !== person) {
        throw new Error(`${identity} belongs to both ${other.principal} and ${entry.principal}`)
      }
      byIdentity.set(nameKey(identity), person)
    }
  }
  const find = (identity: string) => byIdentity.get(nameKey(identity)) ?? null
  return {
    find,
    knows: (principal) => byPrincipal.has(nameKey(principal)),
    toActor(identity, name) {
      const entry = find(identity)
      const shown = entry?.name ?? name
      return { principal: entry?.principal ?? identity, identity, ...(shown ? { name: shown } : {}) }
    },
  }
}

/** The person as the list of people has them today, who may be another than when the actor was noted. */
export function toActorToday(actor: Actor, people: People): Actor {
  return people.toActor(actor.identity, actor.name)
}

/** True where both may be one person: by account, by the principal of their time, or by that of today. */
export function maySamePerson(one: Actor, other: Actor, people: People): boolean {
  const names = namesOf(one, people)
  return namesOf(other, people).some((name) => names.includes(name))
}

function namesOf(actor: Actor, people: People): string[] {
  return [actor.identity, actor.principal, toActorToday(actor, people).principal].map(nameKey)
}
