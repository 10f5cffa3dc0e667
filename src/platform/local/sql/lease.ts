// The tables' file, held only while somebody works with it: DuckDB lets one process at a time have a file.
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import type { AiFunction } from './ai-function.ts'
import { type DuckFile, openDuckFile } from './duck-file.ts'
import { toSqlError } from './sql-errors.ts'

const WAIT_MS = 30_000
const POLL_MS = 50
/** The file is given up when nobody used it for so long; at once where another process is waiting. */
const IDLE_MS = 250
/** A process that waits touches a file beside the tables this often at least. */
const WANTED_FOR_MS = 2_000

export interface Held {
  connection: DuckDBConnection
  ai: AiFunction
  release(): void
}

export interface Lease {
  /** Runs the work with a connection of its own, and closes it. Throws SQL_BUSY after half a minute of waiting. */
  use<T>(signal: AbortSignal, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** As `use`, but the caller ends it. */
  take(signal: AbortSignal): Promise<Held>
  /**
   * Waits until nobody of this process writes, and gives what ends the caller's turn. DuckDB lets two transactions insert what each of them missed;
   * a Delta table refuses the second, so here it waits. To be taken before a session that writes, and ended after it.
   */
  takeTurn(signal: AbortSignal): Promise<() => void>
  /** Waits for those who use it. */
  close(): Promise<void>
}

interface Holding {
  open: DuckFile | null
  opening: Promise<DuckFile> | null
  users: number
  idle: NodeJS.Timeout | null
  /** Settles when the last one that asked to write has ended. */
  writing: Promise<void>
  /** Called when the last user has gone. */
  whenFree: (() => void)[]
}

/** By file, since two instances of one file in one process would damage it: the lock of the system tells processes apart only. */
const holdings = new Map<string, Holding>()

export function createLease(file: string, waitMs = WAIT_MS): Lease {
  const wanted = `${file}.wanted`
  const holding = holdings.get(path.resolve(file)) ?? {
    ...{ open: null, opening: null, users: 0, idle: null, whenFree: [] },
    writing: Promise.resolve(),
  }
  holdings.set(path.resolve(file), holding)

  // All at once, so that nobody opens the file while it is being closed.
  const shut = (): void => {
    if (holding.idle) clearTimeout(holding.idle)
    holding.idle = null
    if (holding.users > 0) return
    holding.open?.instance.closeSync()
    holding.open = null
  }

  const open = async (): Promise<DuckFile> => {
    try {
      const opened = await openWhenFree(file, wanted, waitMs)
      holding.open = opened
      if (holding.users === 0) shut()
      return opened
    } finally {
      holding.opening = null
    }
  }

  const release = (connection: DuckDBConnection): void => {
    connection.closeSync()
    leave()
  }

  const leave = (): void => {
    holding.users -= 1
    if (holding.users > 0) return
    for (const resume of holding.whenFree.splice(0)) resume()
    if (isFresh(wanted)) shut()
    else {
      holding.idle ??= setTimeout(shut, IDLE_MS)
      holding.idle.unref()
    }
  }

  const take = async (signal: AbortSignal): Promise<Held> => {
    signal.throwIfAborted()
    if (holding.idle) clearTimeout(holding.idle)
    holding.idle = null
    holding.users += 1
    try {
      holding.opening ??= holding.open ? null : open()
      const opened = holding.opening ? await untilAborted(holding.opening, signal) : holding.open
      if (!opened) throw new LakedeskError('SQL_FAILED', 'The tables were closed while a statement waited for them.')
      const connection = await opened.instance.connect()
      let held = true
      return {
        connection,
        ai: opened.ai,
        release() {
          if (held) release(connection)
          held = false
        },
      }
    } catch (error) {
      leave()
      throw error
    }
  }

  const takeTurn = async (signal: AbortSignal): Promise<() => void> => {
    const before = holding.writing
    const { promise, resolve } = Promise.withResolvers<void>()
    // Whoever comes next waits for all before it, also where this one gives up waiting.
    holding.writing = before.then(() => promise)
    try {
      await untilAborted(before, signal)
    } catch (error) {
      resolve()
      throw error
    }
    return resolve
  }

  return {
    take,
    takeTurn,
    async use(signal, work) {
      const held = await take(signal)
      try {
        return await work(held.connection)
      } finally {
        held.release()
      }
    },
    async close() {
      if (holding.users > 0) await new Promise<void>((resolve) => holding.whenFree.push(resolve))
      shut()
    },
  }
}

async function openWhenFree(file: string, wanted: string, waitMs: number): Promise<DuckFile> {
  const deadline = Date.now() + waitMs
  for (;;) {
    try {
      return await openDuckFile(file)
    } catch (error) {
      const text = error instanceof Error ? error.message : ''
      if (!/could not set lock|conflicting lock/i.test(text)) throw toSqlError(error)
      if (Date.now() >= deadline) throw toBusy(file, text, waitMs, error)
      touch(wanted)
    }
    await sleep(POLL_MS)
  }
}

function toBusy(file: string, text: string, waitMs: number, cause: unknown): LakedeskError {
  const holder = /PID (\d+)/.exec(text)?.[1]
  const who = holder ? `process ${holder}` : 'another process'
  const message = `The tables in ${file} are in use by ${who}, which did not give them up within ${Math.round(waitMs / 1000)} s. Try again when its statement is done, or stop it.`
  return new LakedeskError('SQL_BUSY', message, cause)
}

/** The abort ends the waiting of this caller alone: others may wait for the same. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function touch(file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // Not there yet. A folder that cannot be written to fails at the tables themselves, with a better sentence.
    writeFileSync(file, '')
  }
}

function isFresh(file: string): boolean {
  const facts = statSync(file, { throwIfNoEntry: false })
  return facts !== undefined && Date.now() - facts.mtimeMs < WANTED_FOR_MS
}
