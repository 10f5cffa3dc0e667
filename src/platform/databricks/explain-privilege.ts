// Reads which privilege a refusal of Unity Catalog names, and writes the GRANT that would give it.

/** What a grant is on: the word of SQL and the full name. */
export interface Securable {
  kind: 'CATALOG' | 'SCHEMA' | 'TABLE' | 'VOLUME' | 'FUNCTION' | 'MODEL'
  name: string
}

const KINDS: Readonly<Record<string, Securable['kind']>> = {
  catalog: 'CATALOG',
  schema: 'SCHEMA',
  database: 'SCHEMA',
  table: 'TABLE',
  view: 'TABLE',
  volume: 'VOLUME',
  function: 'FUNCTION',
  routine: 'FUNCTION',
  model: 'MODEL',
  'routine or model': 'FUNCTION',
  'registered model': 'MODEL',
}

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** `privilege` in any spelling: `USE_SCHEMA` or `USE SCHEMA`. Source: "Manage privileges in Unity Catalog" of the SQL reference. */
export function writeGrant(privilege: string, { kind, name }: Securable, principal: string): string {
  const full = name.split('.').map(quote).join('.')
  return `GRANT ${privilege.replaceAll('_', ' ')} ON ${kind} ${full} TO ${quote(principal)}`
}

const NAMED =
  /does not have (?:the )?(?:privilege )?([A-Z][A-Z_ ]*[A-Z])(?: privilege)? on (.{3,30}?) ['`"]([^'"]+?)['`"]/i

/**
 * The GRANT for the privilege that a refusal names, such as "User does not have USE SCHEMA on Schema 'ml.rag'."; undefined where it names
 * none. Sentences of that form come from SQL as much as from the REST API.
 */
export function explainPrivilege(words: string): string | undefined {
  const [, privilege = '', thing = '', name = ''] = NAMED.exec(words) ?? []
  const kind = KINDS[thing.trim().toLowerCase()]
  if (!kind) return undefined
  const grant = writeGrant(
    privilege.toUpperCase(),
    { kind, name: name.replaceAll('`', '') },
    '<who Lakedesk signs in as>',
  )
  return `Its owner gives the right with: ${grant}`
}
