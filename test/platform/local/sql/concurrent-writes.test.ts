// Statements that write at the same time: each sees what the one before it wrote, as a warehouse's tables would refuse the second otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { createScriptedEngine } from './scripted-engine.ts'

describe('writes to the embedded tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-writes-'))
  const rate = { concurrency: 2, perMinute: null }
  const open = () => createLocalSql({ folder, engine: createScriptedEngine(), rate, log: silentLog })
  const [sql, other] = [open(), open()]
  const never = new AbortController().signal
  const run = async (text: string, on = sql, signal = never) => readObjects(await on.run({ text, mode: 'own' }, signal))
  afterAll(async () => {
    await sql.close()
    await other.close()
    rmSync(folder, { recursive: true })
  })

  it('come one after the other, so that a MERGE that is run twice at once adds its rows once', async () => {
    await run('CREATE TABLE kept (id INT, said STRING)')
    const merge = `MERGE INTO kept t USING (SELECT id, concat('n', id) AS said FROM (SELECT explode(sequence(1, 400)) AS id)) s ON t.id = s.id
      WHEN NOT MATCHED THEN INSERT (id, said) VALUES (s.id, s.said)`
    await Promise.all(Array.from({ length: 6 }, (_, i) => run(merge, i % 2 === 0 ? sql : other)))
    expect(await run('SELECT count(*) AS rows, count(DISTINCT id) AS ids FROM kept')).toEqual([{ rows: 400, ids: 400 }])
  })

  it('go on after one that failed, and after one whose asker went away while it waited', async () => {
    const gone = new AbortController()
    const failing = run("INSERT INTO kept SELECT CAST('x' AS INT), 'y'").catch(() => 'failed')
    const waiting = run("INSERT INTO kept VALUES (1000, 'gone')", sql, gone.signal).catch(() => 'gone')
    gone.abort()
    await run("INSERT INTO kept VALUES (1001, 'there')")
    expect(await failing).toBe('failed')
    expect(await waiting).toBe('gone')
    expect(await run('SELECT id FROM kept WHERE id >= 1000')).toEqual([{ id: 1001 }])
  })
})
