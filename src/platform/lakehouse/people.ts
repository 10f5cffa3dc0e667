// The people of the local lakehouse: access tokens, OAuth of service principals, and who calls.
import { createHash, randomBytes } from 'node:crypto'
import { createGrants, type GrantParts } from './grants.ts'
import { createScim, type StoredUser, WORKSPACE_ID } from './scim.ts'
import type { State } from './state.ts'
import { type Call, notFound, Refusal, type Route, refuse, required, route, text, type Values, whole } from './wire.ts'

export interface User {
  userName: string
  active?: boolean
  groups?: readonly string[]
}

/** Kept by the digest of the token: what lies on the disk opens nothing. */
interface StoredToken {
  id: string
  caller: string
  /** Milliseconds; null: it does not end. */
  endsAt: number | null
  createdAt: number
  comment: string
}

export interface PeopleParts {
  state: State
  now(): number
  /** Throws 404 where there is no such object of Unity Catalog. */
  requireSecurable: GrantParts['requireSecurable']
  mayChange: GrantParts['mayChange']
}

const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export function createPeople({ state, now, requireSecurable, mayChange }: PeopleParts) {
  const users = state.table<StoredUser>('users')
  const tokens = state.table<StoredToken>('tokens')
  const clients = state.table<{ secret: string }>('clients')
  /** Of somebody who is no user any more: they do not come back with another of his name. */
  function endTokens(userName: string): void {
    for (const [key, { caller }] of tokens.entries())
      if (caller.toLowerCase() === userName.toLowerCase()) tokens.delete(key)
  }
  const scim = createScim(state, users, endTokens)
  const { isKnown } = scim
  const emptyFirstPage = () => control.emptyFirstPage
  const grants = createGrants({ state, requireSecurable, isKnown, mayChange, emptyFirstPage })
  const control = {
    /** Seconds that a token of a service principal lives. */
    tokenSeconds: 3600,
    /** The first page of grants is empty and names a next one. */
    emptyFirstPage: false,
    grant: grants.grant,
    /** How often a token was given out. */
    tokensGiven: 0,
    /** True where a person or group of this name is known. */
    has: (name: string): boolean => isKnown(name),
    addUser(user: User): void {
      scim.put(user.userName, { active: user.active ?? true, groups: [...(user.groups ?? [])] })
    },
    addToken(caller: string, token = newToken()): string {
      keep(token, caller, null)
      return token
    },
    addClient(id: string, secret: string): void {
      clients.put(id, { secret: digest(secret) })
    },
    revoke(token: string): void {
      tokens.delete(digest(token))
    },
    /** The token is over from now on. */
    expire(token: string): void {
      const known = tokens.get(digest(token))
      if (known) tokens.put(digest(token), { ...known, endsAt: now() })
    },
  }

  function keep(token: string, caller: string, endsAt: number | null, comment = ''): StoredToken {
    const stored = { id: randomBytes(16).toString('hex'), caller, endsAt, createdAt: now(), comment }
    tokens.put(digest(token), stored)
    return stored
  }

  function giveToken({ headers, args }: Call): unknown {
    const [id = '', secret = ''] = readBasic(headers.authorization) ?? [
      text(args, 'client_id'),
      text(args, 'client_secret'),
    ]
    if (text(args, 'grant_type') !== 'client_credentials') throw new Refusal(400, { error: 'unsupported_grant_type' })
    const known = clients.get(id)
    if (!known || known.secret !== digest(secret)) {
      throw new Refusal(401, { error: 'invalid_client', error_description: 'Client authentication failed' })
    }
    control.tokensGiven += 1
    dropOld()
    const access_token = `eyJ${randomBytes(24).toString('hex')}`
    keep(access_token, id, now() + control.tokenSeconds * 1000)
    const scope = text(args, 'scope') || 'all-apis'
    // The seconds come as text, as some servers send them.
    return { access_token, token_type: 'Bearer', expires_in: String(control.tokenSeconds), scope }
  }
  /** An hour after their end nobody is told any more that they were expired. */
  function dropOld(): void {
    for (const [key, { endsAt }] of tokens.entries()) {
      if (endsAt !== null && endsAt + 3_600_000 < now()) tokens.delete(key)
    }
  }

  /** The caller; throws 401 without a token or with one that ended, 403 with a wrong one. */
  function identify(authorization: string | undefined): string {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) {
      const message = 'Credential was not sent or was of an unsupported type for this API.'
      throw new Refusal(401, { error_code: 401, message })
    }
    const known = tokens.get(digest(token))
    if (!known) throw new Refusal(403, { error_code: '403', message: 'Invalid access token. [ReqId: 7d3c]' })
    if (known.endsAt !== null && known.endsAt <= now()) throw refuse(401, 'UNAUTHENTICATED', 'Access token is expired.')
    if (users.get(known.caller.toLowerCase())?.active === false)
      throw refuse(403, 'PERMISSION_DENIED', `User ${known.caller} is not active in this workspace.`)
    return known.caller
  }

  /** The token of a request is over from now on. */
  function expire(authorization: string | undefined): void {
    control.expire(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '')
  }

  const toInfo = ({ id, createdAt, endsAt, comment }: StoredToken): Values => {
    return { token_id: id, creation_time: createdAt, expiry_time: endsAt ?? -1, comment }
  }
  function createToken({ args, caller }: Call): unknown {
    const seconds = whole(args, 'lifetime_seconds', -1)
    const token_value = newToken()
    const stored = keep(token_value, caller, seconds < 0 ? null : now() + seconds * 1000, text(args, 'comment'))
    return { token_value, token_info: toInfo(stored) }
  }
  function deleteToken({ args, caller }: Call): unknown {
    const id = required(args, 'token_id')
    const found = tokens.entries().find(([, one]) => one.id === id && one.caller === caller)
    if (!found) throw notFound(`Token with id ${id} does not exist.`)
    tokens.delete(found[0])
    return {}
  }

  const baseOf = ({ headers }: Call): string => `http://${headers.host}`
  const routes: Route[] = [
    ...scim.routes,
    ...grants.routes,
    route(
      'GET /.well-known/databricks-config',
      (call) => ({
        oidc_endpoint: `${baseOf(call)}/oidc`,
        ...{ account_id: '00000000-0000-4000-8000-000000000000', workspace_id: WORKSPACE_ID },
        ...{ cloud: 'AWS', host_type: 'workspace' },
      }),
      { open: true },
    ),
    route(
      'GET /oidc/.well-known/oauth-authorization-server',
      (call) => {
        const base = `${baseOf(call)}/oidc/v1`
        return {
          issuer: `${baseOf(call)}/oidc`,
          authorization_endpoint: `${base}/authorize`,
          token_endpoint: `${base}/token`,
        }
      },
      { open: true },
    ),
    route('POST /oidc/v1/token', giveToken, { open: true }),
    route('POST /api/2.0/token/create', createToken),
    route('POST /api/2.0/token/delete', deleteToken),
    route('GET /api/2.0/token/list', ({ caller }) => ({
      token_infos: tokens
        .values()
        .filter((one) => one.caller === caller && one.endsAt === null)
        .map(toInfo),
    })),
  ]
  const { changeGrants, grantsAt, privilegesOf } = grants
  return { routes, control, identify, expire, groupsOf: scim.groupsOf, changeGrants, grantsAt, privilegesOf }
}

const newToken = (): string => `dapi${randomBytes(16).toString('hex')}`

function readBasic(authorization: string | undefined): string[] | null {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  return [id, secret.join(':')].map(decode)
}

/** Some clients percent-encode both parts, as the OAuth standard says, some do not. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
