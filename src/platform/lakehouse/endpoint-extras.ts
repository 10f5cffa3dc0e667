// What endpoints of the local lakehouse have beside their config: permissions, tags, gateway settings, logs and metrics.
import { badConfig, type EndpointConfig } from './endpoint-config.ts'
import { asList, type Call, notFound, type Refusal, type Route, refuse, route, text, type Values } from './wire.ts'

/** As it is kept. */
export interface Endpoint {
  name: string
  id: string
  creator: string
  createdAt: number
  updatedAt: number
  config: EndpointConfig | null
  pending: EndpointConfig | null
  update: 'NOT_UPDATING' | 'IN_PROGRESS' | 'UPDATE_FAILED' | 'UPDATE_CANCELED'
  message: string
  /** Looks at the update that runs. */
  looks: number
  /** Level by holder, such as `user_name ana@example.com`. */
  access: Record<string, string>
  tags: Values[]
  description: string
  /** Further settings of the endpoint by their own name, such as ai_gateway. */
  more: Record<string, unknown>
}

const ROOT = '/api/2.0/serving-endpoints'
const HOLDERS = ['user_name', 'group_name', 'service_principal_name']
const LEVELS = ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE']

export type AccessLevel = 'CAN_QUERY' | 'CAN_MANAGE'

export function mayAccess(
  { access, creator }: Pick<Endpoint, 'access' | 'creator'>,
  caller: string,
  groups: readonly string[],
  level: AccessLevel,
): boolean {
  if (groups.includes('admins') || creator.toLowerCase() === caller.toLowerCase()) return true
  const own = [`user_name ${caller}`, `service_principal_name ${caller}`, ...groups.map((one) => `group_name ${one}`)]
  const names = new Set(own.map((one) => one.toLowerCase()))
  const held = Object.entries(access).flatMap(([holder, given]) => (names.has(holder.toLowerCase()) ? [given] : []))
  return held.includes('CAN_MANAGE') || held.includes(level)
}

export function toAccessRefusal({ name }: Pick<Endpoint, 'name'>, caller: string, level: AccessLevel): Refusal {
  const message = `User ${caller} does not have ${level} permission on serving endpoint ${name}.`
  return refuse(403, 'PERMISSION_DENIED', message)
}

export interface ExtraParts {
  /** Throws 403 where the caller may not. */
  demand(endpoint: Endpoint, caller: string, level: AccessLevel): void
  /** Throws where there is none. */
  requireEndpoint(name: string): Endpoint
  /** Keeps the changes. */
  change(endpoint: Endpoint, changes: Partial<Endpoint>): Endpoint
  all(): Endpoint[]
}

export function createExtras({ requireEndpoint, demand, change, all }: ExtraParts): Route[] {
  /** Permissions hang on the id: a name is not found. */
  function byId(id: string | undefined): Endpoint {
    const endpoint = all().find((one) => one.id === id)
    if (!endpoint) throw notFound(`Serving endpoint with id ${id} does not exist.`)
    return endpoint
  }
  function permissions({ method, at, args, caller }: Call): unknown {
    const endpoint = byId(at.id)
    if (method !== 'GET') demand(endpoint, caller, 'CAN_MANAGE')
    const access = method === 'PUT' ? {} : { ...endpoint.access }
    for (const one of method === 'GET' ? [] : asList(args.access_control_list)) {
      const kind = HOLDERS.find((holder) => text(one, holder) !== '')
      const level = text(one, 'permission_level')
      if (!kind) throw badConfig('An entry of access_control_list names nobody.')
      if (!LEVELS.includes(level)) throw badConfig(`permission_level '${level}' is none of ${LEVELS.join(', ')}.`)
      access[`${kind} ${text(one, kind)}`] = level
    }
    if (method !== 'GET') change(endpoint, { access })
    const access_control_list = Object.entries(access).map(([holder, permission_level]) => {
      const [kind = '', ...name] = holder.split(' ')
      return { [kind]: name.join(' '), all_permissions: [{ permission_level, inherited: false }] }
    })
    return { object_id: `/serving-endpoints/${endpoint.id}`, object_type: 'serving-endpoint', access_control_list }
  }

  function changeTags({ at, args }: Call): unknown {
    const endpoint = requireEndpoint(at.name ?? '')
    const added = asList(args.add_tags)
    const gone = [
      ...(Array.isArray(args.delete_tags) ? args.delete_tags.map(String) : []),
      ...added.map(({ key }) => key),
    ]
    const tags = [...endpoint.tags.filter(({ key }) => !gone.includes(key)), ...added]
    return { tags: change(endpoint, { tags }).tags }
  }
  /** Settings that are kept and told as they were given. */
  const setMore = (key: string) => (call: Call) => {
    const endpoint = requireEndpoint(call.at.name ?? '')
    const value = key === 'rate_limits' ? call.args.rate_limits : call.args
    change(endpoint, { more: { ...endpoint.more, [key]: value } })
    return key === 'rate_limits' ? { rate_limits: value } : value
  }
  function logs({ at }: Call): unknown {
    const { config, pending, message } = requireEndpoint(at.name ?? '')
    const entities = [...(pending?.entities ?? []), ...(config?.entities ?? [])]
    const found = entities.find(({ name }) => name === at.entity)
    if (!found) throw notFound(`Served entity ${at.entity} of endpoint ${at.name} not found`)
    return { logs: `Loading ${found.entity_name} version ${found.entity_version}\n${message || 'Ready'}\n` }
  }
  const plain = (body: string) => ({ raw: true, status: 200, headers: { 'content-type': 'text/plain' }, body })
  function describe({ at }: Call): unknown {
    const { name, config } = requireEndpoint(at.name ?? '')
    const post = { summary: 'Query the endpoint', responses: { 200: { description: 'Predictions' } } }
    const paths = { [`/serving-endpoints/${name}/invocations`]: { post } }
    return { openapi: '3.1.0', info: { title: name, version: String(config?.version ?? 0) }, paths }
  }

  return [
    route(`PATCH ${ROOT}/{name}/tags`, changeTags),
    route(`PUT ${ROOT}/{name}/ai-gateway`, setMore('ai_gateway')),
    route(`PUT ${ROOT}/{name}/rate-limits`, setMore('rate_limits')),
    route(`PATCH ${ROOT}/{name}/notifications`, setMore('email_notifications')),
    route(`GET ${ROOT}/{name}/served-models/{entity}/build-logs`, logs),
    route(`GET ${ROOT}/{name}/served-models/{entity}/logs`, logs),
    route(`GET ${ROOT}/{name}/openapi`, describe),
    route(`GET ${ROOT}/{name}/metrics`, ({ at }) => {
      const ready = requireEndpoint(at.name ?? '').config ? 1 : 0
      return plain(`# TYPE endpoint_ready gauge\nendpoint_ready{endpoint_name="${at.name}"} ${ready}\n`)
    }),
    route('GET /api/2.0/permissions/serving-endpoints/{id}/permissionLevels', ({ at }) => {
      byId(at.id)
      return { permission_levels: LEVELS.map((level) => ({ permission_level: level, description: level })) }
    }),
    ...['GET', 'PUT', 'PATCH'].map((method) =>
      route(`${method} /api/2.0/permissions/serving-endpoints/{id}`, permissions),
    ),
  ]
}
