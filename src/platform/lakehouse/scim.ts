// SCIM of the local lakehouse: users and groups, their search, and who asks.
import { isAdmin } from './rights.ts'
import type { State, Table } from './state.ts'
import {
  asList,
  asValues,
  type Call,
  flag,
  type Handle,
  Refusal,
  type Route,
  required,
  route,
  text,
  type Values,
  whole,
} from './wire.ts'

export interface StoredUser {
  id: string
  userName: string
  active: boolean
  groups: string[]
}

/** Number of the workspace, in the header that SDKs read it from. */
export const WORKSPACE_ID = '900800700600'

const ROOT = '/api/2.0/preview/scim/v2'
const SCHEMA = 'urn:ietf:params:scim:api:messages:2.0'
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
/** Groups that a workspace has of its own, and that the account behind Unity Catalog does not know. */
const WORKSPACE_GROUPS = new Set(['users', 'admins'])
const EVERYBODY = 'account users'

const refuseScim = (status: number, detail: string, scimType?: string) =>
  new Refusal(status, {
    schemas: [`${SCHEMA}:Error`],
    detail,
    status: String(status),
    ...(scimType ? { scimType } : {}),
  })

type Holds = (one: Values) => boolean

/** `userName eq "a@x.com"` and its like, joined by and, or. `field` of the resource is text, or missing. */
function parseFilter(filter: string): Holds {
  if (filter.trim() === '') return () => true
  const either = filter.split(/\s+or\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/i)
  const parsed = either.map((part) => part.split(/\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/i).map(parseCondition))
  return (one) => parsed.some((all) => all.every((holds) => holds(one)))
}

function parseCondition(condition: string): Holds {
  const [, field = '', operator = '', quoted, bare] =
    /^\s*\(?\s*([\w.]+)\s+(eq|ne|co|sw)\s+(?:"([^"]*)"|(\w+))\s*\)?\s*$/i.exec(condition) ?? []
  if (!['userName', 'displayName', 'id', 'active', 'emails.value'].includes(field)) {
    throw refuseScim(400, 'Given filter operator is not supported.', 'invalidFilter')
  }
  const wanted = (quoted ?? bare ?? '').toLowerCase()
  return (one) => {
    // The name of a user is his address.
    const value = String(one[field === 'emails.value' ? 'userName' : field] ?? '').toLowerCase()
    if (operator === 'eq') return value === wanted
    if (operator === 'ne') return value !== wanted
    return operator === 'sw' ? value.startsWith(wanted) : value.includes(wanted)
  }
}

export function createScim(state: State, users: Table<StoredUser>, onGone: (userName: string) => void) {
  /** Members of groups stand with the users; here are those that somebody made. */
  const groups = state.table<{ id: string }>('groups')
  const counter = state.table<{ next: number }>('scim-ids')

  function newId(): string {
    const next = counter.get('next')?.next ?? 1000
    counter.put('next', { next: next + 1 })
    return String(next)
  }
  function idOfGroup(display: string): string {
    const id = groups.get(display)?.id ?? newId()
    if (!groups.has(display)) groups.put(display, { id })
    return id
  }
  function put(userName: string, given: { active: boolean; groups: string[] }): StoredUser {
    const key = userName.toLowerCase()
    for (const group of given.groups) idOfGroup(group)
    const user = { id: users.get(key)?.id ?? newId(), userName, ...given }
    users.put(key, user)
    return user
  }
  const groupsOf = (userName: string): string[] => users.get(userName.toLowerCase())?.groups ?? []
  /** Of administrators alone. */
  const guarded = (spec: string, handle: Handle): Route =>
    route(spec, (call) => {
      if (!isAdmin(groupsOf(call.caller)))
        throw refuseScim(403, `User ${call.caller} is no administrator of this workspace (group admins).`)
      return handle(call)
    })
  const byId = (id: string | undefined): StoredUser => {
    const user = users.values().find((one) => one.id === id)
    if (!user) throw refuseScim(404, 'User not found.')
    return user
  }
  const toUser = ({ id, userName, active, groups: in_ }: StoredUser): Values => ({
    schemas: [USER_SCHEMA],
    ...{ id, userName, displayName: userName, active },
    emails: [{ value: userName, type: 'work', primary: true }],
    groups: in_.map((display) => {
      const value = idOfGroup(display)
      return { display, value, $ref: `Groups/${value}`, type: 'direct' }
    }),
  })
  const toGroup = (display: string): Values => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    ...{ id: idOfGroup(display), displayName: display },
    members: users
      .values()
      .filter((user) => user.groups.includes(display))
      .map(({ id, userName }) => ({ value: id, display: userName, $ref: `Users/${id}` })),
  })

  /** `attributes` cuts a resource down to what was asked; its id and schemas stay. */
  function list(all: Values[], { args }: Call): unknown {
    const holds = parseFilter(text(args, 'filter'))
    const found = all.filter(holds)
    const startIndex = Math.max(1, whole(args, 'startIndex', 1))
    const page = found.slice(startIndex - 1, startIndex - 1 + Math.max(0, whole(args, 'count', 100)))
    const wanted = text(args, 'attributes')
      .split(',')
      .map((one) => one.trim().split('.')[0])
    const Resources = page.map((one) =>
      text(args, 'attributes') === ''
        ? one
        : Object.fromEntries(Object.entries(one).filter(([key]) => ['id', 'schemas', ...wanted].includes(key))),
    )
    const schemas = [`${SCHEMA}:ListResponse`]
    return { schemas, totalResults: found.length, startIndex, itemsPerPage: Resources.length, Resources }
  }

  function createUser({ args }: Call): unknown {
    const userName = required(args, 'userName')
    if (users.has(userName.toLowerCase()))
      throw refuseScim(409, `User with username ${userName} already exists.`, 'uniqueness')
    const active = args.active === undefined || flag(args, 'active')
    return toUser(put(userName, { active, groups: readGroups(args) }))
  }
  const readGroups = (args: Values): string[] => {
    const known = new Map(groups.entries().map(([display, { id }]) => [id, display]))
    return asList(args.groups)
      .map((one) => text(one, 'display') || known.get(text(one, 'value')) || '')
      .filter(Boolean)
  }
  function replaceUser({ at, args }: Call): unknown {
    const user = byId(at.id)
    const active = args.active === undefined ? user.active : flag(args, 'active')
    return toUser(put(user.userName, { active, groups: args.groups === undefined ? user.groups : readGroups(args) }))
  }
  /** `{Operations: [{op: 'replace', path: 'active', value: false}]}`, the way users are switched off. */
  function patchUser({ at, args }: Call): unknown {
    const user = byId(at.id)
    const changes: Values = Object.assign(
      {},
      ...asList(args.Operations).map((one) =>
        text(one, 'path') ? { [text(one, 'path')]: one.value } : asValues(one.value),
      ),
    )
    const active = changes.active === undefined ? user.active : flag(changes, 'active')
    return toUser(put(user.userName, { active, groups: user.groups }))
  }
  function createGroup({ args }: Call): unknown {
    const display = required(args, 'displayName')
    if (groups.has(display)) throw refuseScim(409, `Group with name ${display} already exists.`, 'uniqueness')
    idOfGroup(display)
    for (const { value } of asList(args.members)) {
      const user = byId(String(value))
      put(user.userName, { active: user.active, groups: [...new Set([...user.groups, display])] })
    }
    return toGroup(display)
  }
  const me = ({ caller }: Call) => {
    const user = users.get(caller.toLowerCase()) ?? { id: '999', userName: caller, active: true, groups: [] }
    return toUser(user)
  }

  const routes: Route[] = [
    route(`GET ${ROOT}/Me`, me),
    route(`GET ${ROOT}/Users`, (call) => list(users.values().map(toUser), call)),
    guarded(`POST ${ROOT}/Users`, createUser),
    route(`GET ${ROOT}/Users/{id}`, ({ at }) => toUser(byId(at.id))),
    guarded(`PUT ${ROOT}/Users/{id}`, replaceUser),
    guarded(`PATCH ${ROOT}/Users/{id}`, patchUser),
    guarded(`DELETE ${ROOT}/Users/{id}`, ({ at }) => {
      const { userName } = byId(at.id)
      users.delete(userName.toLowerCase())
      onGone(userName)
      return {}
    }),
    route(`GET ${ROOT}/Groups`, (call) => list(groups.keys().map(toGroup), call)),
    guarded(`POST ${ROOT}/Groups`, createGroup),
    route(`GET ${ROOT}/Groups/{id}`, ({ at }) => {
      const found = groups.entries().find(([, { id }]) => id === at.id)
      if (!found) throw refuseScim(404, 'Group not found.')
      return toGroup(found[0])
    }),
  ]
  return {
    ...{ routes, put, groupsOf },
    /** Whether Unity Catalog can grant to somebody of this name. */
    isKnown: (principal: string): boolean =>
      users.has(principal.toLowerCase()) ||
      principal === EVERYBODY ||
      (groups.has(principal) && !WORKSPACE_GROUPS.has(principal)),
  }
}
