// Supervises the playground's bot: starts `lakedesk serve` as a process of its own, tells how it stands, kills and restarts it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { BotHandle } from '../playground/platform-side.ts'
import type { BotView } from '../playground/words.ts'

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
const endWithParent = new URL('./end-with-parent.ts', import.meta.url).href

export interface SupervisedBot extends BotHandle {
  /** Says what is done before the bot runs, in a sentence. */
  prepare(note: string): void
  /** Says what is done beside the bot whenever it runs; '' where all is done. */
  note(text: string): void
  /** Resolves when it takes requests. Rejects with INTERNAL where it ended before. */
  start(): Promise<void>
  /** Ends it in order, and by force where it takes too long. */
  close(): Promise<void>
}

/** It stands being killed: what it had under way goes on at its next start. */
const CLOSE_MS = 4_000
const START_ATTEMPTS = 20
const READY = 'Lakedesk is ready'
/** Said only once nothing more is prepared. */
const AT_EASE = 'Ready.'
const MAX_TAIL = 2_000

/** Starts a command of ours, in that folder, that ends when this process is gone. */
export function spawnCommand(args: readonly string[], env: Record<string, string>, folder: string): ChildProcess {
  // In a group of its own: Ctrl-C in the terminal is for the playground, which then ends its commands in order.
  return spawn(process.execPath, ['--import', endWithParent, cli, ...args], {
    ...{ env, cwd: folder, detached: process.platform !== 'win32' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Gives each whole line. */
export function readLines(onLine: (line: string) => void): (chunk: Buffer | string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}

export function createSupervisedBot(env: Record<string, string>, folder: string): SupervisedBot {
  const watchers = new Set<(bot: BotView) => void>()
  const readers = new Set<(line: string) => void>()
  let child: ChildProcess | null = null
  let closing = false
  let acting = false
  let resting = 'Ready. The rest of the sample is made in the meantime.'
  let bot: BotView = { state: 'preparing', note: 'Starting.', since: new Date().toISOString(), starts: 0 }

  function become(change: Partial<BotView>): void {
    const moved = change.state !== undefined && change.state !== bot.state
    bot = { ...bot, ...change, ...(moved ? { since: new Date().toISOString() } : {}) }
    for (const watcher of watchers) watcher(bot)
  }

  /** The bot of a playground that was killed has some seconds to end, and holds the data so long. */
  async function start(): Promise<void> {
    become({ state: 'starting', note: 'Lakedesk starts.', starts: bot.starts + 1 })
    for (let attempt = 1; ; attempt++) {
      try {
        return await startOnce()
      } catch (error) {
        const isHeld = error instanceof LakedeskError && error.userMessage.includes('STORE_LOCKED')
        if (!isHeld || attempt === START_ATTEMPTS || closing) {
          become({ state: 'stopped', note: 'It could not be started; the log says why.' })
          throw error
        }
        become({ state: 'starting', note: 'Waiting for the Lakedesk of the last time to end.' })
        await sleep(1000)
      }
    }
  }

  async function startOnce(): Promise<void> {
    if (closing) throw new LakedeskError('INTERNAL', 'The playground is being closed.')
    const started = spawnCommand(['serve'], env, folder)
    child = started
    let tail = ''
    const ended = once(started, 'close').then(([code, signal]: unknown[]) => ({ code, signal }))
    const ready = new Promise<void>((resolve) => {
      const take = readLines((line) => {
        for (const reader of readers) reader(line)
        tail = `${tail}${line}\n`.slice(-MAX_TAIL)
        if (line.includes(READY)) resolve()
      })
      started.stderr?.on('data', take)
      started.stdout?.on('data', take)
    })
    void ended.then(({ code, signal }) => {
      if (child !== started) return
      child = null
      if (closing || bot.state !== 'ready') return
      const how = signal === null ? `It ended with code ${String(code)}.` : `It was ended by ${String(signal)}.`
      become({ state: 'stopped', note: how })
    })
    await Promise.race([
      ready,
      ended.then(() => {
        throw new LakedeskError('INTERNAL', `Lakedesk ended before it was ready. Its last lines:\n${tail}`)
      }),
    ])
    become({ state: 'ready', note: resting })
  }

  async function kill(): Promise<void> {
    const running = child
    if (!running) return
    const gone = once(running, 'close')
    running.kill('SIGKILL')
    await gone
  }

  return {
    view: () => bot,
    watch: (listener) => void watchers.add(listener),
    onLine: (listener) => void readers.add(listener),
    prepare: (note) => become({ state: 'preparing', note }),
    note(text) {
      resting = text === '' ? AT_EASE : text
      if (bot.state === 'ready') become({ note: resting })
    },
    start,
    async act(action) {
      if (bot.state === 'preparing' || bot.state === 'starting') {
        return { ok: false, error: `Lakedesk is getting ready: ${bot.note} Wait until it is, then ${action} it.` }
      }
      if (acting) return { ok: false, error: 'It is being killed or restarted already.' }
      if (action === 'kill' && !child) return { ok: false, error: 'It is stopped already. Restart it.' }
      acting = true
      try {
        await kill()
        if (action === 'restart') await start()
        return { ok: true }
      } catch (error) {
        return { ok: false, error: toLakedeskError(error).userMessage }
      } finally {
        acting = false
      }
    },
    async close() {
      closing = true
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'close')
      const timer = setTimeout(() => running.kill('SIGKILL'), CLOSE_MS)
      running.kill('SIGTERM')
      await gone
      clearTimeout(timer)
    },
  }
}
