// Whether somebody's rights on the platform let them decide: looked up at the click, never remembered.
import type { Catalog } from '../platform/ports/catalog.ts'

export interface MayDecideParts {
  catalog: Pick<Catalog, 'findPrincipal' | 'effectivePrivileges'>
  /** Registered model. */
  model: string
  /** Any of these is enough. Empty: not checked. */
  privileges: readonly string[]
}

/** Rejects with PLATFORM_* where the platform does not tell; callers take that for a no. */
export function createMayDecide({
  catalog,
  model,
  privileges,
}: MayDecideParts): (principal: string) => Promise<true | string> {
  return async (name) => {
    if (privileges.length === 0) return true
    const principal = await catalog.findPrincipal(name)
    if (!principal) {
      return `The platform knows nobody called ${name}, so it cannot tell that you may decide on ${model}. An administrator corrects the principal under people in the policy file.`
    }
    if (!principal.active)
      return `The account ${name} is switched off on the platform, so it may not decide on ${model}.`
    const held = await catalog.effectivePrivileges(model, name)
    if (privileges.some((each) => held.includes(each))) return true
    return `You need ${privileges.join(' or ')} on ${model} to decide, and ${name} has ${held.length === 0 ? 'no privilege' : held.join(', ')} there. Whoever manages the model can grant it.`
  }
}
