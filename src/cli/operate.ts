// One command for scripts, through the console face and the real conversation core: `lakedesk promote v3`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createConsoleBot, isAnswered } from '../bots/console/console-bot.ts'
import { type ConsoleScreen, createScreen } from '../bots/console/console-channel.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { type Answering, buildAnswering } from './build-answering.ts'
import { keepFilesIn } from './file-keeping.ts'
import type { Terminal } from './ingest.ts'
import { runThroughDoor } from './local-door.ts'
import { openIndex } from './open-index.ts'
import { userName } from './user-name.ts'

export interface OperateOptions {
  /** Name of the command, such as `promote`. */
  name: string
  /** What stands behind it. */
  text: string
  /** Somebody else than the user of the operating system. */
  as?: string
  /** True where nothing is written: it then runs beside a server. */
  readsOnly: boolean
}

const LOOK_EVERY_MS = 200
/** Another command has the store for some seconds; a server has it for good, and a door soon after. */
const TURN_MS = 5_000

/** What an earlier process left under way goes on first: it holds what the command may need. */
async function finishEarlier(answering: Answering, terminal: Terminal): Promise<void> {
  await answering.start()
  const left = await answering.listBusy()
  for (const { id, tool } of left) {
    terminal.stderr.write(`Going on first with request ${id} (${tool}), which an earlier process left under way ...\n`)
  }
  const ids = new Set(left.map(({ id }) => id))
  while ((await answering.listBusy()).some(({ id }) => ids.has(id))) await sleep(LOOK_EVERY_MS)
}

async function carryOut(
  { name, text, readsOnly }: OperateOptions,
  parts: { settings: Settings; log: Log; index: VectorIndex; screen: ConsoleScreen; user: string; terminal: Terminal },
): Promise<boolean> {
  const { settings, log, index, screen, user, terminal } = parts
  const answering = buildAnswering({ settings, log, index, store: readsOnly ? 'memory' : 'file', schedules: false })
  const { conversation } = answering
  const bot = createConsoleBot({ conversation, screen, user, oneShot: true, ...keepFilesIn(settings) })
  if (!readsOnly) await finishEarlier(answering, terminal)
  const reply = await bot.run(name, text)
  const ended = await answering.settle(reply.turn)
  await answering.close()
  return isAnswered(reply) && ended.every(({ state }) => state === 'done' || state === 'rejected')
}

/**
 * Waits for what the command set going, showing its progress. Where a server holds the data folder, the server carries it out;
 * where another command holds it, this one waits for its turn, and after 5 seconds it throws STORE_LOCKED.
 * False where it was refused, or did not end well.
 */
export async function operate(
  options: OperateOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const screen = createScreen(terminal.stdout, terminal.stderr)
  const { name, text, as: user = userName() } = options
  const index = await openIndex(settings, log, true)
  const until = Date.now() + TURN_MS
  try {
    for (;;) {
      try {
        return await carryOut(options, { settings, log, index, screen, user, terminal })
      } catch (error) {
        if (!(error instanceof LakedeskError) || error.code !== 'STORE_LOCKED') throw error
        const ok = await runThroughDoor(settings.data, { name, text, user }, screen, terminal)
        if (ok !== null) return ok
        if (Date.now() > until) throw error
        await sleep(LOOK_EVERY_MS)
      }
    }
  } finally {
    await index.close()
  }
}
