// Who may change the objects of Unity Catalog in the local lakehouse, their grants, and its people.
import { type Refusal, refuse } from './wire.ts'

export interface RightsParts {
  ownerOf(kind: string, name: string): string
  groupsOf(caller: string): readonly string[]
  /** Privileges that somebody of these names has on an object, with those from above. */
  privilegesOf(kind: string, name: string, holders: readonly string[]): ReadonlySet<string>
}

/** Whether somebody is an administrator of the workspace. */
export const isAdmin = (groups: readonly string[]): boolean => groups.includes('admins')

/** The object itself, its schema and its catalog, the highest first. */
function placesOf(kind: string, name: string): [kind: string, name: string][] {
  const parts = name.split('.')
  const above = (['catalog', 'schema'] as const).flatMap((one, nth): [string, string][] =>
    parts.length > nth + 1 ? [[one, parts.slice(0, nth + 1).join('.')]] : [],
  )
  return [...above, [kind, name]]
}

/** True for administrators, owners of the object or of what it lies in, and holders of one of the privileges there. */
export type MayChange = (caller: string, kind: string, name: string, privileges?: readonly string[]) => boolean

/** MANAGE alone lets somebody else change grants and owners: ALL_PRIVILEGES does not hold it. */
export function createMayChange({ ownerOf, groupsOf, privilegesOf }: RightsParts): MayChange {
  return (caller, kind, name, privileges = ['MANAGE']) => {
    const groups = groupsOf(caller)
    if (isAdmin(groups)) return true
    const names = new Set([caller, ...groups].map((one) => one.toLowerCase()))
    if (placesOf(kind, name).some((place) => names.has(ownerOf(...place).toLowerCase()))) return true
    const held = privilegesOf(kind, name, [...names, 'account users'])
    return privileges.some((one) => held.has(one))
  }
}

/** 403 of the platform, naming what is missing. */
export function toRightsRefusal(kind: string, name: string, privilege = 'MANAGE'): Refusal {
  const place = `${kind[0]?.toUpperCase()}${kind.slice(1)} '${name}'`
  return refuse(403, 'PERMISSION_DENIED', `User is not an owner of ${place} and does not have ${privilege} on it.`)
}
