// Which privileges somebody effectively has on an object of Unity Catalog: granted there, inherited, through a group, or by owning it.
import { z } from 'zod'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import { readPages } from '../mlflow/wire.ts'
import type { Principal } from '../ports/catalog.ts'
import type { Securable } from './explain-privilege.ts'

/** `{}` is nobody: the API leaves empty lists out, as its SDKs expect (EffectivePermissionsList of databricks-sdk-py). */
const grantsSchema = z.object({
  privilege_assignments: z
    .array(z.object({ principal: z.string(), privileges: z.array(z.object({ privilege: z.string() })).default([]) }))
    .default([]),
  next_page_token: z.string().nullish(),
})
/** Every object has its name; one without an owner is possible. */
const ownerSchema = z.object({ name: z.string(), owner: z.string().nullish() })

/** Everybody of the account is in this group without being listed in it. */
const EVERYBODY = 'account users'
/** Some people are in a hundred groups, and the workspace counts requests. */
const AT_ONCE = 6

/** Models are securables of the type `function` to grants, and have an API of their own. */
const KINDS: Readonly<Record<Securable['kind'], { type: string; objects: string }>> = {
  CATALOG: { type: 'catalog', objects: 'catalogs' },
  SCHEMA: { type: 'schema', objects: 'schemas' },
  TABLE: { type: 'table', objects: 'tables' },
  VOLUME: { type: 'volume', objects: 'volumes' },
  FUNCTION: { type: 'function', objects: 'functions' },
  MODEL: { type: 'function', objects: 'models' },
}

/** Reads the privileges of one person or service principal. */
export type ReadPrivileges = (on: Securable, holder: Pick<Principal, 'name' | 'groups'>) => Promise<string[]>

/**
 * Privileges in Unity Catalog's spelling, with `OWNER` for the owner, sorted. Throws PLATFORM_NOT_FOUND where there is no such object, and
 * PLATFORM_UNAUTHORIZED where it may not be looked at.
 */
export function createReadPrivileges({ http }: { http: MlflowHttp }): ReadPrivileges {
  async function readOwner({ kind, name }: Securable): Promise<string> {
    const path = `/2.1/unity-catalog/${KINDS[kind].objects}/${encodeURIComponent(name)}`
    return (
      (await http.json({ method: 'GET', path, about: `${kind.toLowerCase()} ${name}`, answer: ownerSchema })).owner ??
      ''
    )
  }

  function readGrants(
    { kind, name }: Securable,
    principal: string,
  ): Promise<{ principal: string; privileges: string[] }[]> {
    const path = `/2.1/unity-catalog/effective-permissions/${KINDS[kind].type}/${encodeURIComponent(name)}`
    const about = `permissions of ${name}`
    return readPages(async (page_token) => {
      const query = { principal, page_token }
      const answer = await http.json({ method: 'GET', path, query, about, answer: grantsSchema })
      const items = answer.privilege_assignments.map((row) => ({
        principal: row.principal,
        privileges: row.privileges.map(({ privilege }) => privilege),
      }))
      return { items, next: answer.next_page_token ?? undefined }
    })
  }

  /** Unity Catalog does not know groups of the workspace alone, such as `users`: they have no grants. */
  async function readGrantsOfGroup(on: Securable, group: string): ReturnType<typeof readGrants> {
    try {
      return await readGrants(on, group)
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }

  return async (on, holder) => {
    // First: where there is no such object, nothing else is asked.
    const owner = await readOwner(on)
    // Whether rows of groups come with those of their members is not documented: each group is asked as well.
    const groups = [...new Set([...holder.groups, EVERYBODY])]
    const found = await readGrants(on, holder.name)
    for (let from = 0; from < groups.length; from += AT_ONCE) {
      const some = groups.slice(from, from + AT_ONCE)
      found.push(...(await Promise.all(some.map((group) => readGrantsOfGroup(on, group)))).flat())
    }
    const names = new Set([holder.name, ...groups].map((one) => one.toLowerCase()))
    const rows = found.filter((row) => names.has(row.principal.toLowerCase()))
    const owned = owner !== '' && names.has(owner.toLowerCase()) ? ['OWNER'] : []
    return [...new Set([...rows.flatMap((row) => row.privileges), ...owned])].sort()
  }
}
