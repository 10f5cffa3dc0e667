// The whole local lakehouse, with all that executes behind it, as a live test gives it to official clients in Python.
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildLakehouse, WAREHOUSE } from '../../src/cli/build-lakehouse.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { connectWorkspace } from '../../src/platform/databricks/connect-workspace.ts'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import { createDatabricksSql } from '../../src/platform/databricks/create-databricks-sql.ts'
import { readObjects } from '../../src/platform/ports/sql.ts'
import { makeFolder } from '../cli/run-cli.ts'
import { type CallRecord, createCallRecord } from './call-record.ts'
import { runProgram } from './run-program.ts'

const here = dirname(fileURLToPath(import.meta.url))
const script = join(here, 'lakehouse_clients.py')
const AREA_MS = 120_000

export const CLIENT = { id: 'd2f1b6a0-client', secret: 'dose-secret-of-the-client' }

/** `python`: an interpreter with the official clients. */
export async function openLakehouse(python: string) {
  const folder = makeFolder()
  const data = join(folder.path, 'data')
  const record: CallRecord = createCallRecord()
  const built = await buildLakehouse({
    settings: readConfig({ LAKEDESK_DATA: data }),
    log: silentLog,
    ...{ host: '127.0.0.1', port: 0, token: undefined, memory: true, python, users: ['ana@acme.example'] },
    onAsked: record.asked,
  })
  const { lakehouse, token } = built
  lakehouse.people.addUser({ userName: CLIENT.id, groups: ['users'] })
  lakehouse.people.addClient(CLIENT.id, CLIENT.secret)
  const auth = { kind: 'token', token } as const
  const workspace = connectWorkspace({ host: lakehouse.host, auth })
  const sql = createDatabricksSql({ host: lakehouse.host, auth, warehouseId: WAREHOUSE })

  /** The machine's own environment without anything that leads elsewhere. */
  const clean = Object.entries(process.env).filter(([key]) => !/^(DATABRICKS|MLFLOW|LAKEDESK|OPENAI)_/.test(key))
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(clean),
    DATABRICKS_HOST: lakehouse.host,
    DATABRICKS_TOKEN: token,
    DATABRICKS_WAREHOUSE_ID: WAREHOUSE,
    // Nobody's own profile.
    DATABRICKS_CONFIG_FILE: join(tmpdir(), 'no-such-databrickscfg'),
    // Of a plain tracking server.
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    PYTHONDONTWRITEBYTECODE: '1',
  }

  return {
    ...{ lakehouse, token, workspace, sql, env, record, folder: folder.path },
    platform: createDatabricksPlatform({ host: lakehouse.host, auth }),
    /** What the clients of one area of lakehouse_clients.py say. */
    async ask(area: string, more: NodeJS.ProcessEnv = {}): Promise<unknown> {
      const run = () => runProgram(python, [script, area], AREA_MS, { ...env, ...more })
      const ended = await record.during(area, run)
      if (ended.exitCode !== 0) throw new Error(`lakehouse_clients.py ${area} failed: ${ended.why}`)
      return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
    },
    async rows(text: string): Promise<Record<string, unknown>[]> {
      return readObjects(await sql.run({ text, mode: 'read' }, AbortSignal.timeout(30_000)))
    },
    async close(): Promise<void> {
      await sql.close()
      await built.close()
      folder.dispose()
    },
  }
}

export type OpenLakehouse = Awaited<ReturnType<typeof openLakehouse>>
