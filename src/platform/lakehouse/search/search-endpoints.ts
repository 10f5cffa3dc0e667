// Endpoints of vector search: they come up after some looks, can be stopped, and carry permissions by their id.

import type { State } from '../state.ts'
import {
  asList,
  type Call,
  invalid,
  notFound,
  type Route,
  refuse,
  required,
  route,
  text,
  toPage,
  type Values,
} from '../wire.ts'
import type { StoredEndpoint } from './stored.ts'

export interface SearchEndpointParts {
  state: State
  now(): number
  /** How many indexes an endpoint has. */
  countIndexes(endpoint: string): number
}

const ROOT = '/api/2.0/vector-search/endpoints'
const ACCESS = '/api/2.0/permissions/vector-search-endpoints/{id}'
const HOLDERS = ['user_name', 'group_name', 'service_principal_name']
const LEVELS = ['CAN_CREATE', 'CAN_USE', 'CAN_MANAGE']
const PAGE = 100

export function createSearchEndpoints({ state, now, countIndexes }: SearchEndpointParts) {
  const endpoints = state.table<StoredEndpoint>('search-endpoints')
  const control = {
    /** Looks that show an endpoint PROVISIONING before it is ONLINE. */
    looks: 0,
    /** Endpoints stay as they are while true. */
    held: false,
    /** As if the endpoint broke. */
    setState(name: string, shown: StoredEndpoint['state'], message = ''): void {
      change(require(name), { state: shown, message })
    },
  }

  function change(endpoint: StoredEndpoint, changes: Partial<StoredEndpoint>): StoredEndpoint {
    endpoints.put(endpoint.name, Object.assign(endpoint, changes))
    return endpoint
  }

  /** `isLook`: somebody waits for the endpoint to come up. */
  function require(name: string, isLook = false): StoredEndpoint {
    const endpoint = endpoints.get(name)
    if (!endpoint) throw notFound(`Vector search endpoint with name ${name} does not exist.`)
    const comesUp = endpoint.state === 'PROVISIONING' || endpoint.state === 'STARTING'
    if (!comesUp || control.held) return endpoint
    if (endpoint.looks >= control.looks) return change(endpoint, { state: 'ONLINE', looks: 0 })
    return isLook ? change(endpoint, { looks: endpoint.looks + 1 }) : endpoint
  }

  function show(endpoint: StoredEndpoint) {
    const {
      name,
      id,
      type,
      state: shown,
      message,
      creator,
      createdAt,
      updatedAt,
      updatedBy,
      targetQps,
      budgetPolicy,
    } = endpoint
    return {
      ...{ name, id, endpoint_type: type, endpoint_status: { state: shown, message } },
      ...{ num_indexes: countIndexes(name), creator, creation_timestamp: createdAt },
      ...{ last_updated_timestamp: updatedAt, last_updated_user: updatedBy, custom_tags: endpoint.tags },
      ...(budgetPolicy === '' ? {} : { budget_policy_id: budgetPolicy, effective_budget_policy_id: budgetPolicy }),
      ...(targetQps === null
        ? {}
        : { scaling_info: { requested_target_qps: targetQps, state: 'SCALING_CHANGE_APPLIED' } }),
    }
  }

  function create({ args, caller }: Call): unknown {
    const name = required(args, 'name')
    if (!/^[A-Za-z0-9][\w-]{0,126}$/.test(name)) throw invalid(`Invalid endpoint name '${name}'.`)
    const type = text(args, 'endpoint_type') || 'STANDARD'
    if (type !== 'STANDARD' && type !== 'STORAGE_OPTIMIZED') throw invalid(`Invalid endpoint type '${type}'.`)
    if (endpoints.has(name))
      throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Vector search endpoint with name ${name} already exists`)
    const times = { createdAt: now(), updatedAt: now() }
    const fresh = { state: 'PROVISIONING', message: '', looks: 0 } as const
    const endpoint: StoredEndpoint = {
      ...{ name, id: crypto.randomUUID(), type, ...fresh, creator: caller, updatedBy: caller, ...times },
      targetQps: readQps(args, type),
      budgetPolicy: text(args, 'usage_policy_id') || text(args, 'budget_policy_id'),
      tags: asList(args.custom_tags),
      access: { [`user_name ${caller}`]: 'CAN_MANAGE' },
    }
    endpoints.put(name, endpoint)
    return show(endpoint)
  }

  function update(changes: (call: Call, endpoint: StoredEndpoint) => Partial<StoredEndpoint>) {
    return (call: Call) => {
      const endpoint = require(call.at.name ?? '')
      return show(change(endpoint, { ...changes(call, endpoint), updatedAt: now(), updatedBy: call.caller }))
    }
  }

  function remove({ at }: Call): unknown {
    const { name } = require(at.name ?? '')
    const count = countIndexes(name)
    if (count > 0) throw invalid(`Vector search endpoint ${name} has ${count} indexes: delete them first.`)
    endpoints.delete(name)
    return {}
  }

  /** Permissions hang on the id: a name is not found. */
  function permissions({ method, at, args }: Call): unknown {
    const endpoint = endpoints.values().find(({ id }) => id === at.id)
    if (!endpoint) throw notFound(`Vector search endpoint with id ${at.id} does not exist.`)
    const access = method === 'PUT' ? {} : { ...endpoint.access }
    for (const one of method === 'GET' ? [] : asList(args.access_control_list)) {
      const kind = HOLDERS.find((holder) => text(one, holder) !== '')
      const level = text(one, 'permission_level')
      if (!kind) throw invalid('An entry of access_control_list names nobody.')
      if (!LEVELS.includes(level)) throw invalid(`permission_level '${level}' is none of ${LEVELS.join(', ')}.`)
      access[`${kind} ${text(one, kind)}`] = level
    }
    if (method !== 'GET') change(endpoint, { access })
    const access_control_list = Object.entries(access).map(([holder, permission_level]) => {
      const [kind = '', ...words] = holder.split(' ')
      return { [kind]: words.join(' '), all_permissions: [{ permission_level, inherited: false }] }
    })
    const object_id = `/vector-search-endpoints/${endpoint.id}`
    return { object_id, object_type: 'vector-search-endpoints', access_control_list }
  }

  const routes: Route[] = [
    route(`POST ${ROOT}`, create),
    route(`GET ${ROOT}`, ({ args }) => {
      const { items, ...more } = toPage(endpoints.values(), args, PAGE)
      return { endpoints: items.map(show), ...more }
    }),
    route(`GET ${ROOT}/{name}`, ({ at }) => show(require(at.name ?? '', true))),
    route(`DELETE ${ROOT}/{name}`, remove),
    route(
      `PATCH ${ROOT}/{name}`,
      update(({ args }, { type }) => ({ targetQps: readQps(args, type) })),
    ),
    route(
      `PATCH ${ROOT}/{name}/tags`,
      update(({ args }) => ({ tags: asList(args.custom_tags) })),
    ),
    ...['budget-policy', 'usage-policy'].map((path) =>
      route(
        `PATCH ${ROOT}/{name}/${path}`,
        update(({ args }) => ({ budgetPolicy: text(args, 'usage_policy_id') || text(args, 'budget_policy_id') })),
      ),
    ),
    route(
      `POST ${ROOT}/{name}/stop`,
      update(() => ({ state: 'STOPPED', message: 'The endpoint is stopped.' })),
    ),
    route(
      `POST ${ROOT}/{name}/start`,
      update(() => ({ state: 'STARTING', message: '', looks: 0 })),
    ),
    route(`POST ${ROOT}/{name}/metrics`, ({ at }) => {
      require(at.name ?? '')
      return { metric_values: [] }
    }),
    route(`GET ${ACCESS}/permissionLevels`, () => ({
      permission_levels: LEVELS.map((level) => ({ permission_level: level, description: level })),
    })),
    ...['GET', 'PUT', 'PATCH'].map((method) => route(`${method} ${ACCESS}`, permissions)),
  ]
  return { routes, control, require, show, list: () => endpoints.values(), create, remove, update }
}

export type SearchEndpoints = ReturnType<typeof createSearchEndpoints>

/** -1 takes the default. */
function readQps(args: Values, type: StoredEndpoint['type']): number | null {
  if (args.target_qps === undefined || args.target_qps === null) return null
  const qps = Number(args.target_qps)
  if (type !== 'STANDARD') throw invalid('target_qps is supported on STANDARD endpoints only.')
  if (!Number.isInteger(qps) || qps === 0 || qps < -1) throw invalid('target_qps must be a positive integer.')
  return qps === -1 ? null : qps
}
