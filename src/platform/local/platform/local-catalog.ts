// The governance of the embedded platform: the grants of the policy file, read as they stand there.
import { isSameName } from '../../../core/identity.ts'
import type { Catalog } from '../../ports/catalog.ts'
import type { Registry } from '../../ports/registry.ts'

export interface Grant {
  /** As grants spell people, such as an e-mail address. */
  principal: string
  /** Unity Catalog's spelling, such as `MANAGE` and `EXECUTE`; they hold on every registered model. */
  privileges: readonly string[]
}

/** There are no groups here, and nobody is switched off: whoever shall not act is taken out of the grants. */
export function createLocalCatalog(registry: Registry, grants: readonly Grant[]): Catalog {
  const privilegesOf = (principal: string): string[] => {
    const own = grants.filter((grant) => isSameName(grant.principal, principal))
    return [...new Set(own.flatMap(({ privileges }) => privileges))].sort()
  }
  return {
    async findPrincipal(name) {
      return grants.some(({ principal }) => isSameName(principal, name)) ? { name, active: true, groups: [] } : null
    },
    async effectivePrivileges(model, principal) {
      const versions = await registry.listVersions(model)
      return versions.length === 0 ? [] : privilegesOf(principal)
    },
    schemaPrivileges: async (_model, principal) => privilegesOf(principal),
  }
}
