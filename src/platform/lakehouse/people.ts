// The people of the local lakehouse: tokens, OAuth for service principals, SCIM users, and grants of Unity Catalog.
import { randomBytes } from 'node:crypto'
import {
  type Call,
  invalid,
  notFound,
  Refusal,
  type Route,
  refuse,
  route,
  text,
  toPage,
  type Values,
  whole,
} from './wire.ts'

export interface User {
  userName: string
  active?: boolean
  groups?: readonly string[]
}

const SCIM = 'urn:ietf:params:scim:api:messages:2.0'
/** Groups that a workspace has of its own, and that the account behind Unity Catalog does not know. */
const WORKSPACE_GROUPS = new Set(['users', 'admins'])

export function createPeople(ownerOf: (model: string) => string | undefined, now: () => number) {
  const users = new Map<string, User>()
  const tokens = new Map<string, { caller: string; endsAt: number }>()
  const clients = new Map<string, string>()
  const grants = new Map<string, Map<string, Set<string>>>()
  const control = {
    /** Seconds that a token of a service principal lives. */
    tokenSeconds: 3600,
    /** The first page of grants is empty and names a next one. */
    emptyFirstPage: false,
    /** How often a token was given out. */
    tokensGiven: 0,
    addUser(user: User): void {
      users.set(user.userName.toLowerCase(), user)
    },
    addToken(caller: string, token = `dapi${randomBytes(16).toString('hex')}`): string {
      tokens.set(token, { caller, endsAt: Number.POSITIVE_INFINITY })
      return token
    },
    addClient(id: string, secret: string): void {
      clients.set(id, secret)
    },
    revoke(token: string): void {
      tokens.delete(token)
    },
    /** `securable` such as `catalog ml`, `schema ml.rag` or `function ml.rag.docs`. */
    grant(securable: string, principal: string, ...privileges: string[]): void {
      const rows = grants.get(securable) ?? new Map<string, Set<string>>()
      grants.set(securable, rows)
      rows.set(principal, new Set([...(rows.get(principal) ?? []), ...privileges]))
    },
  }

  function giveToken({ headers, args }: Call): unknown {
    const [id = '', secret = ''] = Buffer.from(String(headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent)
    if (text(args, 'grant_type') !== 'client_credentials') throw new Refusal(400, { error: 'unsupported_grant_type' })
    if (clients.get(id) !== secret) {
      throw new Refusal(401, { error: 'invalid_client', error_description: 'Client authentication failed' })
    }
    control.tokensGiven += 1
    const access_token = `eyJ${randomBytes(24).toString('hex')}`
    tokens.set(access_token, { caller: id, endsAt: now() + control.tokenSeconds * 1000 })
    // The seconds come as text, as some servers send them.
    return { access_token, token_type: 'Bearer', expires_in: String(control.tokenSeconds), scope: text(args, 'scope') }
  }

  /** The caller; throws 401 without a token, 403 with a wrong one. */
  function identify(authorization: string | undefined): string {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined) {
      const message = 'Credential was not sent or was of an unsupported type for this API.'
      throw new Refusal(401, { error_code: 401, message })
    }
    const known = tokens.get(token)
    if (!known) throw new Refusal(403, { error_code: '403', message: 'Invalid access token. [ReqId: 7d3c]' })
    if (known.endsAt <= now()) throw refuse(401, 'UNAUTHENTICATED', 'Access token is expired.')
    return known.caller
  }

  const toResource = ({ userName, active = true, groups = [] }: User) => ({
    id: String(1000 + [...users.keys()].indexOf(userName.toLowerCase())),
    userName,
    active,
    emails: [{ value: userName, type: 'work', primary: true }],
    groups: groups.map((display, nth) => ({ display, value: String(nth), type: 'direct' })),
  })

  function findUsers({ args }: Call): unknown {
    const filter = text(args, 'filter')
    const wanted = /^userName (eq|sw) "([^"]*)"$/.exec(filter)
    if (filter && !wanted) {
      const body = { schemas: [`${SCIM}:Error`], detail: 'Given filter operator is not supported.', status: '400' }
      throw new Refusal(400, { ...body, scimType: 'invalidFilter' })
    }
    const [, operator, value = ''] = wanted ?? []
    const name = value.toLowerCase()
    const found = [...users.entries()]
      .filter(([key]) => !wanted || (operator === 'eq' ? key === name : key.startsWith(name)))
      .map(([, user]) => toResource(user))
    const startIndex = whole(args, 'startIndex', 1)
    const Resources = found.slice(startIndex - 1, startIndex - 1 + whole(args, 'count', 100))
    const schemas = [`${SCIM}:ListResponse`]
    return { schemas, totalResults: found.length, startIndex, itemsPerPage: Resources.length, Resources }
  }

  const isKnown = (principal: string): boolean =>
    users.has(principal.toLowerCase()) ||
    principal === 'account users' ||
    (!WORKSPACE_GROUPS.has(principal) && [...users.values()].some((user) => user.groups?.includes(principal)))

  function requireSecurable(type: string, name: string): void {
    const parts = name.split('.').length
    if (type === 'function' ? ownerOf(name) !== undefined : parts === { catalog: 1, schema: 2 }[type]) return
    throw notFound(`${type} '${name}' does not exist.`)
  }

  function effective({ at, args }: Call): unknown {
    const { type = '', name = '' } = at
    requireSecurable(type, name)
    const principal = text(args, 'principal')
    if (principal && !isKnown(principal)) {
      throw refuse(404, 'PRINCIPAL_DOES_NOT_EXIST', `Could not find principal with name ${principal}`)
    }
    const [catalog = '', schema = ''] = name.split('.')
    const above = [`catalog ${catalog}`, `schema ${catalog}.${schema}`].filter((one) => one !== `${type} ${name}`)
    const rows = new Map<string, Values[]>()
    for (const securable of [...above, `${type} ${name}`]) {
      const [kind = '', full = ''] = securable.split(' ')
      const from =
        securable === `${type} ${name}` ? {} : { inherited_from_type: kind.toUpperCase(), inherited_from_name: full }
      for (const [holder, privileges] of grants.get(securable) ?? []) {
        if (principal && holder !== principal) continue
        const list = [...privileges].map((privilege) => ({ privilege, ...from }))
        rows.set(holder, [...(rows.get(holder) ?? []), ...list])
      }
    }
    const assignments = [...rows].map(([holder, privileges]) => ({ principal: holder, privileges }))
    if (control.emptyFirstPage && !text(args, 'page_token')) return { privilege_assignments: [], next_page_token: '0' }
    const { items, ...next } = toPage(assignments, args, 100)
    return { privilege_assignments: items, ...next }
  }

  function direct({ at }: Call): unknown {
    requireSecurable(at.type ?? '', at.name ?? '')
    const rows = [...(grants.get(`${at.type} ${at.name}`) ?? [])]
    return { privilege_assignments: rows.map(([principal, set]) => ({ principal, privileges: [...set].sort() })) }
  }

  function change(call: Call): unknown {
    requireSecurable(call.at.type ?? '', call.at.name ?? '')
    const securable = `${call.at.type} ${call.at.name}`
    if (!Array.isArray(call.args.changes)) throw invalid('changes are missing')
    for (const { principal, add = [], remove = [] } of call.args.changes) {
      if (add.some((one: string) => remove.includes(one))) {
        throw invalid(`Duplicate privileges to add and delete for principal ${principal}.`)
      }
      control.grant(securable, principal, ...add)
      for (const one of remove) grants.get(securable)?.get(principal)?.delete(one)
    }
    return direct(call)
  }

  const me = ({ caller }: Call) => {
    const user = users.get(caller.toLowerCase()) ?? { userName: caller }
    return {
      raw: true,
      status: 200,
      headers: { 'X-Databricks-Org-Id': '900800700600' },
      body: JSON.stringify(toResource(user)),
    }
  }
  const discovery = ({ headers }: Call) => {
    const base = `http://${headers.host}/oidc/v1`
    return { authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token` }
  }
  const nothing = () => {
    throw refuse(404, 'ENDPOINT_NOT_FOUND', 'No API found.')
  }
  const routes: Route[] = [
    route('GET /.well-known/databricks-config', nothing, { open: true }),
    route('GET /oidc/.well-known/oauth-authorization-server', discovery, { open: true }),
    route('POST /oidc/v1/token', giveToken, { open: true }),
    route('GET /api/2.0/preview/scim/v2/Me', me),
    route('GET /api/2.0/preview/scim/v2/Users', findUsers),
    route('GET /api/2.1/unity-catalog/effective-permissions/{type}/{name}', effective),
    route('GET /api/2.1/unity-catalog/permissions/{type}/{name}', direct),
    route('PATCH /api/2.1/unity-catalog/permissions/{type}/{name}', change),
  ]
  return { routes, control, identify }
}
