// A stand-in for Microsoft Teams on loopback: connector, signing keys, token endpoint, drive, and the chats of its people.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { readBytes } from '../read-bytes.ts'
import type { Exchange } from '../wire-log.ts'
import type { FaultView, TeamsView } from '../words.ts'
import { badSyntax, type Json } from './refused.ts'
import { type SentActivity, toTestActivity } from './sent-activity.ts'
import { type ConnectorRules, createConnector, type Fault } from './teams-connector.ts'
import { createTeamsDrive, driveSchema } from './teams-drive.ts'
import { createTeamsFaults } from './teams-faults.ts'
import { createTeamsRest } from './teams-rest.ts'
import { createTeamsTokens, ISSUER } from './teams-tokens.ts'
import { nameCall, toShownBody } from './teams-wire.ts'
import { readTeamsManifest, splitConversation, type TeamsWorkspace } from './teams-workspace.ts'
import { createTeamsWorld, type ShownMessage, type TeamsChange, worldSchema } from './teams-world.ts'

export type { Exchange as TeamsExchange } from '../wire-log.ts'
export type { SentActivity } from './sent-activity.ts'
export type { TeamsChat, TeamsPerson, TeamsWorkspace } from './teams-workspace.ts'
export type { TeamsChange } from './teams-world.ts'

export interface TeamsStandInOptions {
  appId?: string
  appPassword?: string
  tenantId?: string
  /** Of loopback. Bots keep the address with every conversation, so a stand-in that comes back needs the same one. */
  port?: number
  /** Refuse calls of the bot that carry no token from this stand-in. Default true; false for a bot without an app id. */
  requireToken?: boolean
  rules?: Partial<ConnectorRules>
  /** Without one, every conversation that the bot writes to exists. */
  workspace?: TeamsWorkspace
  /** App manifest as JSON: what people are offered while they type, and in a message's menu. */
  manifest?: unknown
  /** Every HTTP exchange between the bot and the stand-in, once it is over. */
  onExchange?: (exchange: Exchange) => void
  onFaults?: (faults: FaultView) => void
}

export type TeamsStandIn = Awaited<ReturnType<typeof createTeamsStandIn>>

const snapshotSchema = z.object({
  version: z.literal(1),
  world: worldSchema,
  drive: driveSchema,
  signingKey: z.record(z.string(), z.unknown()),
})
/** Plain JSON. It holds the signing key, so it belongs where only its owner reads. */
export type TeamsSnapshot = z.infer<typeof snapshotSchema>

interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

function readSnapshot(snapshot: unknown): TeamsSnapshot {
  const parsed = snapshotSchema.safeParse(snapshot)
  if (!parsed.success) throw badSyntax('This is no snapshot of the Teams stand-in.')
  return parsed.data
}

/**
 * `serviceUrl`, `metadataUrl` and `loginUrl` are what the bot must be pointed at. The bot may live in another process.
 * What people see stands in `view()`; what one conversation holds of the bot, in `conversation(id)`.
 */
export async function createTeamsStandIn(options: TeamsStandInOptions = {}) {
  const account = {
    appId: options.appId ?? '11111111-2222-4333-8444-555555555555',
    appPassword: options.appPassword ?? 'a-client-secret',
    tenantId: options.tenantId ?? '99999999-8888-4777-8666-555555555555',
  }
  let base = ''
  let sent = 0
  const serviceUrl = () => `${base}/emea/`
  const rules = { streamIntervalMs: 1000, streamLifeMs: 120_000, ...options.rules }
  const app = readTeamsManifest(options.manifest)
  const world = createTeamsWorld(options.workspace ?? null, app, Date.now)
  const faults = createTeamsFaults(options.onFaults)
  const connector = createConnector({ world, faults, rules, now: Date.now })
  const tokens = await createTeamsTokens(account, serviceUrl)
  const drive = createTeamsDrive(world.tellAround)
  const rest = createTeamsRest(world, connector, account.tenantId, serviceUrl)
  const tokenRequests: URLSearchParams[] = []
  world.listFiles(drive.list)

  function answerConnector(req: IncomingMessage, url: URL, body: string): Answer {
    const token = (req.headers.authorization ?? '').replace(/^Bearer /, '')
    if ((options.requireToken ?? true) && !tokens.bot.isGenuine(token)) {
      const error = { code: 'Unauthorized', message: 'Authorization has been denied for this request.' }
      return { status: 401, body: { error } }
    }
    const pieces = url.pathname
      .replace(/^\/emea\/v3\//, '')
      .split('/')
      .map(decodeURIComponent)
    return rest.answer({ method: req.method ?? 'GET', pieces, query: url.searchParams, body })
  }

  function answer(req: IncomingMessage, url: URL, bytes: Buffer): Answer {
    const { pathname: path } = url
    const body = bytes.toString('utf8')
    if (path.startsWith('/emea/v3/')) return answerConnector(req, url, body)
    if (path.startsWith('/drive/')) {
      const type = String(req.headers['content-type'] ?? 'application/octet-stream')
      const range = String(req.headers['content-range'])
      const status = drive.take(path.slice('/drive/'.length), req.method ?? '', range, type, bytes)
      return { status, body: status === 201 ? { id: 'item-1' } : {} }
    }
    if (path === '/v1/.well-known/openidconfiguration') {
      const jwks_uri = `${base}/v1/.well-known/keys`
      return { status: 200, body: { issuer: ISSUER, jwks_uri, id_token_signing_alg_values_supported: ['RS256'] } }
    }
    if (path === '/v1/.well-known/keys') return { status: 200, body: tokens.jwks() }
    const login = path.match(/^\/login\/([^/]+)\/oauth2\/v2\.0\/token$/)
    if (login?.[1] && req.method === 'POST') {
      const form = new URLSearchParams(body)
      tokenRequests.push(form)
      return tokens.bot.grant(login[1], form)
    }
    return { status: 404, body: { error: { code: 'NotFound', message: path } } }
  }

  function tell(req: IncomingMessage, url: URL, body: string, began: number, { status, body: sent }: Answer): void {
    const method = req.method ?? 'GET'
    const limited = status === 429 ? { fault: '429' } : {}
    options.onExchange?.({
      ...{ at: new Date(began).toISOString(), platform: 'teams', direction: 'in', method, path: url.pathname, status },
      ...{ name: nameCall(method, url.pathname, body), took: Date.now() - began, ...limited },
      ...{ request: toShownBody(body), response: toShownBody(JSON.stringify(sent)) },
    })
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const began = Date.now()
    const url = new URL(req.url ?? '/', base)
    const bytes = await readBytes(req)
    const given = answer(req, url, bytes)
    res
      .writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
      .end(JSON.stringify(given.body))
    tell(req, url, bytes.toString('utf8'), began, given)
  }

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      const said = { error: { code: 'Broken', message: String(error) } }
      res.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const toActivity = (given: SentActivity): Json =>
    toTestActivity(given, { ...account, serviceUrl: serviceUrl() }, sent++)

  return {
    ...account,
    serviceUrl: serviceUrl(),
    metadataUrl: `${base}/v1/.well-known/openidconfiguration`,
    loginUrl: `${base}/login`,
    tokenRequests,
    app,
    world,
    onExchange: options.onExchange ?? (() => {}),
    /** Where a person's files are put. */
    driveUrl: `${base}/drive/`,
    /** Files that were put there as text, by path. */
    drive: drive.texts,
    /** The next files are refused with these statuses. */
    driveFaults: drive.faults,
    /** A file of `view().files`, by its id. */
    file: drive.read,
    calls: connector.calls,
    sign: tokens.sign,
    toActivity,
    /** Posts an activity to the bot, as Teams does; returns the status and the body of its answer. */
    async sendMessage(url: string, given: SentActivity): Promise<{ status: number; body: unknown }> {
      const token = given.token === undefined ? await tokens.sign() : given.token
      const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify(toActivity(given)),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    },
    /** The next matching call of the bot fails so. */
    fail: (fault: Fault) => faults.ask(fault),
    /** What the drawer of the playground holds. */
    faults: faults.view,
    setFaults: faults.set,
    block: connector.block,
    pressStop: connector.pressStop,
    /** What a person sees of the bot in this conversation, oldest first. */
    conversation(id: string): { messages: ShownMessage[]; typing: number } {
      const { chat, root } = splitConversation(id)
      const held = world.chats.get(chat)?.messages ?? []
      const messages = held.filter((message) => message.from === 'bot' && message.root === root)
      return { messages: messages.map((message) => ({ ...message })), typing: connector.typed(id) }
    },
    view: (): TeamsView => world.view(),
    /** Called at every change, until the returned function is. */
    watch: (listener: (change: TeamsChange) => void): (() => void) => world.watch(listener),
    snapshot(): TeamsSnapshot {
      return { version: 1, world: world.snapshot(), drive: drive.snapshot(), signingKey: tokens.exportKey() }
    },
    /** Throws where it is no snapshot. */
    restore(snapshot: unknown): void {
      const held = readSnapshot(snapshot)
      tokens.importKey(held.signingKey)
      world.restore(held.world)
      drive.restore(held.drive)
    },
    async close(): Promise<void> {
      world.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
