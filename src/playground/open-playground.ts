// Opens the playground: stand-ins of Slack and Teams around a bot that runs elsewhere, and the page that shows them.
import type { AddressInfo } from 'node:net'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { BuiltPage } from './build-page.ts'
import { createDeeds } from './create-deeds.ts'
import { parseDeed } from './deed-schema.ts'
import { createEventHub, type EventHub } from './event-hub.ts'
import { keepWorld } from './keep-world.ts'
import { createPlaygroundServer } from './page-server.ts'
import type { BotHandle, DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { createStepReader, parseLogLine } from './read-steps.ts'
import { createRing, type Exchange, toWireView } from './wire-log.ts'
import type { PlaygroundDeed, PlaygroundView, Seat, SlackView, StepView, TeamsView, WireView } from './words.ts'

export interface PlaygroundOptions {
  version: string
  /** What the page's server listens on; port 0 takes a free one. */
  host: string
  port: number
  /** The host that was asked for beside the loopback, or null. */
  network: string | null
  page: Promise<BuiltPage>
  seats: readonly Seat[]
  slack: PlatformSide<DeedOf<'slack'>, SlackView>
  teams: PlatformSide<DeedOf<'teams'>, TeamsView>
  bot: BotHandle
  /** File of the stand-ins' worlds; they are read from it, and kept in it. */
  worldFile: string
  /** Values that are never shown. */
  secrets: readonly string[]
  log: Log
}

export interface Playground {
  /** Of the page, such as `http://127.0.0.1:8090/`. */
  url: string
  view(): PlaygroundView
  /** As the page's `POST /api/do`. */
  act(deed: PlaygroundDeed): Promise<DeedAnswer>
  close(): Promise<void>
}

const WIRE_ENTRIES = 400
const STEP_ENTRIES = 800

function listen(server: ReturnType<typeof createPlaygroundServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `Another program already listens on ${host}:${port}, perhaps another playground. Open that one, or choose another port: npm start -- --port ${port + 10}`
          : `The playground cannot listen on ${host}:${port} (${error.code}). Check --host and --port.`
      reject(new LakedeskError('CONFIG_INVALID', why, error))
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

/** A stream's deltas come fast: what is lost when the listener is slow is made up by the next event of the same message. */
function followBot(options: PlaygroundOptions, hub: EventHub) {
  const wire = createRing<WireView>(WIRE_ENTRIES)
  const steps = createRing<StepView>(STEP_ENTRIES)
  const toStep = createStepReader()
  let seq = 0
  const onExchange = (exchange: Exchange): void => {
    const entry = toWireView(exchange, ++seq, options.secrets)
    wire.push(entry)
    hub.send({ kind: 'wire', entry })
  }
  options.slack.onExchange(onExchange)
  options.teams.onExchange(onExchange)
  options.bot.watch((bot) => hub.send({ kind: 'bot', bot }))
  options.bot.onLine((text) => {
    const line = parseLogLine(text)
    const entry = line ? toStep(line, ++seq) : null
    if (!entry) return
    steps.push(entry)
    hub.send({ kind: 'step', entry })
  })
  return { wire, steps }
}

/** Throws CONFIG_INVALID where the port is taken. */
export async function openPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { slack, teams, bot, seats, network, log } = options
  const world = keepWorld(options.worldFile, { slack, teams }, log)
  const view = (): PlaygroundView => ({
    version: options.version,
    seats,
    slack: slack.view(),
    teams: teams.view(),
    wire: wire.list(),
    steps: steps.list(),
    bot: bot.view(),
    faults: deeds.faults(),
  })
  const hub = createEventHub(view)
  const { wire, steps } = followBot(options, hub)
  const deeds = createDeeds(options, hub)
  for (const side of [slack, teams]) {
    side.watch((event) => {
      hub.send(event)
      world.changed()
    })
  }

  const server = createPlaygroundServer({
    page: options.page,
    hub,
    network,
    log,
    health: () => ({ status: 'ok', bot: bot.view().state, browsers: hub.listeners() }),
    act: async (body) => {
      const deed = parseDeed(body)
      return typeof deed === 'string' ? { ok: false, error: deed } : deeds.act(deed)
    },
    file(path) {
      const [platform, ...id] = path.split('/')
      return (platform === 'slack' ? slack : platform === 'teams' ? teams : null)?.file(id.join('/')) ?? null
    },
  })
  const port = await listen(server, options.host, options.port)
  return {
    url: `http://${toShownHost(options.host)}:${port}/`,
    view,
    act: deeds.act,
    async close() {
      hub.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      world.close()
    },
  }
}

/** A browser on this machine reaches a server that listens everywhere under the loopback. */
function toShownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host
}
