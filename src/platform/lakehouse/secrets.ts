// Secrets of the local lakehouse: scopes, values, and who may read, write or manage them. Values are never logged.
import { own, setOwn } from './own-keys.ts'
import type { State } from './state.ts'
import { type Call, invalid, notFound, type Route, refuse, required, route, text } from './wire.ts'

const ROOT = '/api/2.0/secrets'
const PERMISSIONS = ['READ', 'WRITE', 'MANAGE'] as const
type Permission = (typeof PERMISSIONS)[number]

interface Scope {
  /** Whoever made it manages it. */
  owner: string
  acls: Record<string, Permission>
  secrets: Record<string, { base64: string; updatedAt: number }>
}

export interface SecretsParts {
  state: State
  now(): number
  /** Groups of a user. */
  groupsOf?(caller: string): readonly string[]
}

const MAX_SCOPES = 1000
const MAX_SECRETS = 1000
const MAX_BYTES = 128 * 1024

export function createSecrets({ state, now, groupsOf = () => [] }: SecretsParts) {
  const scopes = state.table<Scope>('secret-scopes')

  /** The scope, where the caller has at least this permission. `users` stands for everybody. */
  function requireScope(call: Call, least: Permission): [string, Scope] {
    const name = required(call.args, 'scope')
    const scope = scopes.get(name)
    if (!scope) throw notFound(`Scope ${name} does not exist!`)
    const granted = [call.caller, 'users', ...groupsOf(call.caller)].flatMap((who) => own(scope.acls, who) ?? [])
    if (granted.every((one) => PERMISSIONS.indexOf(one) < PERMISSIONS.indexOf(least)))
      throw refuse(403, 'PERMISSION_DENIED', `User ${call.caller} does not have ${least} permission on scope ${name}`)
    return [name, scope]
  }
  function checkName(name: string, what: string): void {
    if (!/^[\w\-.@ /]{1,128}$/.test(name))
      throw invalid(`${what} '${name.slice(0, 130)}' is invalid: at most 128 letters, digits, '-', '_', '@' and '.'.`)
  }
  const keep = (name: string, scope: Scope) => {
    scopes.put(name, scope)
    return {}
  }

  function createScope(call: Call): unknown {
    const name = required(call.args, 'scope')
    checkName(name, 'Scope name')
    const principal = text(call.args, 'initial_manage_principal')
    if (principal !== '' && principal !== 'users') throw invalid("initial_manage_principal can only be 'users'.")
    if (scopes.has(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Scope ${name} already exists!`)
    if (scopes.keys().length >= MAX_SCOPES)
      throw refuse(400, 'RESOURCE_LIMIT_EXCEEDED', `The limit of ${MAX_SCOPES} scopes is reached.`)
    return keep(name, { owner: call.caller, acls: { [principal || call.caller]: 'MANAGE' }, secrets: {} })
  }

  function putSecret(call: Call): unknown {
    const [name, scope] = requireScope(call, 'WRITE')
    const key = required(call.args, 'key')
    checkName(key, 'Secret key')
    const { string_value, bytes_value } = call.args
    if ((typeof string_value === 'string') === (typeof bytes_value === 'string'))
      throw refuse(400, 'MALFORMED_REQUEST', 'Give exactly one of string_value and bytes_value.')
    const bytes =
      typeof string_value === 'string' ? Buffer.from(string_value) : Buffer.from(String(bytes_value), 'base64')
    if (bytes.length > MAX_BYTES) throw invalid(`The secret is ${bytes.length} bytes; the limit is ${MAX_BYTES}.`)
    if (!scope.secrets[key] && Object.keys(scope.secrets).length >= MAX_SECRETS)
      throw refuse(400, 'RESOURCE_LIMIT_EXCEEDED', `Scope ${name} holds ${MAX_SECRETS} secrets, the limit.`)
    setOwn(scope.secrets, key, { base64: bytes.toString('base64'), updatedAt: now() })
    return keep(name, scope)
  }
  const requireKey = (scope: Scope, name: string, call: Call): string => {
    const key = required(call.args, 'key')
    if (!Object.hasOwn(scope.secrets, key)) throw notFound(`Secret does not exist with scope: ${name} and key: ${key}`)
    return key
  }

  const secrets: Route[] = [
    route(`POST ${ROOT}/put`, putSecret),
    route(`GET ${ROOT}/get`, (call) => {
      const [name, scope] = requireScope(call, 'READ')
      const key = requireKey(scope, name, call)
      return { key, value: own(scope.secrets, key)?.base64 ?? '' }
    }),
    route(`GET ${ROOT}/list`, (call) => {
      const [, scope] = requireScope(call, 'READ')
      const rows = Object.entries(scope.secrets).map(([key, one]) => ({ key, last_updated_timestamp: one.updatedAt }))
      return rows.length > 0 ? { secrets: rows } : {}
    }),
    route(`POST ${ROOT}/delete`, (call) => {
      const [name, scope] = requireScope(call, 'WRITE')
      delete scope.secrets[requireKey(scope, name, call)]
      return keep(name, scope)
    }),
  ]
  const requireAcl = (scope: Scope, name: string, call: Call): [string, Permission] => {
    const principal = required(call.args, 'principal')
    const permission = own(scope.acls, principal)
    if (!permission) throw notFound(`Failed to get secret acl for principal ${principal} for scope ${name}.`)
    return [principal, permission]
  }
  const acls: Route[] = [
    route(`POST ${ROOT}/acls/put`, (call) => {
      const [name, scope] = requireScope(call, 'MANAGE')
      const permission = PERMISSIONS.find((one) => one === text(call.args, 'permission'))
      if (!permission) throw invalid(`permission is one of ${PERMISSIONS.join(', ')}.`)
      setOwn(scope.acls, required(call.args, 'principal'), permission)
      return keep(name, scope)
    }),
    route(`GET ${ROOT}/acls/get`, (call) => {
      const [name, scope] = requireScope(call, 'MANAGE')
      const [principal, permission] = requireAcl(scope, name, call)
      return { principal, permission }
    }),
    route(`GET ${ROOT}/acls/list`, (call) => {
      const [, scope] = requireScope(call, 'MANAGE')
      return { items: Object.entries(scope.acls).map(([principal, permission]) => ({ principal, permission })) }
    }),
    route(`POST ${ROOT}/acls/delete`, (call) => {
      const [name, scope] = requireScope(call, 'MANAGE')
      delete scope.acls[requireAcl(scope, name, call)[0]]
      return keep(name, scope)
    }),
  ]
  const routes: Route[] = [
    route(`POST ${ROOT}/scopes/create`, createScope),
    route(`GET ${ROOT}/scopes/list`, () => {
      const rows = scopes.keys().map((name) => ({ name, backend_type: 'DATABRICKS' }))
      return rows.length > 0 ? { scopes: rows } : {}
    }),
    route(`POST ${ROOT}/scopes/delete`, (call) => {
      scopes.delete(requireScope(call, 'MANAGE')[0])
      return {}
    }),
    ...secrets,
    ...acls,
  ]
  return { routes, control: {} }
}
