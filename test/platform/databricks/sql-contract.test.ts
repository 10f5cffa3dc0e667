// The contract of SQL over the Databricks driver: the stand-in speaks the wire, an embedded warehouse carries the statements out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../src/core/log.ts'
import { engineOf } from '../../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql } from '../../../src/platform/local/sql/create-local-sql.ts'
import { createScriptedEngine } from '../local/sql/scripted-engine.ts'
import { describeSqlContract } from '../sql-contract.ts'
import { openSql } from './sql-under-test.ts'

describeSqlContract('Databricks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-warehouse-'))
  const engine = createScriptedEngine()
  const rate = { concurrency: 8, perMinute: null }
  const warehouse = createLocalSql({ folder, engine, log: silentLog, rate })
  const open = await openSql(engineOf(warehouse))
  return {
    sql: open.sql,
    asked: engine.asked,
    callsByRow: true,
    async close() {
      await open.close()
      await warehouse.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
