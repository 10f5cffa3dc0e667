// Who may search an index: whoever owns it or its catalog, or was granted SELECT on it and the use of what it lies in.
import { refuse } from '../wire.ts'

export interface ReadRights {
  ownerOf(kind: string, name: string): string
  groupsOf(user: string): readonly string[]
  /** Privileges that somebody of these names has on an object, with those from above. */
  privilegesOf(type: string, name: string, holders: readonly string[]): ReadonlySet<string>
}

/** Throws 403 PERMISSION_DENIED, naming the privilege that is missing. */
export type CheckRead = (caller: string, index: string) => void

export function createReadCheck({ ownerOf, groupsOf, privilegesOf }: ReadRights): CheckRead {
  return (caller, index) => {
    const [catalog = '', schema = ''] = index.split('.')
    const full = `${catalog}.${schema}`
    const owners = [ownerOf('catalog', catalog), ownerOf('schema', full), ownerOf('table', index)]
    if (owners.includes(caller)) return
    const holders = [caller, ...groupsOf(caller), 'account users']
    const needed = [
      ['USE_CATALOG', 'catalog', catalog],
      ['USE_SCHEMA', 'schema', full],
      ['SELECT', 'table', index],
    ] as const
    for (const [privilege, kind, name] of needed) {
      const held = privilegesOf(kind, name, holders)
      if (held.has(privilege) || held.has('ALL_PRIVILEGES')) continue
      const place = `${kind[0]?.toUpperCase()}${kind.slice(1)} '${name}'`
      throw refuse(403, 'PERMISSION_DENIED', `User does not have ${privilege.replace('_', ' ')} on ${place}.`)
    }
  }
}
