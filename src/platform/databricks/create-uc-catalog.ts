// Governance of Unity Catalog: who somebody is, and which privileges they effectively have on a registered model.
import { z } from 'zod'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import type { Catalog, Principal } from '../ports/catalog.ts'

const usersSchema = z.object({
  Resources: z
    .array(
      z.object({
        userName: z.string(),
        active: z.boolean().default(true),
        groups: z.array(z.object({ display: z.string().default('') })).default([]),
      }),
    )
    .default([]),
})
const grantsSchema = z.object({
  privilege_assignments: z
    .array(
      z.object({
        principal: z.string(),
        privileges: z.array(z.object({ privilege: z.string() })).default([]),
      }),
    )
    .default([]),
  next_page_token: z.string().optional(),
})
const ownerSchema = z.object({ owner: z.string().default('') })

/** Everybody of the account is in this group without being listed in it. */
const EVERYBODY = 'account users'
const MOST_PAGES = 50
/** Some people are in a hundred groups, and the workspace counts requests. */
const AT_ONCE = 6

function findBy(users: z.infer<typeof usersSchema>, name: string): Principal | null {
  const found = users.Resources.find((user) => user.userName.toLowerCase() === name.toLowerCase())
  if (!found) return null
  const groups = found.groups.map(({ display }) => display).filter((group) => group !== '')
  return { name: found.userName, active: found.active, groups }
}

export function createUcCatalog({ http }: { http: MlflowHttp }): Catalog {
  async function findPrincipal(name: string): Promise<Principal | null> {
    // A quote would end the text of the filter; no user name holds one.
    if (/["\\]/.test(name)) return null
    const path = '/2.0/preview/scim/v2/Users'
    const query = { filter: `userName eq "${name}"`, attributes: 'id,userName,active,groups', count: 2, startIndex: 1 }
    return findBy(await http.json({ method: 'GET', path, query, about: `user ${name}`, answer: usersSchema }), name)
  }

  /** Rows of one principal; models are securables of the type `function` here. A page may be empty and still name a next one. */
  async function readGrants(model: string, principal: string): Promise<{ principal: string; privileges: string[] }[]> {
    const path = `/2.1/unity-catalog/effective-permissions/function/${encodeURIComponent(model)}`
    const about = `permissions of ${model}`
    const rows: { principal: string; privileges: string[] }[] = []
    let token: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = { principal, page_token: token }
      const answer = await http.json({ method: 'GET', path, query, about, answer: grantsSchema })
      for (const row of answer.privilege_assignments) {
        rows.push({ principal: row.principal, privileges: row.privileges.map(({ privilege }) => privilege) })
      }
      token = answer.next_page_token || undefined
      if (token === undefined) break
    }
    return rows
  }

  async function readOwner(model: string): Promise<string> {
    const path = `/2.1/unity-catalog/models/${encodeURIComponent(model)}`
    return (await http.json({ method: 'GET', path, about: `model ${model}`, answer: ownerSchema })).owner
  }

  /** Unity Catalog does not know groups of the workspace alone, such as `users`: they have no grants. */
  async function readGrantsOfGroup(model: string, group: string): ReturnType<typeof readGrants> {
    try {
      return await readGrants(model, group)
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }

  return {
    findPrincipal,
    async effectivePrivileges(model, name) {
      try {
        const principal = await findPrincipal(name)
        if (!principal?.active) return []
        // First: where there is no such model, nothing else is asked.
        const owner = await readOwner(model)
        // Whether rows of groups come with those of their members is not documented: each group is asked as well.
        const groups = [...new Set([...principal.groups, EVERYBODY])]
        const found = await readGrants(model, principal.name)
        for (let from = 0; from < groups.length; from += AT_ONCE) {
          const some = groups.slice(from, from + AT_ONCE)
          found.push(...(await Promise.all(some.map((group) => readGrantsOfGroup(model, group)))).flat())
        }
        const names = new Set([principal.name, ...groups].map((one) => one.toLowerCase()))
        const rows = found.filter((row) => names.has(row.principal.toLowerCase()))
        const owned = owner !== '' && names.has(owner.toLowerCase()) ? ['OWNER'] : []
        return [...new Set([...rows.flatMap((row) => row.privileges), ...owned])].sort()
      } catch (error) {
        if (isNotFound(error)) return []
        throw error
      }
    },
  }
}
