// The stand-in of a Databricks workspace, judged by the Python clients that people use on the real one; and what they wrote, read by Lakedesk.
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import type { Platform } from '../../src/platform/ports/platform.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'
import { describeLive } from './describe-live.ts'
import { runProgram } from './run-program.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), 'databricks_clients.py')
const PYTHON_MS = 50_000
const MODEL = 'ml.rag.docs_rag'
const ENDPOINT = 'support-llm-endpoint'

describeLive('Databricks clients in Python', ({ python }) => {
  let standIn: DatabricksStandIn
  let platform: Platform

  async function ask(action: 'sdk' | 'mlflow'): Promise<unknown> {
    const clean = Object.entries(process.env).filter(([key]) => !/^(DATABRICKS|MLFLOW)_/.test(key))
    const env = {
      ...Object.fromEntries(clean),
      DATABRICKS_HOST: standIn.host,
      DATABRICKS_TOKEN: standIn.token,
      // Nobody's own profile.
      DATABRICKS_CONFIG_FILE: join(tmpdir(), 'no-such-databrickscfg'),
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
    }
    const ended = await runProgram(python, [script, action, MODEL, ENDPOINT], PYTHON_MS, env)
    if (ended.exitCode !== 0) throw new Error(`databricks_clients.py ${action} failed: ${ended.why}`)
    return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
  }

  describe('Databricks clients in Python', () => {
    beforeAll(async () => {
      standIn = await startDatabricks()
      const { host, token } = standIn
      platform = createDatabricksPlatform({ host, auth: { kind: 'token', token } })
      standIn.people.addUser({ userName: 'ana@example.com', groups: ['rag team'] })
      for (let i = 0; i < 3; i += 1) standIn.models.addVersion(MODEL)
      await platform.serving.create(ENDPOINT, {
        entities: [{ name: 'rag-1', model: MODEL, version: '1', settings: { workload_size: 'Small' } }],
        routes: [{ entity: 'rag-1', percentage: 100 }],
      })
      while ((await platform.serving.describe(ENDPOINT))?.update !== 'NOT_UPDATING');
    })
    afterAll(() => standIn?.close())

    it('databricks-sdk sets and reads an alias, updates an endpoint and waits for it', async () => {
      expect(await ask('sdk')).toEqual({
        me: 'owner@example.com',
        workspace: 900800700600,
        users: ['ana@example.com'],
        champion: 2,
        versions: [1, 2, 3],
        conflict: expect.stringContaining('currently updating'),
        state: ['READY', 'NOT_UPDATING'],
        served: ['2'],
        predictions: [{ version: '2', record: { question: 'Why?' } }],
        permissions: ['owner@example.com'],
        permissions_by_name: 'not found',
        effective: [['rag team', 'EXECUTE', 'ml.rag']],
      })
      expect(await platform.registry.getAlias(MODEL, 'Champion')).toBe('2')
      expect((await platform.serving.describe(ENDPOINT))?.config?.entities[0]?.version).toBe('2')
      expect(await platform.catalog.effectivePrivileges(MODEL, 'ana@example.com')).toEqual(['EXECUTE'])
    })

    it('MLflow in Databricks mode sets aliases and logs runs with files, and Lakedesk reads them', async () => {
      const said = await ask('mlflow')
      expect(said).toMatchObject({
        candidate: '3',
        versions: [1, 2, 3],
        history: [[0.5, 0]],
        text: 'Grüße',
      })
      const { runId, experimentId } = z.object({ runId: z.string(), experimentId: z.string() }).parse(said)
      expect(said).toMatchObject({ found: [runId] })
      expect(await platform.registry.getAlias(MODEL, 'Candidate')).toBe('3')
      expect(await platform.registry.getAlias(MODEL, 'Old')).toBeNull()
      expect(await platform.runs.searchRuns({ experimentId, tags: { set: 'golden' } })).toMatchObject([
        { runId, status: 'FINISHED', params: { top_k: '5' }, metrics: { good: 0.5 } },
      ])
      expect(await platform.runs.artifacts.list(runId, 'notes')).toMatchObject([{ path: 'notes/hello.txt' }])
      const bytes = await platform.runs.artifacts.read(runId, 'notes/hello.txt')
      expect(new TextDecoder().decode(bytes ?? undefined)).toBe('Grüße')
      expect(standIn.files.withToken).toBe(0)
    })
  })
})
