// One command for scripts, through the console face and the real conversation core: `lakedesk promote v3`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createConsoleBot, isAnswered } from '../bots/console/console-bot.ts'
import { createScreen } from '../bots/console/console-channel.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
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

/**
 * Waits for what the command set going, showing its progress. Where a server holds the data folder, the server carries it out.
 * False where it was refused, or did not end well.
 */
export async function operate(
  { name, text, as, readsOnly }: OperateOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const screen = createScreen(terminal.stdout, terminal.stderr)
  const user = as ?? userName()
  const index = await openIndex(settings, log, true)
  try {
    const answering = buildAnswering({ settings, log, index, store: readsOnly ? 'memory' : 'file', schedules: false })
    const bot = createConsoleBot({
      conversation: answering.conversation,
      screen,
      user,
      oneShot: true,
      ...keepFilesIn(settings),
    })
    if (!readsOnly) await finishEarlier(answering, terminal)
    const reply = await bot.run(name, text)
    const ended = await answering.settle(reply.turn)
    await answering.close()
    return isAnswered(reply) && ended.every(({ state }) => state === 'done' || state === 'rejected')
  } catch (error) {
    if (!(error instanceof LakedeskError) || error.code !== 'STORE_LOCKED') throw error
    const ok = await runThroughDoor(settings.data, { name, text, user }, screen, terminal)
    if (ok === null) throw error
    return ok
  } finally {
    await index.close()
  }
}
