// What Lakedesk needs in Unity Catalog with these settings: each object, and the privileges on it.
import type { Settings } from '../config/settings.ts'
import type { Need } from '../platform/databricks/find-missing-grants.ts'
import { withParents } from '../platform/databricks/find-missing-grants.ts'

export interface NeedGroup {
  /** As doctor names it. */
  name: string
  needs: readonly Need[]
}

/** Whether an object is there: what is not there yet has to be made, which is a right on its schema. */
export interface Existing {
  model(name: string): Promise<boolean>
  table(name: string): Promise<boolean>
}

const schemaOf = (name: string): string => name.split('.').slice(0, 2).join('.')

async function ofModel(name: string, existing: Existing): Promise<Need[]> {
  const there = await existing.model(name)
  // The alias is the owner's to set, or of whoever manages the model.
  const need: Need = there
    ? { on: { kind: 'MODEL', name }, privileges: ['EXECUTE', 'MANAGE', 'APPLY_TAG'] }
    : { on: { kind: 'SCHEMA', name: schemaOf(name) }, privileges: ['CREATE_MODEL'] }
  return withParents(need).concat(there ? [] : useSchema(name))
}

function useSchema(name: string): Need[] {
  return [{ on: { kind: 'SCHEMA', name: schemaOf(name) }, privileges: ['USE_SCHEMA'] }]
}

async function ofTable(name: string, privileges: readonly string[], existing: Existing): Promise<Need[]> {
  if (await existing.table(name)) return withParents({ on: { kind: 'TABLE', name }, privileges })
  const need: Need = { on: { kind: 'SCHEMA', name: schemaOf(name) }, privileges: ['CREATE_TABLE', 'USE_SCHEMA'] }
  return withParents(need)
}

/** In full where the settings say which catalog and schema a short name lies in; else undefined. */
export function toFullName(name: string, place: { catalog?: string; schema?: string }): string | undefined {
  const parts = name.split('.')
  const above = [place.catalog, place.schema].slice(0, Math.max(0, 3 - parts.length))
  return above.includes(undefined) ? undefined : [...above, ...parts].join('.')
}

export interface NeedOptions {
  settings: Settings
  /** Registered model of the policy. */
  model: string
  /** Tables of the tickets as the plan names them. */
  tickets: { table: string; enrichment: string }
  existing: Existing
}

/** Reads only. Throws PLATFORM_*. */
export async function listNeeds({ settings, model, tickets, existing }: NeedOptions): Promise<NeedGroup[]> {
  const { index, volume, sql, training } = settings
  const groups: NeedGroup[] = [{ name: `rights on the model ${model}`, needs: await ofModel(model, existing) }]
  if (training.driver !== 'local') {
    groups.push({
      name: `rights on the model ${training.classifier}`,
      needs: await ofModel(training.classifier, existing),
    })
  }
  if (sql.warehouse) {
    const table = toFullName(tickets.table, sql.warehouse)
    const results = toFullName(tickets.enrichment, sql.warehouse)
    if (table)
      groups.push({
        name: `rights on the tickets ${table}`,
        needs: withParents({ on: { kind: 'TABLE', name: table }, privileges: ['SELECT'] }),
      })
    if (results) {
      groups.push({
        name: `rights on the results ${results}`,
        needs: await ofTable(results, ['SELECT', 'MODIFY'], existing),
      })
    }
  }
  if (index.kind === 'databricks') {
    const chunks = index.table ? await ofTable(index.table, ['SELECT', 'MODIFY'], existing) : []
    const documents = index.documents
      ? withParents({ on: { kind: 'TABLE', name: index.documents }, privileges: ['SELECT'] })
      : []
    const own = await ofTable(index.name, ['SELECT'], existing)
    groups.push({ name: `rights on the index ${index.name}`, needs: [...own, ...chunks, ...documents] })
  }
  if (volume !== undefined) {
    const name = volume.split('/').slice(2, 5).join('.')
    const need: Need = { on: { kind: 'VOLUME', name }, privileges: ['READ_VOLUME', 'WRITE_VOLUME'] }
    groups.push({ name: `rights on the volume ${name}`, needs: withParents(need) })
  }
  return groups
}
