// A stand-in for Microsoft Teams on loopback: connector, signing keys, token endpoint, and the people who write.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { Refused } from './refused.ts'
import { type ConnectorRules, createConnector, type Fault, type ShownMessage } from './teams-connector.ts'

export interface TeamsStandInOptions {
  appId?: string
  appPassword?: string
  tenantId?: string
  port?: number
  /** Refuse calls of the bot that carry no token from this stand-in. Default true; false for a bot without an app id. */
  requireToken?: boolean
  rules?: Partial<ConnectorRules>
}

export interface SentActivity {
  text?: string
  /** Defaults to a one-to-one chat. */
  conversation?: string
  type?: 'personal' | 'groupChat' | 'channel'
  user?: string
  name?: string
  tenant?: string
  id?: string
  /** Merged over everything else. */
  more?: Record<string, unknown>
  /** A token to send instead of a genuine one; null sends none. */
  token?: string | null
}

export type TeamsStandIn = Awaited<ReturnType<typeof createTeamsStandIn>>

const ISSUER = 'https://api.botframework.com'

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function send(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/**
 * `serviceUrl`, `metadataUrl` and `loginUrl` are what the bot must be pointed at. The bot may live in another process.
 * What a person would see stands in `conversation(id)`.
 */
export async function createTeamsStandIn(options: TeamsStandInOptions = {}) {
  const {
    appId = '11111111-2222-4333-8444-555555555555',
    appPassword = 'a-client-secret',
    tenantId = '99999999-8888-4777-8666-555555555555',
  } = options
  const connector = createConnector({ streamIntervalMs: 1000, streamLifeMs: 120_000, ...options.rules })
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'stand-in', use: 'sig', endorsements: ['msteams'] }
  const issued = new Set<string>()
  const tokenRequests: URLSearchParams[] = []
  const drive = new Map<string, string>()
  const driveFaults: number[] = []
  let sent = 0

  function handleConnector(req: IncomingMessage, res: ServerResponse, path: string, body: string): void {
    const [conversation = '', , id] = path.split('/').map(decodeURIComponent)
    const token = (req.headers.authorization ?? '').replace(/^Bearer /, '')
    if ((options.requireToken ?? true) && !issued.has(token)) {
      send(res, 401, {
        error: { code: 'Unauthorized', message: 'Authorization has been denied for this request.' },
      })
      return
    }
    try {
      const activity = body === '' ? {} : JSON.parse(body)
      const made = connector.handle(req.method as 'POST' | 'PUT' | 'DELETE', conversation, id ?? null, activity)
      send(res, req.method === 'POST' ? 201 : 200, { id: made })
    } catch (error) {
      if (!(error instanceof Refused)) {
        send(res, 400, { error: { code: 'BadSyntax', message: String(error) } })
        return
      }
      const headers: Record<string, string> =
        error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }
      send(res, error.status, { error: { code: error.code, message: error.message } }, headers)
    }
  }

  function handleToken(res: ServerResponse, tenant: string, body: string): void {
    const form = new URLSearchParams(body)
    tokenRequests.push(form)
    const wrong = form.get('client_id') !== appId || form.get('client_secret') !== appPassword || tenant !== tenantId
    if (wrong || form.get('grant_type') !== 'client_credentials') {
      send(res, 401, {
        error: 'invalid_client',
        error_description: 'AADSTS7000215: Invalid client secret provided.',
      })
      return
    }
    const token = `bot-token-${issued.size + 1}`
    issued.add(token)
    send(res, 200, { token_type: 'Bearer', expires_in: 3599, access_token: token })
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', base)
    const body = await readBody(req)
    if (url.pathname.startsWith('/drive/')) {
      // As OneDrive's upload sessions: the whole range is stated, and the piece is exactly that long.
      const range = /^bytes 0-(\d+)\/(\d+)$/.exec(String(req.headers['content-range']))
      const size = Buffer.byteLength(body)
      const fits = range && Number(range[1]) === size - 1 && Number(range[2]) === size
      if (req.method !== 'PUT' || !fits || driveFaults.length > 0) return send(res, driveFaults.shift() ?? 416, {})
      drive.set(url.pathname.slice('/drive/'.length), body)
      return send(res, 201, { id: 'item-1' })
    }
    if (url.pathname === '/v1/.well-known/openidconfiguration') {
      return send(res, 200, {
        issuer: ISSUER,
        jwks_uri: `${base}/v1/.well-known/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
      })
    }
    if (url.pathname === '/v1/.well-known/keys') return send(res, 200, { keys: [jwk] })
    const login = url.pathname.match(/^\/login\/([^/]+)\/oauth2\/v2\.0\/token$/)
    if (login?.[1] && req.method === 'POST') return handleToken(res, login[1], body)
    const call = url.pathname.match(/^\/emea\/v3\/conversations\/(.+)$/)
    if (call?.[1]) return handleConnector(req, res, call[1], body)
    send(res, 404, { error: { code: 'NotFound', message: url.pathname } })
  }

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => send(res, 500, { error: { code: 'Broken', message: String(error) } }))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const serviceUrl = `${base}/emea/`

  /** A token as the channel signs it; `claims` replace the genuine ones. */
  async function sign(claims: JWTPayload = {}, key: CryptoKey = privateKey, kid = 'stand-in'): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const genuine = { iss: ISSUER, aud: appId, iat: now, nbf: now - 5, exp: now + 3600, serviceurl: serviceUrl }
    return new SignJWT({ ...genuine, ...claims }).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key)
  }

  function toActivity(given: SentActivity): Record<string, unknown> {
    const { type = 'personal', user = 'user-1', name = 'Ada', tenant = tenantId } = given
    const conversation = given.conversation ?? (type === 'personal' ? `a:${user}` : '19:group@thread.v2')
    const at = new Date(Date.now() + sent).toISOString()
    return {
      type: 'message',
      id: given.id ?? String(1_770_000_000_000 + sent++),
      channelId: 'msteams',
      serviceUrl,
      timestamp: at,
      localTimestamp: at,
      textFormat: 'plain',
      from: { id: `29:${user}`, name, aadObjectId: `aad-${user}` },
      recipient: { id: `28:${appId}`, name: 'Lakedesk' },
      conversation: { id: conversation, conversationType: type, tenantId: tenant, isGroup: type !== 'personal' },
      channelData: { tenant: { id: tenant } },
      entities: [],
      text: given.text ?? '',
      ...given.more,
    }
  }

  /** Posts an activity to the bot, as Teams does; returns the status and the body of its answer. */
  async function sendMessage(url: string, given: SentActivity): Promise<{ status: number; body: unknown }> {
    const token = given.token === undefined ? await sign() : given.token
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(toActivity(given)),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  return {
    appId,
    appPassword,
    tenantId,
    serviceUrl,
    metadataUrl: `${base}/v1/.well-known/openidconfiguration`,
    loginUrl: `${base}/login`,
    tokenRequests,
    /** Where a person's files are put. */
    driveUrl: `${base}/drive/`,
    /** Files that were put there, by name. */
    drive,
    /** The next files are refused with these statuses. */
    driveFaults,
    calls: connector.calls,
    sign,
    toActivity,
    sendMessage,
    fail: (fault: Fault) => connector.fail(fault),
    block: connector.block,
    pressStop: connector.pressStop,
    /** What a person sees in this conversation, oldest first. */
    conversation(id: string): { messages: ShownMessage[]; typing: number } {
      const { messages, typing } = connector.chat(id)
      return { messages: messages.map((message) => ({ ...message })), typing }
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
