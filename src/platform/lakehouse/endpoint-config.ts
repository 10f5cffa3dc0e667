// Configs of serving endpoints in the local lakehouse: how they are read from requests, and how they are told.
import { asList, asValues, notFound, refuse, text, type Values } from './wire.ts'

export interface ServedEntity {
  name: string
  entity_name: string
  entity_version: string
  settings: Values
}

export interface EndpointConfig {
  entities: ServedEntity[]
  routes: { entity: string; share: number }[]
  /** Everything beside entities and traffic, such as auto_capture_config. */
  rest: Values
  version: number
  startedAt: number
}

/** Status of a registered version; undefined where there is none. */
export type StatusOf = (model: string, version: number) => string | undefined

export const badConfig = (message: string) => refuse(400, 'INVALID_PARAMETER_VALUE', message)

const MOST_ENTITIES = 15
const SIZES = ['Small', 'Medium', 'Large']

function readEntity(given: Values, statusOf: StatusOf): ServedEntity {
  const { name, entity_name, entity_version, model_name, model_version, ...settings } = given
  if (given.external_model) throw badConfig('External models are not served by the local lakehouse.')
  const full = text(given, 'entity_name') || text(given, 'model_name')
  if (full === '') throw badConfig('A served entity needs entity_name and entity_version.')
  const version = text(given, 'entity_version') || text(given, 'model_version')
  const own = text(given, 'name') || `${full.split('.').at(-1)}-${version}`
  if (!/^[A-Za-z0-9_-]+$/.test(own))
    throw badConfig(`Served entity name '${own}' may hold letters, digits, - and _ alone.`)
  const status = statusOf(full, Number(version))
  if (status === undefined) throw notFound(`Registered model '${full}' version ${version} does not exist.`)
  if (status !== 'READY') throw badConfig(`Model version ${full} ${version} is ${status}.`)
  const size = text(given, 'workload_size')
  if (size && !SIZES.includes(size)) throw badConfig(`workload_size '${size}' is none of ${SIZES.join(', ')}.`)
  // What is not given gets its default, and is told from then on.
  return {
    ...{ name: own, entity_name: full, entity_version: version },
    settings: { workload_type: 'CPU', ...settings },
  }
}

function readRoutes(given: Values, entities: readonly ServedEntity[]): EndpointConfig['routes'] {
  const told = asList(asValues(given.traffic_config).routes)
  const [only] = entities
  if (told.length === 0 && entities.length > 1)
    throw badConfig('traffic_config is required for several served entities.')
  const routes = told.length
    ? told.map((one) => ({
        entity: text(one, 'served_entity_name') || text(one, 'served_model_name'),
        share: Number(one.traffic_percentage),
      }))
    : [{ entity: only?.name ?? '', share: 100 }]
  for (const { entity, share } of routes) {
    if (!entities.some(({ name }) => name === entity)) throw badConfig(`Route to unknown served entity '${entity}'.`)
    if (!Number.isInteger(share) || share < 0 || share > 100)
      throw badConfig('Traffic percentages are whole, from 0 to 100.')
  }
  const sum = routes.reduce((total, { share }) => total + share, 0)
  if (sum !== 100) throw badConfig(`Traffic percentages must sum to 100, and sum to ${sum}.`)
  return routes
}

/** Takes `served_entities`, or the older `served_models`. Throws what Model Serving refuses. */
export function readConfig(
  given: Values,
  { version, now, statusOf }: { version: number; now: number; statusOf: StatusOf },
): EndpointConfig {
  const entities = asList(given.served_entities ?? given.served_models).map((one) => readEntity(one, statusOf))
  if (entities.length === 0) throw badConfig('At least one served entity is required.')
  if (entities.length > MOST_ENTITIES) throw badConfig(`At most ${MOST_ENTITIES} served entities are allowed.`)
  if (new Set(entities.map(({ name }) => name)).size < entities.length)
    throw badConfig('Served entity names must be unique.')
  const routes = readRoutes(given, entities)
  const rest = given.auto_capture_config ? { auto_capture_config: given.auto_capture_config } : {}
  return { entities, routes, rest, version, startedAt: now }
}

/** `deployment` such as DEPLOYMENT_READY. */
export function showConfig(config: EndpointConfig, creator: string, deployment: string, message = '') {
  const served_entities = config.entities.map(({ settings, ...entity }) => ({
    ...settings,
    ...entity,
    creator,
    creation_timestamp: config.startedAt,
    state: { deployment, deployment_state_message: message },
  }))
  const served_models = served_entities.map(({ entity_name, entity_version, ...rest }) => ({
    ...rest,
    model_name: entity_name,
    model_version: entity_version,
  }))
  const routes = config.routes.map(({ entity, share }) => ({
    served_model_name: entity,
    served_entity_name: entity,
    traffic_percentage: share,
  }))
  return { ...config.rest, config_version: config.version, served_entities, served_models, traffic_config: { routes } }
}

/** A served entity by the traffic split. */
export function pickEntity({ routes }: EndpointConfig): string {
  let left = Math.random() * 100
  for (const { entity, share } of routes) {
    left -= share
    if (left < 0) return entity
  }
  return routes.find(({ share }) => share > 0)?.entity ?? ''
}
