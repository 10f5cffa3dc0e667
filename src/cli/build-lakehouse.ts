// Builds the local lakehouse from the settings: its state and files in the data folder, the embedded tables, and what executes behind its wire.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { folderBlobs, memoryBlobs } from '../platform/lakehouse/blobs.ts'
import { engineOf } from '../platform/lakehouse/sql-engine.ts'
import { type Lakehouse, startLakehouse } from '../platform/lakehouse/start-lakehouse.ts'
import { memoryState, openState } from '../platform/lakehouse/state.ts'
import { buildLocalSql } from './build-sql.ts'
import { readCorrections } from './read-corrections.ts'

/** Folder of the lakehouse, under the data folder. */
export const LAKEHOUSE_FOLDER = 'lakehouse'
/** How long requests that run may take to end. */
const DRAIN_MS = 10_000
const TOKEN_FILE = 'token'
/** The warehouse that is there from the start. */
export const WAREHOUSE = 'lakehouse'
/** Whom the token belongs to. */
const OWNER = 'owner@lakehouse.local'

export interface LakehouseOptions {
  settings: Settings
  log: Log
  host: string
  /** 0 takes any free port. */
  port: number
  /** Undefined: the one of the folder, made at the first start. */
  token: string | undefined
  /** Nothing is kept: for tries. */
  memory: boolean
}

export interface BuiltLakehouse {
  lakehouse: Lakehouse
  token: string
  /** Folder of what is kept; null in memory. */
  folder: string | null
  close(): Promise<void>
}

const newToken = (): string => `dapi${randomBytes(16).toString('hex')}`

/** A token in the file, made once, that only its user may read. */
function keepToken(folder: string): string {
  const file = join(folder, TOKEN_FILE)
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if (kept !== '') return kept
  }
  const token = newToken()
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return token
}

/** A sentence for what keeps a server from listening. */
function toListenError(error: unknown, { host, port }: LakehouseOptions): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^E(ADDR|ACCES|NOTFOUND|PERM)/.test(code)) return error
  const why =
    code === 'EADDRINUSE'
      ? `Another program already listens on ${host}:${port}. Stop it, or give another port with --port.`
      : `The lakehouse cannot listen on ${host}:${port} (${code}). Check --host and --port.`
  return new LakedeskError('CONFIG_INVALID', why, error)
}

/** Starts it. Throws CONFIG_INVALID where it cannot listen, STORE_LOCKED where another one has the folder. */
export async function buildLakehouse(options: LakehouseOptions): Promise<BuiltLakehouse> {
  const { settings, log, host, port, memory } = options
  const folder = memory ? mkdtempSync(join(tmpdir(), 'lakehouse-')) : join(resolve(settings.data), LAKEHOUSE_FOLDER)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const state = memory ? memoryState() : openState(join(folder, 'lakehouse.db'))
  const examples = () => readCorrections(settings)
  const sql = buildLocalSql({ settings, log, examples, ...(memory ? { folder: join(folder, 'sql') } : {}) })
  const closeAll = async (): Promise<void> => {
    await sql.close()
    if (memory) rmSync(folder, { recursive: true, force: true })
  }
  try {
    const lakehouse = await startLakehouse({
      ...{ state, host, port },
      blobs: memory ? memoryBlobs() : folderBlobs(join(folder, 'files')),
      engine: engineOf(sql),
      answer: () => {
        throw new LakedeskError('CHAIN_INVALID', 'This version holds nothing that can answer here.')
      },
    })
    const token = options.token ?? (memory ? newToken() : keepToken(folder))
    lakehouse.people.addUser({ userName: OWNER, groups: ['admins', 'users'] })
    lakehouse.people.addToken(OWNER, token)
    lakehouse.sql.warehouses.add(WAREHOUSE, 'Local lakehouse')
    return {
      ...{ lakehouse, token, folder: memory ? null : folder },
      async close() {
        await lakehouse.close({ drainMs: DRAIN_MS })
        await closeAll()
      },
    }
  } catch (error) {
    state.close()
    await closeAll()
    throw toListenError(error, options)
  }
}
