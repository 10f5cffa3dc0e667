// Model Serving of the local lakehouse: endpoints that go on answering with the old config while a new one is rolled out.
import { randomBytes } from 'node:crypto'
import {
  badConfig,
  type EndpointConfig,
  pickEntity,
  readConfig,
  type ServedEntity,
  type StatusOf,
  showConfig,
} from './endpoint-config.ts'
import { type AccessLevel, createExtras, type Endpoint, mayAccess, toAccessRefusal } from './endpoint-extras.ts'
import { toModelFault, toRecords } from './invoke.ts'
import type { State } from './state.ts'
import { createSystemEndpoints, showSystem } from './system-endpoints.ts'
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

export type { ServedEntity } from './endpoint-config.ts'

export interface EndpointParts {
  state: State
  now(): number
  statusOf: StatusOf
  groupsOf(caller: string): readonly string[]
  /** What the served entity says to one record. The signal aborts when nobody waits any more. */
  answer(entity: ServedEntity, record: Values, signal: AbortSignal): unknown
}

const ROOT = '/api/2.0/serving-endpoints'

export function createEndpoints({ state, now, statusOf, groupsOf, answer }: EndpointParts) {
  const endpoints = state.table<Endpoint>('endpoints')
  const system = createSystemEndpoints()
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
      change(requireEndpoint(name), { update: 'UPDATE_CANCELED' })
    },
  }
  const statusOfEntity: StatusOf = (model, version) => (system.ofEntity(model) ? 'READY' : statusOf(model, version))

  function requireEndpoint(name: string): Endpoint {
    const endpoint = endpoints.get(name)
    if (!endpoint) throw notFound(`Serving endpoint with name ${name} not found`)
    return endpoint
  }
  /** Admins and whoever made it may everything; others what they were given, themselves or through a group. */
  function demand(endpoint: Endpoint, caller: string, level: AccessLevel): void {
    if (!mayAccess(endpoint, caller, groupsOf(caller), level)) throw toAccessRefusal(endpoint, caller, level)
  }
  function change(endpoint: Endpoint, changes: Partial<Endpoint>): Endpoint {
    endpoints.put(endpoint.name, Object.assign(endpoint, changes))
    return endpoint
  }

  const faultOf = (config: EndpointConfig): string | undefined =>
    config.entities.map((one) => broken.get(`${one.entity_name} ${one.entity_version}`)).find(Boolean)

  /** An update ends between two looks at it, never before the first. */
  function moveOn(endpoint: Endpoint): void {
    const { pending, update } = endpoint
    if (update !== 'IN_PROGRESS' || control.held || !pending) return
    change(endpoint, { looks: endpoint.looks + 1 })
    if (endpoint.looks < control.looks) return
    const message = faultOf(pending)
    if (message !== undefined) change(endpoint, { update: 'UPDATE_FAILED', message })
    else change(endpoint, { update: 'NOT_UPDATING', message: '', config: pending, pending: null })
  }

  function show(endpoint: Endpoint) {
    const { name, id, creator, createdAt, updatedAt, config, pending, update, message, tags, description } = endpoint
    // A config that failed stays in sight, with the reason at its entity.
    const deployment = update === 'IN_PROGRESS' ? 'DEPLOYMENT_CREATING' : 'DEPLOYMENT_FAILED'
    const [first] = (config ?? pending)?.entities ?? []
    const task = first && system.ofEntity(first.entity_name)?.task
    return {
      ...{ name, id, creator, creation_timestamp: createdAt, last_updated_timestamp: updatedAt },
      state: { ready: config ? 'READY' : 'NOT_READY', config_update: update },
      ...{ permission_level: 'CAN_MANAGE', tags, route_optimized: false, description, ...endpoint.more },
      ...(task ? { task } : {}),
      ...(config ? { config: showConfig(config, creator, 'DEPLOYMENT_READY') } : {}),
      ...(pending
        ? {
            pending_config: {
              start_time: pending.startedAt,
              ...showConfig(pending, creator, deployment, message),
            },
          }
        : {}),
    }
  }

  function create({ args, caller }: Call): unknown {
    const name = required(args, 'name')
    if (!/^[A-Za-z0-9][\w-]{0,62}$/.test(name)) throw badConfig(`Invalid endpoint name '${name}'.`)
    if (endpoints.has(name) || system.get(name)) {
      throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Serving endpoint with name ${name} already exists`)
    }
    const at = now()
    const pending = readConfig(asValues(args.config), { version: 1, now: at, statusOf: statusOfEntity })
    const id = randomBytes(16).toString('hex')
    const fresh = { config: null, pending, update: 'IN_PROGRESS', message: '', looks: 0 } as const
    const { ai_gateway, rate_limits, budget_policy_id } = args
    const given = Object.entries({ ai_gateway, rate_limits, budget_policy_id })
    const endpoint: Endpoint = {
      ...{ name, id, creator: caller, createdAt: at, updatedAt: at, ...fresh },
      access: { [`user_name ${caller}`]: 'CAN_MANAGE' },
      tags: asList(args.tags),
      description: text(args, 'description'),
      more: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    }
    endpoints.put(name, endpoint)
    return show(endpoint)
  }

  function refuseWhileUpdating({ name, update }: Endpoint): void {
    if (update !== 'IN_PROGRESS') return
    const message = `Endpoint ${name} is currently updating. Wait for the update to complete before updating its configuration.`
    throw refuse(409, 'RESOURCE_CONFLICT', message)
  }

  function replace({ at, args, caller }: Call): unknown {
    const { name = '' } = at
    control.puts.push(name)
    const endpoint = requireEndpoint(name)
    demand(endpoint, caller, 'CAN_MANAGE')
    refuseWhileUpdating(endpoint)
    const version = Math.max(endpoint.config?.version ?? 0, endpoint.pending?.version ?? 0) + 1
    // Provisioned throughput wraps what is replaced.
    const given = args.config === undefined ? args : asValues(args.config)
    const pending = readConfig(given, { version, now: now(), statusOf: statusOfEntity })
    return show(change(endpoint, { pending, update: 'IN_PROGRESS', message: '', looks: 0, updatedAt: now() }))
  }

  /** `name` goes before the one in the path: requests to all endpoints name theirs in the body. */
  async function invoke(call: Call, name = call.at.name ?? ''): Promise<unknown> {
    const own = system.get(name)
    if (own) return own.invoke(call)
    const endpoint = endpoints.get(name)
    if (endpoint) demand(endpoint, call.caller, 'CAN_QUERY')
    const config = endpoint?.config
    if (!config) {
      const message =
        'The given endpoint does not exist, please retry after checking the specified model and version deployment exists.'
      throw refuse(404, 'ENDPOINT_NOT_FOUND', message)
    }
    const asked = call.at.entity || pickEntity(config)
    const found = config.entities.find((one) => one.name === asked)
    if (!found) throw notFound(`Served entity ${asked} of endpoint ${name} not found`)
    const provisioned = system.ofEntity(found.entity_name)
    if (provisioned) return provisioned.invoke(call)
    for (const handler of system.handlers()) {
      const said = await handler(found, call)
      if (said !== undefined) return said
    }
    const predictions = await predict(found, call)
    const headers = { 'served-model-name': found.name }
    return { raw: true, status: 200, headers, body: JSON.stringify({ predictions }) }
  }

  async function predict(entity: ServedEntity, { args, signal }: Call): Promise<unknown[]> {
    const records = toRecords(args)
    try {
      return await Promise.all(records.map(async (record) => answer(entity, record, signal)))
    } catch (error) {
      throw toModelFault(error)
    }
  }

  const routes: Route[] = [
    ...[ROOT, `${ROOT}/pt`].map((path) => route(`POST ${path}`, create)),
    route(`GET ${ROOT}`, () => ({
      endpoints: [...system.list().map(showSystem), ...endpoints.values().map(show)],
    })),
    route(`GET ${ROOT}/{name}`, ({ at }) => {
      const own = system.get(at.name ?? '')
      if (own) return showSystem(own)
      const endpoint = requireEndpoint(at.name ?? '')
      const shown = show(endpoint)
      moveOn(endpoint)
      return shown
    }),
    route(`DELETE ${ROOT}/{name}`, ({ at, caller }) => {
      demand(requireEndpoint(at.name ?? ''), caller, 'CAN_MANAGE')
      endpoints.delete(at.name ?? '')
      return {}
    }),
    ...[`${ROOT}/{name}/config`, `${ROOT}/pt/{name}/config`].map((path) => route(`PUT ${path}`, replace)),
    ...createExtras({ requireEndpoint, demand, change, all: () => endpoints.values() }),
    route('POST /serving-endpoints/{name}/invocations', (call) => invoke(call)),
    route('POST /serving-endpoints/{name}/served-models/{entity}/invocations', (call) => invoke(call)),
  ]
  return { routes, control, system, invoke }
}
