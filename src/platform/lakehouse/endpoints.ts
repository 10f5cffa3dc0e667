// Model Serving of the local lakehouse: endpoints that go on answering with the old config while a new one is rolled out.
import { randomBytes } from 'node:crypto'
import {
  asList,
  asValues,
  type Call,
  notFound,
  type Route,
  refuse,
  required,
  route,
  text,
  type Values,
} from './wire.ts'

export interface ServedEntity {
  name: string
  entity_name: string
  entity_version: string
  settings: Values
}
interface Config {
  entities: ServedEntity[]
  routes: { entity: string; share: number }[]
  /** Everything beside entities and traffic, such as auto_capture_config. */
  rest: Values
  version: number
}
interface Endpoint {
  name: string
  id: string
  creator: string
  config: Config | null
  pending: Config | null
  update: 'NOT_UPDATING' | 'IN_PROGRESS' | 'UPDATE_FAILED' | 'UPDATE_CANCELED'
  message: string
  /** Looks at the update that runs. */
  looks: number
  access: Map<string, string>
}

export interface EndpointParts {
  statusOf(model: string, version: number): string | undefined
  /** What the served entity says to one record. */
  answer(entity: ServedEntity, record: Values): unknown
}

const ROOT = '/api/2.0/serving-endpoints'
const bad = (message: string) => refuse(400, 'INVALID_PARAMETER_VALUE', message)

export function createEndpoints({ statusOf, answer }: EndpointParts) {
  const endpoints = new Map<string, Endpoint>()
  const broken = new Map<string, string>()
  const control = {
    /** Looks that show an update in progress before it ends. At least 1. */
    looks: 1,
    held: false,
    /** Names of endpoints whose config was replaced, in order, refused or not. */
    puts: [] as string[],
    /** An update to this version fails, and says so. */
    breakVersion(model: string, version: string, message = 'Container creation failed: the model has no chain.'): void {
      broken.set(`${model} ${version}`, message)
    },
    /** Updates stay in progress until what it returns is called. */
    hold(): () => void {
      control.held = true
      return () => {
        control.held = false
      }
    },
    cancel(name: string): void {
      Object.assign(requireEndpoint(name), { update: 'UPDATE_CANCELED' })
    },
  }

  function requireEndpoint(name: string): Endpoint {
    const endpoint = endpoints.get(name)
    if (!endpoint) throw notFound(`Serving endpoint with name ${name} not found`)
    return endpoint
  }

  function readEntity(given: Values): ServedEntity {
    const { name, entity_name, entity_version, model_name, model_version, ...settings } = given
    const full = text(given, 'entity_name') || text(given, 'model_name')
    const version = text(given, 'entity_version') || text(given, 'model_version')
    const own = text(given, 'name') || `${full.split('.').at(-1)}-${version}`
    if (!/^[A-Za-z0-9_-]+$/.test(own)) throw bad(`Served entity name '${own}' may hold letters, digits, - and _ alone.`)
    const status = statusOf(full, Number(version))
    if (status === undefined) throw notFound(`Registered model '${full}' version ${version} does not exist.`)
    if (status !== 'READY') throw bad(`Model version ${full} ${version} is ${status}.`)
    // What is not given gets its default, and is told from then on.
    return { name: own, entity_name: full, entity_version: version, settings: { workload_type: 'CPU', ...settings } }
  }

  function readConfig(given: Values, version: number): Config {
    const entities = asList(given.served_entities ?? given.served_models).map(readEntity)
    if (entities.length === 0) throw bad('At least one served entity is required.')
    if (new Set(entities.map(({ name }) => name)).size < entities.length)
      throw bad('Served entity names must be unique.')
    const told = asList(asValues(given.traffic_config).routes)
    const [only] = entities
    if (told.length === 0 && entities.length > 1) throw bad('traffic_config is required for several served entities.')
    const routes = told.length
      ? told.map((one) => ({
          entity: text(one, 'served_entity_name') || text(one, 'served_model_name'),
          share: Number(one.traffic_percentage),
        }))
      : [{ entity: only?.name ?? '', share: 100 }]
    for (const { entity, share } of routes) {
      if (!entities.some(({ name }) => name === entity)) throw bad(`Route to unknown served entity '${entity}'.`)
      if (!Number.isInteger(share) || share < 0 || share > 100)
        throw bad('Traffic percentages are whole, from 0 to 100.')
    }
    const sum = routes.reduce((total, { share }) => total + share, 0)
    if (sum !== 100) throw bad(`Traffic percentages must sum to 100, and sum to ${sum}.`)
    const rest = given.auto_capture_config ? { auto_capture_config: given.auto_capture_config } : {}
    return { entities, routes, rest, version }
  }

  const faultOf = (config: Config): string | undefined =>
    config.entities.map((one) => broken.get(`${one.entity_name} ${one.entity_version}`)).find(Boolean)

  /** An update ends between two looks at it, never before the first. */
  function moveOn(endpoint: Endpoint): void {
    if (endpoint.update !== 'IN_PROGRESS' || control.held || !endpoint.pending) return
    endpoint.looks += 1
    if (endpoint.looks < control.looks) return
    const fault = faultOf(endpoint.pending)
    if (fault !== undefined) return void Object.assign(endpoint, { update: 'UPDATE_FAILED', message: fault })
    Object.assign(endpoint, { update: 'NOT_UPDATING', message: '', config: endpoint.pending, pending: null })
  }

  function toConfig(config: Config, deployment: string, message = '') {
    const served_entities = config.entities.map(({ settings, ...entity }) => ({
      ...settings,
      ...entity,
      creator: 'owner@example.com',
      creation_timestamp: 1_760_000_000_000,
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
    return {
      ...config.rest,
      config_version: config.version,
      served_entities,
      served_models,
      traffic_config: { routes },
    }
  }

  function toDetailed(endpoint: Endpoint) {
    const { name, id, creator, config, pending, update, message } = endpoint
    // A config that failed stays in sight, with the reason at its entity.
    const deployment = update === 'IN_PROGRESS' ? 'DEPLOYMENT_CREATING' : 'DEPLOYMENT_FAILED'
    const state = { ready: config ? 'READY' : 'NOT_READY', config_update: update }
    return {
      ...{
        name,
        id,
        creator,
        state,
        permission_level: 'CAN_MANAGE',
        tags: [],
        route_optimized: false,
        description: '',
      },
      ...(config ? { config: toConfig(config, 'DEPLOYMENT_READY') } : {}),
      ...(pending ? { pending_config: toConfig(pending, deployment, message) } : {}),
    }
  }

  function create({ args, caller }: Call): unknown {
    const name = required(args, 'name')
    if (!/^[A-Za-z0-9][\w-]{0,62}$/.test(name)) throw bad(`Invalid endpoint name '${name}'.`)
    if (endpoints.has(name)) {
      throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Serving endpoint with name ${name} already exists`)
    }
    const pending = readConfig(asValues(args.config), 1)
    const id = randomBytes(16).toString('hex')
    const fresh = {
      name,
      id,
      creator: caller,
      config: null,
      pending,
      update: 'IN_PROGRESS',
      message: '',
      looks: 0,
    } as const
    const endpoint: Endpoint = { ...fresh, access: new Map([[caller, 'CAN_MANAGE']]) }
    endpoints.set(name, endpoint)
    return toDetailed(endpoint)
  }

  function replace({ at, args }: Call): unknown {
    const { name = '' } = at
    control.puts.push(name)
    const endpoint = requireEndpoint(name)
    if (endpoint.update === 'IN_PROGRESS') {
      const message = `Endpoint ${name} is currently updating. Wait for the update to complete before updating its configuration.`
      throw refuse(409, 'RESOURCE_CONFLICT', message)
    }
    const version = Math.max(endpoint.config?.version ?? 0, endpoint.pending?.version ?? 0) + 1
    const pending = readConfig(args, version)
    Object.assign(endpoint, { pending, update: 'IN_PROGRESS', message: '', looks: 0 })
    return toDetailed(endpoint)
  }

  function invoke({ at, args }: Call): unknown {
    const { name = '', entity = '' } = at
    const config = endpoints.get(name)?.config
    if (!config) {
      const message =
        'The given endpoint does not exist, please retry after checking the specified model and version deployment exists.'
      throw refuse(404, 'ENDPOINT_NOT_FOUND', message)
    }
    const asked = entity || pick(config)
    const found = config.entities.find((one) => one.name === asked)
    if (!found) throw notFound(`Served entity ${asked} of endpoint ${name} not found`)
    if (!Array.isArray(args.dataframe_records)) {
      throw refuse(
        400,
        'BAD_REQUEST',
        'Encountered an unexpected error while parsing the input data: no dataframe_records.',
      )
    }
    const predictions = asList(args.dataframe_records).map((record) => answer(found, record))
    return {
      raw: true,
      status: 200,
      headers: { 'served-model-name': found.name },
      body: JSON.stringify({ predictions }),
    }
  }

  /** Permissions hang on the id: a name is not found. */
  function access({ method, at, args }: Call): unknown {
    const endpoint = [...endpoints.values()].find(({ id }) => id === at.id)
    if (!endpoint) throw notFound(`Serving endpoint with id ${at.id} does not exist.`)
    if (method === 'PUT') endpoint.access.clear()
    if (method !== 'GET') {
      for (const one of asList(args.access_control_list))
        endpoint.access.set(text(one, 'user_name'), text(one, 'permission_level'))
    }
    const access_control_list = [...endpoint.access].map(([user_name, permission_level]) => ({
      user_name,
      all_permissions: [{ permission_level, inherited: false }],
    }))
    return { object_id: `/serving-endpoints/${endpoint.id}`, object_type: 'serving-endpoint', access_control_list }
  }

  const routes: Route[] = [
    route(`POST ${ROOT}`, create),
    route(`GET ${ROOT}`, () => ({ endpoints: [...endpoints.values()].map(toDetailed) })),
    route(`GET ${ROOT}/{name}`, ({ at }) => {
      const endpoint = requireEndpoint(at.name ?? '')
      const shown = toDetailed(endpoint)
      moveOn(endpoint)
      return shown
    }),
    route(`DELETE ${ROOT}/{name}`, ({ at }) => {
      requireEndpoint(at.name ?? '')
      endpoints.delete(at.name ?? '')
      return {}
    }),
    route(`PUT ${ROOT}/{name}/config`, replace),
    ...['GET', 'PUT', 'PATCH'].map((method) => route(`${method} /api/2.0/permissions/serving-endpoints/{id}`, access)),
    route('POST /serving-endpoints/{name}/invocations', invoke),
    route('POST /serving-endpoints/{name}/served-models/{entity}/invocations', invoke),
  ]
  return { routes, control }
}

/** By the traffic split. */
function pick({ routes }: Config): string {
  let left = Math.random() * 100
  for (const { entity, share } of routes) {
    left -= share
    if (left < 0) return entity
  }
  return routes.find(({ share }) => share > 0)?.entity ?? ''
}
