// Puts the very first version to work: where nothing is Champion and no endpoint exists, there is nobody to ask.
import type { Registry } from '../../platform/ports/registry.ts'
import type { Serving } from '../../platform/ports/serving.ts'

export interface FirstVersion {
  registry: Registry
  serving: Serving
  model: string
  alias: string
  endpoint: string
}

/** Name of a version's entity on the endpoint, as Databricks forms it: last part of the model and the version. */
export function toEntityName(model: string, version: string): string {
  const last = model.split('.').at(-1) ?? model
  return `${last.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 50)}-${version}`
}

/**
 * Creates the endpoint with this version and points the alias at it, but only where neither is there: anything that serves
 * already is changed by a promotion alone. True where it did. Safe to call again after a crash.
 */
export async function serveFirst(version: string, first: FirstVersion): Promise<boolean> {
  const { registry, serving, model, alias, endpoint } = first
  const [champion, found] = await Promise.all([registry.getAlias(model, alias), serving.describe(endpoint)])
  if (champion !== null && champion !== version) return false
  if (found) return false
  if (champion === null) await registry.setAlias(model, alias, version)
  const name = toEntityName(model, version)
  await serving.create(endpoint, {
    entities: [{ name, model, version, settings: {} }],
    routes: [{ entity: name, percentage: 100 }],
  })
  return true
}
