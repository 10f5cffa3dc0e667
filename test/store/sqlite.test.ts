// The SQLite store: the contract, and what is its own: the file, the lock, damage, a full disk, a killed process.
import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { describeApprovalStore } from './approvals-contract.ts'
import { type CreateStore, describeStore } from './contract.ts'
import { describeTicketStore } from './tickets-contract.ts'
import { toTurn } from './turns.ts'

function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lakedesk-store-'))
}

const createSqlite: CreateStore = async (now) => {
  const folder = createFolder()
  const open = () => openSqliteStore({ file: join(folder, 'data', 'store.db'), log: silentLog, now })
  let store = open()
  return {
    store,
    async reopen() {
      await store.close()
      store = open()
      return store
    },
    async remove() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describeStore('SQLite', createSqlite)
describeApprovalStore('SQLite', createSqlite)
describeTicketStore('SQLite', createSqlite)

describe('the SQLite store', () => {
  let folder: string
  let file: string
  const stores: Store[] = []
  const children: ChildProcess[] = []

  beforeEach(() => {
    folder = createFolder()
    file = join(folder, 'store.db')
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const store of stores.splice(0)) await store.close()
    rmSync(folder, { recursive: true })
  })

  function open(more: { maxBytes?: number; file?: string } = {}): Store {
    const store = openSqliteStore({ file, log: silentLog, ...more })
    stores.push(store)
    return store
  }

  function failure(act: () => unknown): LakedeskError {
    try {
      act()
    } catch (error) {
      if (error instanceof LakedeskError) return error
      throw error
    }
    throw new Error('It should have failed.')
  }

  /** Starts a writing process; resolves with its lines so far once it printed `count` of them or ended. */
  function startWriter(count: number): Promise<{ child: ChildProcess; lines: () => string[] }> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-child.ts'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    let output = ''
    const lines = () => output.split('\n').slice(0, -1)
    return new Promise((resolve) => {
      child.stdout?.on('data', (data: Buffer) => {
        output += data.toString()
        if (lines().length >= count) resolve({ child, lines })
      })
      child.on('close', () => resolve({ child, lines }))
    })
  }

  it('lives in memory where that is asked for, any number of times', async () => {
    const [a, b] = [open({ file: ':memory:' }), open({ file: ':memory:' })]
    expect(await a.inbox.accept(toTurn(1))).toBe('accepted')
    expect(await b.inbox.accept(toTurn(1))).toBe('accepted')
  })

  it('flushes every commit to the disk and shares commits', async () => {
    const store = open()
    const verdicts = await Promise.all(Array.from({ length: 2000 }, (_, n) => store.inbox.accept(toTurn(n))))
    expect(verdicts.every((verdict) => verdict === 'accepted')).toBe(true)
    expect(await store.inbox.unfinished()).toHaveLength(2000)
  })

  it('spoils no write by another that fails beside it', async () => {
    const store = open()
    const good = store.inbox.accept(toTurn(1))
    const bad = store.inbox.begin('nope')
    const after = store.inbox.accept(toTurn(2))
    await expect(bad).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect([await good, await after]).toEqual(['accepted', 'accepted'])
  })

  it('is refused to a second opener in the same process, by whatever path', () => {
    open()
    const error = failure(() => open())
    expect(error.code).toBe('STORE_LOCKED')
    expect(error.userMessage).toContain(`process ${process.pid}`)
    expect(error.userMessage).toContain(file)
    symlinkSync(folder, `${folder}-link`)
    try {
      expect(failure(() => open({ file: join(`${folder}-link`, 'store.db') })).code).toBe('STORE_LOCKED')
    } finally {
      rmSync(`${folder}-link`)
    }
  })

  it('is refused to a second process, and stays usable by the first', async () => {
    const store = open()
    const { lines } = await startWriter(9)
    expect(lines()).toEqual([
      `STORE_LOCKED: The store file ${file} is in use by process ${process.pid}. Only one process may use a data folder: stop that one, or set LAKEDESK_DATA to another folder.`,
    ])
    expect(await store.inbox.accept(toTurn(1))).toBe('accepted')
  })

  it('is free at once after its process was killed, and holds every turn that was accepted', async () => {
    for (let round = 1; round <= 3; round++) {
      const { child, lines } = await startWriter(200 * round)
      expect(failure(() => open()).userMessage).toContain(`process ${child.pid}`)
      const ended = new Promise((resolve) => child.on('close', resolve))
      child.kill('SIGKILL')
      await ended
      const store = openSqliteStore({ file, log: silentLog })
      const kept = new Set((await store.inbox.unfinished()).map(({ turn }) => turn.id))
      expect(
        lines()
          .slice(1)
          .filter((id) => !kept.has(id)),
      ).toEqual([])
      await store.close()
    }
  })

  it.each<[string, (file: string) => void]>([
    ['random bytes', (path) => writeFileSync(path, Buffer.alloc(20_000, 'not a database '))],
    ['a cut end', (path) => truncateSync(path, 3 * 4096)],
    ['half a page', (path) => truncateSync(path, 2000)],
    [
      'a page overwritten',
      (path) => {
        const bytes = readFileSync(path)
        bytes.fill(0xff, 4096, 3 * 4096)
        writeFileSync(path, bytes)
      },
    ],
    [
      'another program’s database',
      (path) => {
        rmSync(path)
        new DatabaseSync(path).exec('PRAGMA application_id = 7; CREATE TABLE theirs (a)')
      },
    ],
    ['a newer format', (path) => new DatabaseSync(path).exec('PRAGMA user_version = 99')],
  ])('says that it is corrupt, and what to do: %s', async (_, damage) => {
    const store = openSqliteStore({ file, log: silentLog })
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.inbox.accept(toTurn(n))))
    await store.close()
    damage(file)
    copyFileSync(file, `${file}.before`)
    const error = failure(() => open())
    expect(error.code).toBe('STORE_CORRUPT')
    expect(error.userMessage).toContain(file)
    expect(error.userMessage).toMatch(/restore|LAKEDESK_DATA|Start that newer version/)
    expect(readFileSync(file).equals(readFileSync(`${file}.before`))).toBe(true)
    expect(failure(() => open()).code).toBe('STORE_CORRUPT')
  })

  it('says that a folder in its place cannot be used', () => {
    mkdirSync(file)
    expect(failure(() => open())).toMatchObject({ code: 'STORE_FAILED' })
    writeFileSync(join(folder, 'plain'), '')
    const error = failure(() => open({ file: join(folder, 'plain', 'store.db') }))
    expect(error).toMatchObject({ code: 'STORE_FAILED' })
    expect(error.userMessage).toMatch(/names a folder/)
  })

  it('says that the disk is full, loses nothing that was stored, and works again after', async () => {
    let store = open({ maxBytes: 200_000 })
    const big = (n: number) => toTurn(n, { text: 'x'.repeat(10_000) })
    const verdicts = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => store.inbox.accept(big(n))))
    const failed = verdicts.filter((verdict) => verdict.status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect(failed[0]).toMatchObject({ reason: { code: 'STORE_FULL' } })
    expect(failed[0]?.reason.userMessage).toMatch(/disk .*is full\. Free some space/)
    expect(await store.inbox.unfinished()).toHaveLength(40 - failed.length)
    await stores.pop()?.close()
    store = open()
    expect(await store.inbox.unfinished()).toHaveLength(40 - failed.length)
    expect(await Promise.all(Array.from({ length: 40 }, (_, n) => store.inbox.accept(big(n))))).toEqual(
      verdicts.map((verdict) => (verdict.status === 'fulfilled' ? 'duplicate' : 'accepted')),
    )
  })
})
