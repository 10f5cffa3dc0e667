// The port of governance: which privileges somebody effectively has on a registered model.

export interface Principal {
  /** Name as grants spell it, such as an e-mail address. */
  name: string
  /** False for a user that was switched off: refuse them. */
  active: boolean
  groups: readonly string[]
}

/** Every driver passes test/platform/catalog-contract.ts. Throws PLATFORM_*; callers take every failure as no. */
export interface Catalog {
  /** Null where nobody of that name exists. */
  findPrincipal(name: string): Promise<Principal | null>
  /**
   * Privileges in Unity Catalog's spelling (`MANAGE`, `EXECUTE`, `USE_SCHEMA`, `ALL_PRIVILEGES`, and `OWNER` for the owner),
   * sorted: granted directly, inherited, or through a group. Empty where there are none, or no such model.
   */
  effectivePrivileges(model: string, principal: string): Promise<string[]>
  /** The same of the schema that a model of this name lies in: what its first version will be governed by. Empty where there are none, or no such schema. */
  schemaPrivileges(model: string, principal: string): Promise<string[]>
}
