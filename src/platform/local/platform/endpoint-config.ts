// What an endpoint config must be: entities with names, versions that can be served, routes that share out the traffic.
import { z } from 'zod'
import type { Registry } from '../../ports/registry.ts'
import type { EndpointConfig } from '../../ports/serving.ts'
import { refuse } from './platform-errors.ts'
import { jsonOf, type Row } from './rows.ts'

const NAME = /^[A-Za-z0-9_-]{1,63}$/

const configSchema = z.object({
  entities: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      version: z.string(),
      settings: z.record(z.string(), z.unknown()),
    }),
  ),
  routes: z.array(z.object({ entity: z.string(), percentage: z.number() })),
})

export function checkEndpointName(name: string): void {
  if (NAME.test(name)) return
  throw refuse(
    `"${name.slice(0, 80)}" cannot be the name of an endpoint: use letters, digits, "-" and "_", at most 63 of them.`,
  )
}

/** The config that stands in a column, or null. */
export function readConfig(row: Row, column: 'config' | 'pending'): EndpointConfig | null {
  return row[column] === null ? null : jsonOf(row, column, configSchema)
}

function checkEntities({ entities }: EndpointConfig): void {
  if (entities.length === 0) throw refuse('The config has no served entity. Name at least one version to serve.')
  for (const [i, { name }] of entities.entries()) {
    if (!NAME.test(name)) {
      throw refuse(
        `"${name.slice(0, 80)}" cannot be the name of a served entity: use letters, digits, "-" and "_", at most 63.`,
      )
    }
    if (entities.findIndex((other) => other.name === name) !== i) {
      throw refuse(`Two served entities have the name ${name}. Give each its own.`)
    }
  }
}

function checkRoutes({ entities, routes }: EndpointConfig): void {
  for (const [i, { entity, percentage }] of routes.entries()) {
    if (!entities.some(({ name }) => name === entity))
      throw refuse(`A route names ${entity}, which is no served entity.`)
    if (routes.findIndex((other) => other.entity === entity) !== i) throw refuse(`Two routes lead to ${entity}.`)
    if (!Number.isInteger(percentage) || percentage < 0 || percentage > 100) {
      throw refuse(`The route to ${entity} has ${percentage} percent; it takes a whole number from 0 to 100.`)
    }
  }
  const sum = routes.reduce((total, { percentage }) => total + percentage, 0)
  if (sum !== 100) throw refuse(`The percentages of the routes sum to ${sum}, and must sum to 100.`)
}

/** Throws PLATFORM_REFUSED with the first fault that the config itself shows. */
export function checkConfig(config: EndpointConfig): void {
  checkEntities(config)
  checkRoutes(config)
}

/** Throws PLATFORM_REFUSED where an entity's version does not exist or is not READY. */
export async function checkVersions(registry: Registry, { entities }: EndpointConfig): Promise<void> {
  for (const { name, model, version } of entities) {
    const found = await registry.getVersion(model, version)
    if (!found) throw refuse(`${name} cannot be served because there is no version ${version} of ${model}.`)
    if (found.status === 'READY') continue
    const why = found.statusMessage === '' ? '' : ` (${found.statusMessage})`
    throw refuse(`${name} cannot be served because version ${version} of ${model} is ${found.status}${why}.`)
  }
}
