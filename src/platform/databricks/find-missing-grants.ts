// Compares what Lakedesk needs in Unity Catalog with what it effectively has, and writes each missing privilege as the GRANT that gives it.
import { LakedeskError } from '../../core/errors.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import type { Principal } from '../ports/catalog.ts'
import type { ReadPrivileges } from './effective-privileges.ts'
import { type Securable, writeGrant } from './explain-privilege.ts'

export interface Need {
  on: Securable
  /** Such as SELECT or CREATE_MODEL. `MANAGE` is what its owner has anyway. */
  privileges: readonly string[]
}

export interface Missing {
  /** Statements, one a privilege. */
  grants: readonly string[]
  /** Objects that are not there, or that may not be seen. */
  absent: readonly string[]
  /** Objects whose privileges may not be read: nobody can tell from here. */
  hidden: readonly string[]
}

/** An object of three parts with the right to use what it lies in. */
export function withParents(need: Need): Need[] {
  const [catalog = '', schema = '', name] = need.on.name.split('.')
  const above: Need[] = [
    { on: { kind: 'CATALOG', name: catalog }, privileges: ['USE_CATALOG'] },
    ...(name === undefined
      ? []
      : [{ on: { kind: 'SCHEMA' as const, name: `${catalog}.${schema}` }, privileges: ['USE_SCHEMA'] }]),
  ]
  return [...above, need]
}

/** Needs of the same object together, each privilege once. */
function join(needs: readonly Need[]): Need[] {
  const byObject = new Map<string, Need>()
  for (const need of needs) {
    const key = `${need.on.kind} ${need.on.name.toLowerCase()}`
    const before = byObject.get(key)?.privileges ?? []
    byObject.set(key, { on: need.on, privileges: [...new Set([...before, ...need.privileges])] })
  }
  return [...byObject.values()]
}

/** Reads only. Throws PLATFORM_* where the workspace cannot be asked. */
export async function findMissing(
  readPrivileges: ReadPrivileges,
  who: Principal,
  needs: readonly Need[],
): Promise<Missing> {
  const grants: string[] = []
  const absent: string[] = []
  const hidden: string[] = []
  for (const { on, privileges } of join(needs)) {
    let has: readonly string[]
    try {
      has = await readPrivileges(on, who)
    } catch (error) {
      const list = isNotFound(error) ? absent : isRefused(error) ? hidden : undefined
      if (!list) throw error
      list.push(`${on.kind.toLowerCase()} ${on.name}`)
      has = []
    }
    if (has.includes('OWNER') || has.includes('ALL_PRIVILEGES')) continue
    const lacking = privileges.filter((privilege) => !has.includes(privilege))
    grants.push(...lacking.map((privilege) => writeGrant(privilege, on, who.name)))
  }
  return { grants, absent, hidden }
}

function isRefused(error: unknown): boolean {
  return error instanceof LakedeskError && error.code === 'PLATFORM_UNAUTHORIZED'
}
