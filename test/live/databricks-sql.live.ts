// SQL of the stand-in of a Databricks workspace, judged by databricks-sdk for Python, over tables of an embedded warehouse.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { engineOf } from '../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql, type LocalSql } from '../../src/platform/local/sql/create-local-sql.ts'
import { createScriptedEngine } from '../platform/local/sql/scripted-engine.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'
import { describeLive } from './describe-live.ts'
import { runProgram } from './run-program.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), 'databricks_clients.py')
const PYTHON_MS = 50_000
const WAREHOUSE = 'a1b2c3'
const STATEMENT = `SELECT id, ai_classify(text, ARRAY('billing', 'technical')) AS category, DATE'2026-11-22' AS day, array(id) AS ids
FROM VALUES (1, 'a billing matter'), (2, 'technical trouble'), (3, 'nothing') AS t(id, text) WHERE id >= :least ORDER BY id`

describeLive('SQL of databricks-sdk in Python', ({ python }) => {
  describe('SQL of databricks-sdk in Python', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lakedesk-live-sql-'))
    let warehouse: LocalSql
    let standIn: DatabricksStandIn

    beforeAll(async () => {
      const rate = { concurrency: 4, perMinute: null }
      warehouse = createLocalSql({ folder, engine: createScriptedEngine(), log: silentLog, rate })
      standIn = await startDatabricks({ engine: engineOf(warehouse) })
      standIn.sql.warehouses.add(WAREHOUSE, 'Support warehouse', 'STOPPED')
      standIn.sql.rowsPerChunk = 2
    })
    afterAll(async () => {
      await standIn?.close()
      await warehouse?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    it('starts the warehouse, reads chunks and links, and understands what failed', async () => {
      const clean = Object.entries(process.env).filter(([key]) => !key.startsWith('DATABRICKS_'))
      const env = {
        ...Object.fromEntries(clean),
        DATABRICKS_HOST: standIn.host,
        DATABRICKS_TOKEN: standIn.token,
        // Nobody's own profile.
        DATABRICKS_CONFIG_FILE: join(tmpdir(), 'no-such-databrickscfg'),
      }
      const ended = await runProgram(python, [script, 'sql', WAREHOUSE, STATEMENT], PYTHON_MS, env)
      if (ended.exitCode !== 0) throw new Error(`databricks_clients.py sql failed: ${ended.why}`)
      expect(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')).toEqual({
        before: [['Support warehouse', 'STOPPED']],
        started: 'RUNNING',
        columns: [
          ['id', 'INT', 'INT'],
          ['category', 'STRING', 'STRING'],
          ['day', 'DATE', 'DATE'],
          ['ids', 'ARRAY', 'ARRAY<INT>'],
        ],
        chunks: 2,
        rows: [
          ['1', 'billing', '2026-11-22', '[1]'],
          ['2', 'technical', '2026-11-22', '[2]'],
          ['3', null, '2026-11-22', '[3]'],
        ],
        begun: 'PENDING',
        linked: [
          ['1', 'billing', '2026-11-22', '[1]'],
          ['2', 'technical', '2026-11-22', '[2]'],
        ],
        truncated: true,
        failed: ['FAILED', 'BAD_REQUEST', expect.stringContaining('[TABLE_OR_VIEW_NOT_FOUND]')],
        refused: expect.stringContaining('not a valid endpoint id'),
        unknown: 'not found',
      })
    })
  })
})
