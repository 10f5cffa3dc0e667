// Hostile statements against real tables: none runs, and tables, files and environment are as before.
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { createLease } from '../../../../src/platform/local/sql/lease.ts'
import { openSession } from '../../../../src/platform/local/sql/session.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { codeOf } from '../../contract-basics.ts'
import { HOSTILE_STATEMENTS } from '../../sql/hostile-statements.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal

describe('hostile statements on the embedded warehouse', () => {
  let folder: string
  let outside: string
  let sql: LocalSql
  const engine = createScriptedEngine()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-hostile-'))
    outside = mkdtempSync(join(tmpdir(), 'lakedesk-outside-'))
    sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 1, perMinute: null } })
    const file = join(outside, 'tickets.csv')
    writeFileSync(file, 'id,text\n1,one\n2,two\n')
    await sql.load(file, { signal: never })
  })
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
    rmSync(outside, { recursive: true })
  })

  const look = async () => {
    const tables = await sql.listTables(never)
    const rows = await readObjects(await sql.run({ text: 'SELECT * FROM tickets ORDER BY id' }, never))
    const digest = createHash('sha256').update(JSON.stringify({ tables, rows })).digest('hex')
    return {
      digest,
      files: [folder, outside, process.cwd()]
        .flatMap((path) => readdirSync(path))
        .filter((name) => !/wal$|wanted$|shm$/.test(name))
        .sort(),
    }
  }

  for (const [attempt, statements] of Object.entries(HOSTILE_STATEMENTS)) {
    it(`are refused and leave nothing: ${attempt}`, async () => {
      const before = await look()
      for (const text of statements) {
        const code = await codeOf(sql.run({ text, tables: ['tickets'], rowLimit: 100 }, never).then(readObjects))
        expect(['SQL_REFUSED', 'SQL_INVALID'], text.slice(0, 200)).toContain(code)
      }
      expect(await look()).toEqual(before)
      expect(engine.asked).toHaveLength(0)
    }, 120_000)
  }

  it('would not get far without the guard either: the database itself refuses files, extensions, settings and writes', async () => {
    const lease = createLease(join(folder, 'tables.duckdb'))
    const target = join(outside, 'stolen.csv')
    const statements = [
      `COPY tickets TO '${target}'`,
      `SELECT * FROM read_csv('${join(outside, 'tickets.csv')}')`,
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM '/etc/passwd'",
      "SELECT * FROM glob('/*')",
      `ATTACH '${join(outside, 'other.db')}' AS other`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'SET enable_external_access = true',
      'SET lock_configuration = false',
      "SELECT getenv('HOME')",
      'INSERT INTO tickets VALUES (3, 3)',
      'DROP TABLE tickets',
      'CREATE TABLE other AS SELECT 1 AS a',
      `EXPORT DATABASE '${outside}'`,
      'SELECT 1; COMMIT; DROP TABLE tickets',
      'SELECT 1; SELECT 2',
    ]
    for (const text of statements) {
      const session = await openSession({ lease, lookUp: () => null, at: new Date(), writes: false }, never)
      const code = await codeOf(session.run(text))
      await session.end()
      expect(['SQL_REFUSED', 'SQL_INVALID', 'SQL_FAILED'], text).toContain(code)
    }
    expect(existsSync(target)).toBe(false)
    expect(await readObjects(await sql.run({ text: 'SELECT count(*) AS n FROM tickets' }, never))).toEqual([{ n: 2 }])
  })
})
