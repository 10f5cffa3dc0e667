// The local lakehouse, judged by the official Python clients of Databricks, MLflow and OpenAI, area by area; and what Lakedesk's drivers see of the same.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabricksJobs } from '../../src/platform/databricks/create-databricks-jobs.ts'
import { createDatabricksSecrets } from '../../src/platform/databricks/create-databricks-secrets.ts'
import { createDatabricksVolumes } from '../../src/platform/databricks/create-databricks-volumes.ts'
import { listModels } from '../../src/platform/databricks/list-models.ts'
import { createSearchCalls } from '../../src/platform/databricks/search/search-calls.ts'
import { makeSite, type Served, startServed } from '../end-to-end/served.ts'
import { callsIn, compareCalls, EXCEPTIONS, putTable } from './compare-calls.ts'
import { describeLive } from './describe-live.ts'
import { CLIENT, type OpenLakehouse, openLakehouse } from './open-lakehouse.ts'
import { recordSuites } from './record-suites.ts'
import { trainAndServe } from './train-and-serve.ts'

const AREA_MS = 150_000
const SUITES_MS = 600_000
const ROOT = new URL('../../', import.meta.url)
const CHUNK_PROGRAM = fileURLToPath(
  new URL('../../src/platform/databricks/programs/chunk_documents.py', import.meta.url),
)

describeLive('official clients of the lakehouse in Python', ({ python }) => {
  describe('official clients of the lakehouse in Python', () => {
    let open: OpenLakehouse
    beforeAll(async () => {
      open = await openLakehouse(python)
    }, AREA_MS)
    afterAll(() => open?.close())

    it('sign in as a service principal, and are told what is wrong with a secret or a token', {
      timeout: AREA_MS,
    }, async () => {
      const said = await open.ask('sign-in', { CLIENT_ID: CLIENT.id, CLIENT_SECRET: CLIENT.secret })
      expect(said).toMatchObject({ me: CLIENT.id, workspace: 900800700600, wrong_token: 'PermissionDenied' })
      expect(said).toMatchObject({ wrong_secret: expect.stringMatching(/./) })
      expect(said).not.toMatchObject({ wrong_secret: 'nothing' })
    })

    it('find people, grant privileges and read tables; Lakedesk reads the same privileges', {
      timeout: AREA_MS,
    }, async () => {
      expect(await open.ask('people')).toEqual({
        me: 'owner@lakehouse.local',
        owners: ['owner@lakehouse.local', 'owner@lakehouse.local', 'owner@lakehouse.local'],
        found: [['ana@acme.example', true]],
        nobody: [],
        direct: [
          ['account users', ['USE_SCHEMA']],
          ['ana@acme.example', ['SELECT', 'USE_SCHEMA']],
        ],
        effective: [
          ['ana@acme.example', 'SELECT', 'ml_catalog.support'],
          ['ana@acme.example', 'USE_SCHEMA', 'ml_catalog.support'],
        ],
        table: ['ml_catalog.support.people_table', ['a']],
        exists: true,
        catalogs: true,
        schemas: true,
        no_table: 'ResourceDoesNotExist',
      })
      expect(await open.platform.catalog.findPrincipal('ana@acme.example')).toMatchObject({ active: true })
      expect(await open.platform.catalog.findPrincipal('nobody@acme.example')).toBeNull()
    })

    it('write, read, list and delete files of volumes; Lakedesk writes and reads beside them', {
      timeout: AREA_MS,
    }, async () => {
      expect(await open.ask('files')).toEqual({
        text: 'Grüße',
        length: 7,
        again: 'AlreadyExists',
        listed: [['Grüße & co.txt', 7]],
        gone: 'NotFound',
      })
      const volumes = createDatabricksVolumes(open.workspace)
      const folder = '/Volumes/ml_catalog/rag_data/code/from python'
      expect(await volumes.read(`${folder}/Grüße & co.txt`)).toBeNull()
      await volumes.put(`${folder}/Grüße & co.txt`, new TextEncoder().encode('Grüße'))
      expect(await volumes.list(folder)).toEqual([{ path: `${folder}/Grüße & co.txt`, isDirectory: false, bytes: 7 }])
    })

    it('keep secrets, and Lakedesk finds the scope gone', { timeout: AREA_MS }, async () => {
      expect(await open.ask('secrets')).toEqual({
        twice: 'ResourceAlreadyExists',
        value: 'xoxb-geheim',
        keys: ['slack-token'],
        missing: 'ResourceDoesNotExist',
      })
      const secrets = createDatabricksSecrets(open.workspace)
      await expect(secrets.readSecret('rag-scope', 'slack-token')).rejects.toMatchObject({ code: 'PLATFORM_NOT_FOUND' })
    })

    it('submit the chunking job once under one token; Lakedesk describes the same run', {
      timeout: AREA_MS,
    }, async () => {
      const said = await open.ask('jobs', { CHUNK_PROGRAM })
      expect(said).toMatchObject({
        state: ['TERMINATED', 'SUCCESS'],
        status: ['TERMINATED', 'SUCCESS'],
        same_run: true,
        rows: [['4', '4']],
        log: expect.stringContaining('"chunks":4'),
        jobs: [],
        listed: true,
        missing: 'ResourceDoesNotExist',
        cancel_missing: 'InvalidParameterValue',
      })
      const { run_id } = said as { run_id: number }
      const jobs = createDatabricksJobs(open.workspace)
      const run = await jobs.describe(String(run_id))
      expect(run).toMatchObject({ name: 'chunk', state: 'SUCCEEDED' })
      expect((await jobs.output(run?.taskRunId ?? '')).log).toContain('"chunks":4')
      expect(await open.rows('SELECT count(*) AS n FROM ml_catalog.rag_data.py_docs')).toMatchObject([{ n: 4 }])
    })

    it('chat with tools, whole and streamed, and embed; Lakedesk lists the same models', {
      timeout: AREA_MS,
    }, async () => {
      const said = await open.ask('chat')
      expect(said).toMatchObject({
        calls: ['search-docs'],
        streamed: ['search-docs'],
        finish: ['tool_calls', 'chat.completion.chunk'],
        usage: true,
        vectors: [
          [0, 1024],
          [1, 1024],
        ],
        retired: 'NotFoundError',
        many: ['BadRequestError', expect.stringContaining('exceeding 150 limit')],
        answered_by: 'offline-extractive',
      })
      const listed = (await listModels(open.workspace.http)).map(({ name }) => name)
      expect((said as { named: string[][] }).named.map(([name]) => name)).toEqual(listed.sort())
    })

    it('make, sync, query and delete indexes under both names of the client', { timeout: 2 * AREA_MS }, async () => {
      for (const [area, prefix] of [
        ['search', 'vs'],
        ['ai-search', 'ais'],
      ] as const) {
        const said = await open.ask(area)
        expect(said).toEqual({
          columns: ['chunk_id', 'doc_type', 'score'],
          first: ['c1', 'guide'],
          score: true,
          filtered: [['c2', 'billing']],
          hybrid: [['c1', 'guide']],
          rows: [3, 4],
          wrong: expect.stringContaining('nowhere'),
          upserted: 'SUCCESS',
          nearest: [['1', 'a']],
          scanned: 2,
          deleted: 'SUCCESS',
          left: [['2']],
          listed: [`ml_catalog.rag_data.${prefix}_direct`, `ml_catalog.rag_data.${prefix}_index`],
        })
        const index = createSearchCalls({
          http: open.workspace.http,
          endpoint: `${prefix}-endpoint`,
          index: `ml_catalog.rag_data.${prefix}_index`,
        })
        expect((await index.getIndex()).status).toMatchObject({ indexed_row_count: 4, ready: true })
        const asked = { query_text: 'How long are backups kept?', columns: ['chunk_id', 'doc_type'], num_results: 1 }
        expect((await index.query(asked)).result?.data_array?.[0]?.slice(0, 2)).toEqual(['c1', 'guide'])
      }
    })

    it('log a model, register it in Unity Catalog and load it by its alias; Lakedesk sees alias, run and files', {
      timeout: AREA_MS,
    }, async () => {
      const said = await open.ask('models')
      expect(said).toMatchObject({
        loaded: ['HELLO'],
        changed: expect.stringContaining('Changing param values is not allowed'),
        history: [
          [1, 0],
          [0.5, 1],
          [1 / 3, 2],
        ],
        version: ['1', '1', 'READY'],
        found: true,
        files: ['prompt_template.txt'],
        registered: ['AGAIN'],
      })
      const { run_id } = said as { run_id: string }
      const { registry, runs } = open.platform
      expect(await registry.getAlias('ml_catalog.rag_apps.from_python', 'Champion')).toBe('1')
      expect(await runs.getRun(run_id)).toMatchObject({
        status: 'FINISHED',
        params: { learning_rate: '5e-06' },
        metrics: { loss: 1 / 3 },
      })
      expect((await runs.metricHistory(run_id, 'loss')).map(({ step }) => step)).toEqual([0, 1, 2])
      expect(String(Buffer.from((await runs.artifacts.read(run_id, 'prompt_template.txt')) ?? ''))).toBe(
        'Question: {question}',
      )
    })

    it('read traces, assessments and files back; Lakedesk reads the same trace, and assesses it once more', {
      timeout: AREA_MS,
    }, async () => {
      const said = await open.ask('tracking')
      expect(said).toMatchObject({
        spans: [['answer', { question: 'How long are backups kept?' }, { answer: '35 days' }]],
        assessments: [['faithfulness', 0.5, 'Half of it is quoted.']],
        read: 'Grüße',
        state: 'OK',
      })
      const { trace_id, run_id } = said as { trace_id: string; run_id: string }
      const { traces, artifacts } = open.platform.runs
      expect((await traces.get(trace_id))?.assessments).toMatchObject([{ name: 'faithfulness', value: 0.5 }])
      const source = { type: 'HUMAN', id: 'ana@acme.example' } as const
      for (const value of [0, 1]) await traces.assess(trace_id, { name: 'good', source, value })
      expect((await traces.get(trace_id))?.assessments).toHaveLength(2)
      expect(String(Buffer.from((await artifacts.read(run_id, 'notes/hello.txt')) ?? ''))).toBe('Grüße')
    })

    it('keep a labelled set; Lakedesk reads it, and replaces a record', { timeout: AREA_MS }, async () => {
      expect(await open.ask('datasets')).toEqual({
        named: true,
        deleted: 1,
        rows: [
          ['How long are backups kept?', '35 days'],
          ['Who may promote?', 'An approver'],
        ],
      })
      const { datasets } = open.platform.runs
      const inputs = { question: 'Who may promote?' }
      const kept = async () =>
        (await datasets.read('golden-from-python'))?.find((one) => one.inputs.question === inputs.question)
      expect(await kept()).toMatchObject({ expectations: { expected_response: 'An approver' } })
      await datasets.write('golden-from-python', [{ inputs, expectations: { guidelines: 'Name the role.' }, tags: {} }])
      expect((await kept())?.expectations).toEqual({ guidelines: 'Name the role.' })
    })

    it('set provisioned throughput; Lakedesk describes the same endpoint', { timeout: AREA_MS }, async () => {
      expect(await open.ask('serving')).toEqual({
        state: ['READY', 'NOT_UPDATING'],
        units: [100],
        version: [1, 'READY'],
      })
      expect((await open.platform.serving.describe('from-python-pt'))?.config?.entities).toMatchObject([
        { name: 'pt-1', version: '1', settings: { provisioned_model_units: 100 } },
      ])
    })

    it('search by the renamed API of the SDK, and page by the first one', { timeout: AREA_MS }, async () => {
      expect(await open.ask('renamed')).toEqual({
        first: [['c1', 'guide']],
        filtered: [['c2', 'billing']],
        columns: ['chunk_id', 'doc_type', 'score'],
        upserted: 'SUCCESS',
        scanned: 2,
        removed: 'SUCCESS',
        left: [['2']],
        paged: 1150,
      })
    })

    it('evaluate a served version of the lakehouse, trained and served by Lakedesk', { timeout: AREA_MS }, async () => {
      const endpoint = await trainAndServe(open)
      const rows = {
        inputs: ['You billed my card twice.', 'I forgot my password.'],
        ground_truth: ['queue_a', 'queue_b'],
      }
      const said = await open.ask('evaluate', {
        INVOCATIONS_URL: `${open.lakehouse.host}/serving-endpoints/${endpoint}/invocations`,
        INVOCATIONS_FIELD: 'text',
        INVOCATIONS_ROWS: JSON.stringify(rows),
      })
      expect(said).toEqual({ metrics: { 'holds/v1/mean': 1 }, rows: 2 })
    })

    it('evaluate Lakedesk itself, served at /invocations', { timeout: AREA_MS }, async () => {
      const site = await makeSite()
      let served: Served | undefined
      try {
        served = await startServed(site.env, ['--invocations'])
        const rows = {
          inputs: ['How long are backups kept?', 'How do I rotate an API key?'],
          ground_truth: ['35 days', 'Rotate'],
        }
        const said = await open.ask('evaluate', {
          INVOCATIONS_URL: `${served.url}/invocations`,
          INVOCATIONS_FIELD: 'question',
          INVOCATIONS_ROWS: JSON.stringify(rows),
        })
        expect(said).toEqual({ metrics: { 'holds/v1/mean': 1 }, rows: 2 })
      } finally {
        await served?.stop('SIGTERM')
        site.dispose()
      }
    })

    it('make every call that our drivers make, but for those whose reason is named', {
      timeout: SUITES_MS,
    }, async () => {
      const suites = await recordSuites(SUITES_MS - 10_000)
      expect(suites.passed).toBeGreaterThan(300)
      const compared = compareCalls([...suites.calls, ...open.record.calls()])
      mkdirSync(new URL('coverage/', ROOT), { recursive: true })
      writeFileSync(new URL('coverage/databricks-calls.json', ROOT), `${JSON.stringify(compared, null, 2)}\n`)
      const unconfirmed = compared.filter(({ confirmedBy }) => confirmedBy.length === 0).map(({ spec }) => spec)
      expect(unconfirmed.sort()).toEqual(Object.keys(EXCEPTIONS).sort())
      const file = new URL('docs/databricks.md', ROOT)
      const page = readFileSync(file, 'utf8')
      // `UPDATE_DOCS=1 npm run test:live` writes it anew. Who else confirms a call may differ from run to run; the calls do not.
      if (process.env.UPDATE_DOCS === '1') writeFileSync(file, putTable(page, compared))
      else expect(callsIn(page)).toEqual(callsIn(putTable(page, compared)))
    })
  })
})
