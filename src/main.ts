// The server: builds every part from the settings, opens the faces that are configured, and drains on SIGTERM.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSlackBot } from './bots/slack/slack-bot.ts'
import { createTeamsBot } from './bots/teams/create-teams-bot.ts'
import { askAlone } from './cli/build-agents.ts'
import { type Answering, buildAnswering } from './cli/build-answering.ts'
import { drawChart } from './cli/file-keeping.ts'
import { createInvocations } from './cli/invocations.ts'
import { openLocalDoor } from './cli/local-door.ts'
import { type OpenedIndex, openIndex } from './cli/open-index.ts'
import { listIfAny } from './cli/sample.ts'
import { isLoopbackHost } from './config/loopback.ts'
import type { Settings, SlackSettings, TeamsSettings } from './config/settings.ts'
import type { Conversation } from './conversation/port.ts'
import { LakedeskError } from './core/errors.ts'
import type { Log } from './core/log.ts'
import type { VectorIndex } from './platform/ports/vector-index.ts'
import { parseStrategy } from './rag/chunk/strategy.ts'
import { syncSource } from './rag/sync.ts'
import { type SourceWatch, watchSource } from './rag/watch.ts'

/** A face as the server sees it. */
interface Face {
  name: string
  path: string
  handleHttp(req: IncomingMessage, res: ServerResponse): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

function openSlack(settings: SlackSettings, conversation: Conversation, log: Log): Face {
  const { receive } = settings
  const bot = createSlackBot({
    conversation,
    log,
    botToken: settings.botToken.reveal(),
    apiUrl: settings.apiUrl,
    allowReactions: settings.allowReactions,
    renderChart: drawChart,
    ...(receive.mode === 'http'
      ? { signingSecret: receive.signingSecret.reveal() }
      : { appToken: receive.appToken.reveal() }),
  })
  return { name: 'slack', path: '/slack/events', ...bot }
}

function openTeams(settings: TeamsSettings, conversation: Conversation, log: Log): Face {
  const bot = createTeamsBot({
    conversation,
    log,
    appType: settings.appType,
    allowedTenants: settings.allowedTenants,
    insecureLocal: settings.insecureLocal,
    ...(settings.appId ? { appId: settings.appId } : {}),
    ...(settings.appPassword ? { appPassword: settings.appPassword.reveal() } : {}),
    ...(settings.tenantId ? { tenantId: settings.tenantId } : {}),
    ...(settings.openIdMetadataUrl ? { openIdMetadataUrl: settings.openIdMetadataUrl } : {}),
    ...(settings.loginUrl ? { loginUrl: settings.loginUrl } : {}),
  })
  return { name: 'teams', path: '/api/messages', ...bot, async start() {} }
}

function answerHealth(index: VectorIndex, res: ServerResponse): Promise<void> {
  const send = (status: number, body: object): void => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  return listIfAny(index).then(
    (ids) => send(200, { status: 'ok', documents: ids.length }),
    (error: unknown) =>
      send(503, { status: 'failing', code: error instanceof LakedeskError ? error.code : 'INTERNAL' }),
  )
}

type Invocations = ReturnType<typeof createInvocations>

function openInvocations(settings: Settings, answering: Answering, log: Log): Invocations {
  const token = settings.invocationsToken?.reveal()
  if (token === undefined && !isLoopbackHost(settings.host)) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      `/invocations would answer anybody who reaches ${settings.host}. Set LAKEDESK_INVOCATIONS_TOKEN, or LAKEDESK_HOST=127.0.0.1.`,
    )
  }
  return createInvocations({
    answer: async (text, signal) => (await askAlone(answering.plain, 'endpoint', { text, signal })).text,
    token,
    concurrency: settings.concurrency,
    log,
  })
}

function createHttp(faces: readonly Face[], index: VectorIndex, invocations: Invocations | null): Server {
  return createServer((req, res) => {
    const path = (req.url ?? '/').split('?')[0]
    const face = faces.find((one) => one.path === path)
    if (face) void face.handleHttp(req, res)
    else if (path === '/healthz' || path === '/ping') void answerHealth(index, res)
    else if (path === '/invocations' && invocations) void invocations.handle(req, res)
    else res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
  })
}

function listen(server: Server, settings: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${settings.host}:${settings.port}`
      const why =
        error.code === 'EADDRINUSE'
          ? `Another program already listens on ${where}. Stop it, or set LAKEDESK_PORT to a free port.`
          : `The server cannot listen on ${where} (${error.code}). Check LAKEDESK_HOST and LAKEDESK_PORT.`
      reject(new LakedeskError('CONFIG_INVALID', why, error))
    })
    server.listen(settings.port, settings.host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : settings.port)
    })
  })
}

/** CONTINUOUS follows the sources; TRIGGERED syncs on command, and here only where there is no index yet. */
async function followSources(settings: Settings, index: OpenedIndex, log: Log): Promise<SourceWatch | null> {
  if (settings.docs.length === 0) return null
  const options = { index, paths: settings.docs, strategy: parseStrategy(settings.chunking), log }
  if (settings.sync === 'CONTINUOUS') return watchSource(options)
  if ((await listIfAny(index)).length > 0) return null
  const brought = syncSource(options).then(async (report) => {
    await index.sync?.(new AbortController().signal)
    return report
  })
  void brought.then(
    (report) => log.info('The documentation was ingested', { ...report, skipped: report.skipped.length }),
    (error: unknown) => log.error('The documentation could not be ingested', { cause: error }),
  )
  return null
}

function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}

async function openFaces(settings: Settings, answering: Answering, log: Log, mayBeNone: boolean): Promise<Face[]> {
  const { conversation } = answering
  const faces = [
    ...(settings.slack ? [openSlack(settings.slack, conversation, log)] : []),
    ...(settings.teams ? [openTeams(settings.teams, conversation, log)] : []),
  ]
  if (faces.length === 0 && !mayBeNone) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      'No face is configured, so nobody could ask anything. Set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN), or the MicrosoftApp... settings; see docs/configuration.md. To talk in this terminal: lakedesk chat.',
    )
  }
  for (const face of faces) await face.start()
  return faces
}

export interface ServeOptions {
  /** Answers MLflow's scoring protocol too; then no face has to be configured. */
  invocations: boolean
  /** Resolves with why it is to stop; by default on SIGTERM and SIGINT. */
  until?: () => Promise<string>
}

/** Runs until SIGTERM or SIGINT (or `until`), then stops taking requests, finishes running answers and closes. Throws where it cannot start. */
export async function serve(
  settings: Settings,
  log: Log,
  { invocations, until = untilStopped }: ServeOptions = { invocations: false },
): Promise<void> {
  // What is brought in at the start becomes findable at its end, and not page by page.
  const index = await openIndex(settings, log, false, { syncLater: settings.sync !== 'CONTINUOUS' })
  const answering = buildAnswering({ settings, log, index, store: 'file' })
  let watch: SourceWatch | null = null
  let server: Server | null = null
  let faces: Face[] = []
  let door: { close(): Promise<void> } | null = null
  try {
    faces = await openFaces(settings, answering, log, invocations)
    server = createHttp(faces, index, invocations ? openInvocations(settings, answering, log) : null)
    const stopped = until()
    const port = await listen(server, settings)
    door = await openLocalDoor(settings, answering, log)
    await answering.start()
    watch = await followSources(settings, index, log)
    log.info('Lakedesk is ready', { host: settings.host, port, faces: faces.map((face) => face.name) })
    log.info('Stopping: running answers are finished, queued ones wait for the next start', { signal: await stopped })
  } finally {
    server?.close()
    server?.closeIdleConnections()
    await watch?.close()
    await door?.close()
    await answering.drain()
    for (const face of faces) await face.close()
    server?.closeAllConnections()
    await answering.close()
  }
}
