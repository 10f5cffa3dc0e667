// The embedded SQL warehouse keeps the contract of the port.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { describeSqlContract } from '../../sql-contract.ts'
import { createScriptedEngine } from './scripted-engine.ts'

describeSqlContract('the embedded SQL warehouse', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-sql-'))
  const engine = createScriptedEngine()
  const sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 4, perMinute: null } })
  return {
    sql,
    asked: engine.asked,
    async close() {
      await sql.close()
      rmSync(folder, { recursive: true })
    },
  }
})
