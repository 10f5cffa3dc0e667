// Governance of Unity Catalog: who somebody is, and which privileges they effectively have on a registered model.
import { z } from 'zod'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import type { Catalog, Principal } from '../ports/catalog.ts'
import { createReadPrivileges } from './effective-privileges.ts'
import type { Securable } from './explain-privilege.ts'

const userSchema = z.object({
  userName: z.string(),
  active: z.boolean().default(true),
  groups: z.array(z.object({ display: z.string().default('') })).default([]),
})
/** `totalResults` stands in every answer, `Resources` where it is not 0. Source: RFC 7644, section 3.4.2. */
const usersSchema = z
  .object({ totalResults: z.number(), Resources: z.array(userSchema).default([]) })
  .refine(({ totalResults, Resources }) => totalResults === 0 || Resources.length > 0, 'Resources is missing')
type User = z.infer<typeof userSchema>

function toPrincipal({ userName, active, groups }: User): Principal {
  return { name: userName, active, groups: groups.map(({ display }) => display).filter((group) => group !== '') }
}

/** Whoever the credentials belong to; a service principal is known by its application id. Throws PLATFORM_*. */
export async function readMe(http: MlflowHttp): Promise<Principal> {
  const path = '/2.0/preview/scim/v2/Me'
  return toPrincipal(
    await http.json({ method: 'GET', path, about: 'who the credentials belong to', answer: userSchema }),
  )
}

export function createUcCatalog({ http }: { http: MlflowHttp }): Catalog {
  const readPrivileges = createReadPrivileges({ http })

  async function findPrincipal(name: string): Promise<Principal | null> {
    // A quote would end the text of the filter; no user name holds one.
    if (/["\\]/.test(name)) return null
    const path = '/2.0/preview/scim/v2/Users'
    const query = { filter: `userName eq "${name}"`, attributes: 'id,userName,active,groups', count: 2, startIndex: 1 }
    const users = await http.json({ method: 'GET', path, query, about: `user ${name}`, answer: usersSchema })
    const found = users.Resources.find((user) => user.userName.toLowerCase() === name.toLowerCase())
    return found ? toPrincipal(found) : null
  }

  /** None for whoever is unknown or switched off, and where there is no such object. */
  async function privilegesOf(name: string, on: Securable): Promise<string[]> {
    try {
      const principal = await findPrincipal(name)
      return principal?.active ? await readPrivileges(on, principal) : []
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }

  return {
    findPrincipal,
    effectivePrivileges: (model, name) => privilegesOf(name, { kind: 'MODEL', name: model }),
    schemaPrivileges: (model, name) =>
      privilegesOf(name, { kind: 'SCHEMA', name: model.split('.').slice(0, 2).join('.') }),
  }
}
