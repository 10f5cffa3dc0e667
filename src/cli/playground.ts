// `lakedesk playground`: the bot between stand-ins of Slack and Teams, with a page in the browser, until Ctrl-C.
import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLoopbackHost } from '../config/loopback.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { buildPage } from '../playground/build-page.ts'
import { openPlayground, type Playground } from '../playground/open-playground.ts'
import { SEATS } from '../playground/seats.ts'
import { type OpenedSlackSide, openSlackSide } from '../playground/slack-side.ts'
import { type OpenedTeamsSide, openTeamsSide } from '../playground/teams-side.ts'
import { createLog } from './create-log.ts'
import type { Terminal } from './ingest.ts'
import { createSupervisedBot, type SupervisedBot } from './playground-bot.ts'
import { cleanEnv, toBotEnv } from './playground-env.ts'
import { makePolicy, openPlaygroundFolder, type PlaygroundFolder } from './playground-folder.ts'
import { choosePort } from './playground-port.ts'
import { finishPreparing, prepareData } from './playground-prepare.ts'
import { refuseProduction } from './playground-refusal.ts'
import { type StopSignal, stopSignal } from './stop-signal.ts'

export interface PlaygroundCommand {
  /** As typed. */
  port: string
  host: string
  allowNetwork: boolean
  fresh: boolean
  open: boolean
  /** Folder of the playground; below LAKEDESK_DATA where it is left out. */
  data?: string
  version: string
  debug: boolean
}

type Env = Readonly<Record<string, string | undefined>>

const SLACK_TEAM = 'T1'
const TENANT = '99999999-8888-4777-8666-555555555555'

function readPort(given: string): number {
  const port = /^\d+$/.test(given) ? Number(given) : -1
  if (port >= 0 && port <= 65_535) return port
  throw new LakedeskError('CONFIG_INVALID', `--port takes a number from 0 to 65535, not ${JSON.stringify(given)}.`)
}

/** The host to answer beside the loopback, or null. Throws CONFIG_INVALID where that was not asked for twice. */
function readNetwork({ host, allowNetwork }: PlaygroundCommand): string | null {
  if (isLoopbackHost(host)) return null
  if (allowNetwork) return host
  throw new LakedeskError(
    'CONFIG_INVALID',
    `With --host ${host} everybody who reaches this machine could act as each of the playground's people, so nothing was started. Leave --host out, or add --allow-network if that is what you want.`,
  )
}

function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]]
  // Where there is no browser the printed address is enough.
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}

function describe(url: string, folder: PlaygroundFolder): string {
  return `Lakedesk playground: ${url}
Slack and Teams are played on this machine; nothing leaves it. Stop with Ctrl-C.
What it keeps lies in ${folder.path} (npm start -- --fresh begins anew).
`
}

/** Tells on the terminal what is being prepared, each thing once. */
function tellTerminal(bot: SupervisedBot, terminal: Terminal): void {
  let told = ''
  bot.watch(({ state, note }) => {
    const line = state === 'stopped' ? `Lakedesk stopped. ${note}` : note
    if (line !== told) terminal.stdout.write(`  ${line}\n`)
    told = line
  })
}

function keepBotLog(bot: SupervisedBot, path: string, debug: boolean): void {
  const file = createWriteStream(path, { flags: 'w', mode: 0o600 })
  // A full disk costs the copy of the log, and nothing else.
  file.on('error', () => {})
  bot.onLine((line) => {
    file.write(`${line}\n`)
    if (debug) process.stderr.write(`${line}\n`)
  })
}

interface Opened {
  playground: Playground
  bot: SupervisedBot
  folder: PlaygroundFolder
  log: Log
  close(): Promise<void>
}

const readManifest = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../manifest/${name}`, import.meta.url), 'utf8'))

interface Sides {
  slack: OpenedSlackSide
  teams: OpenedTeamsSide
  botPort: number
  close(): Promise<void>
}

/** The ports behind the page's: the same at each start where they are free, since a bot keeps Teams' address with every conversation. */
async function openSides(pagePort: number, folder: PlaygroundFolder): Promise<Sides> {
  const { tokens } = folder
  const next = (step: number) => choosePort(pagePort === 0 ? 0 : pagePort + step)
  const botPort = await next(1)
  const botUrl = `http://127.0.0.1:${botPort}`
  const slack = await openSlackSide({
    ...{ seats: SEATS, manifest: readManifest('slack.json'), port: await next(2), botUrl },
    ...{ token: tokens.slackToken, signingSecret: tokens.slackSigningSecret },
  })
  const teamsPort = folder.teamsPort === undefined ? await next(3) : await choosePort(folder.teamsPort)
  folder.keepTeamsPort(teamsPort)
  const teams = await openTeamsSide({
    ...{ seats: SEATS, manifest: readManifest('teams/manifest.json'), port: teamsPort, botUrl },
    ...{ tenantId: TENANT, appPassword: tokens.teamsAppPassword },
  })
  return {
    ...{ slack, teams, botPort },
    async close() {
      await slack.side.close()
      await teams.side.close()
    },
  }
}

function toFolder({ data }: PlaygroundCommand, env: Env): string {
  return data ?? join(env.LAKEDESK_DATA?.trim() || '.lakedesk', 'playground')
}

async function open(command: PlaygroundCommand, network: string | null, env: Env, terminal: Terminal): Promise<Opened> {
  const { host, fresh, debug, version } = command
  const port = readPort(command.port)
  const folder = openPlaygroundFolder(toFolder(command, env), { fresh, policy: makePolicy(SEATS, SLACK_TEAM, TENANT) })
  const { tokens } = folder
  const secrets = Object.values(tokens)
  const log = createLog({
    level: debug ? 'debug' : 'warn',
    secrets,
    write: (line) => void terminal.stderr.write(line),
  })
  const sides = await openSides(port, folder)
  const { slack, teams, botPort } = sides
  const botEnv = toBotEnv(env, {
    ...{ data: folder.data, policy: folder.policy, port: botPort, teams: teams.botSettings },
    slack: { token: tokens.slackToken, signingSecret: tokens.slackSigningSecret, apiUrl: slack.apiUrl },
  })
  const bot = createSupervisedBot(botEnv, folder.path)
  const page = buildPage()
  page.catch((error: unknown) => log.error('The page could not be built', { cause: error }))
  keepBotLog(bot, folder.botLog, debug)
  try {
    const playground = await openPlayground({
      ...{ version, host, port, network, page, seats: SEATS },
      ...{ slack: slack.side, teams: teams.side, bot, worldFile: folder.world, secrets, log },
    })
    return {
      ...{ playground, bot, folder, log },
      async close() {
        await bot.close()
        await playground.close()
        await sides.close()
        folder.release()
      },
    }
  } catch (error) {
    await sides.close()
    folder.release()
    throw error
  }
}

/** Prepares what is missing, starts the bot, and lets it finish the rest while people already talk to it. */
async function bringUp({ playground, bot, folder, log }: Opened, env: Env, { signal }: StopSignal): Promise<void> {
  const commandEnv = { ...cleanEnv(env), LAKEDESK_POLICY: folder.policy, LAKEDESK_LOG_LEVEL: 'warn' }
  const common = { folder, env: commandEnv, signal }
  await prepareData({ ...common, tell: bot.prepare })
  await bot.start()
  try {
    await finishPreparing({
      ...common,
      tell: bot.note,
      act: playground.act,
      view: playground.view,
      isReady: () => bot.view().state === 'ready',
    })
    bot.note('')
  } catch (error) {
    if (signal.aborted) return
    log.warn('A part of the sample could not be prepared; the next start tries it again', { cause: error })
    bot.note('Ready, but a part of the sample is missing; the next start tries it again.')
  }
}

const ECHO_MS = 1500

/** npm and the launcher pass Ctrl-C on beside the terminal: what comes right behind the first is the same press. */
function swallowEchoes(): void {
  const ignore = () => {}
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, ignore)
  setTimeout(() => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, ignore)
  }, ECHO_MS).unref()
}

/** Runs until Ctrl-C or SIGTERM. Throws CONFIG_INVALID where it may not or cannot start, INTERNAL where it cannot be prepared. */
export async function runPlayground(command: PlaygroundCommand, env: Env, terminal: Terminal = process): Promise<void> {
  refuseProduction(env)
  const network = readNetwork(command)
  const stop = stopSignal()
  stop.signal.addEventListener('abort', swallowEchoes, { once: true })
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  try {
    const opened = await open(command, network, env, terminal)
    try {
      const { playground, bot, folder } = opened
      terminal.stdout.write(describe(playground.url, folder))
      if (network !== null) {
        terminal.stderr.write(
          `Warning: ${network} can be reached from other machines, and nothing is encrypted. Whoever opens the page may act as each of its people.\n`,
        )
      }
      tellTerminal(bot, terminal)
      if (command.open) openBrowser(playground.url)
      await Promise.race([
        stopped,
        bringUp(opened, env, stop).then(
          () => stopped,
          (error: unknown) => {
            if (!stop.signal.aborted) throw error
          },
        ),
      ])
    } finally {
      await opened.close()
    }
  } finally {
    stop.release()
  }
}
