// Jobs of the local lakehouse, through Databricks' own client: submitted once, followed to their end, cancelled, repaired, taken up again.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Time, TimeUnits, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryBlobs } from '../../../../src/platform/lakehouse/blobs.ts'
import type { JobProgram } from '../../../../src/platform/lakehouse/jobs/job-program.ts'
import { cannedEngine } from '../../../../src/platform/lakehouse/sql-engine.ts'
import { startLakehouse } from '../../../../src/platform/lakehouse/start-lakehouse.ts'
import { openState } from '../../../../src/platform/lakehouse/state.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'

const CODE = '/Volumes/ml/rag/code'
const RUNS = '/api/2.2/jobs/runs'

/** Carries out files that begin with its name, and tells what it was given. */
const copy: JobProgram = {
  name: 'copy',
  repeatable: true,
  matches: (task, readFile) => String(readFile(task.file) ?? '').startsWith('# copy'),
  async run(task, world) {
    world.log(`copies ${task.named.source}`)
    const { rows } = await world.sql('SELECT 1')
    world.files.write(`${CODE}/out.txt`, Buffer.from(JSON.stringify([task.named, rows, world.caller])))
    if (task.named.fail) throw new Error(`No table ${task.named.source}\nsecond line`)
    return { result: 'copied' }
  },
}

/** Waits until it is stopped, or let go. */
function createHeld() {
  let letGo = () => {}
  const held: JobProgram = {
    name: 'held',
    repeatable: false,
    matches: (task) => task.file.endsWith('held.py'),
    run: () => new Promise((resolve) => (letGo = () => resolve({}))),
  }
  return { held, letGo: () => letGo() }
}

describe('jobs of the local lakehouse', () => {
  let standIn: DatabricksStandIn
  let client: WorkspaceClient
  let hold: ReturnType<typeof createHeld>

  beforeEach(async () => {
    hold = createHeld()
    standIn = await startDatabricks({ programs: [copy, hold.held] })
    client = new WorkspaceClient({ host: standIn.host, token: standIn.token, authType: 'pat' })
    for (const [name, text] of [
      ['copy.py', '# copy'],
      ['held.py', '# held'],
      ['other.py', 'print(1)'],
    ] as const)
      await ask('PUT', `/api/2.0/fs/files${CODE}/${name}`, text)
  })
  afterEach(() => standIn?.close())

  async function ask(method: string, path: string, body?: unknown) {
    const response = await fetch(`${standIn.host}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${standIn.token}`,
        'content-type': typeof body === 'string' ? 'application/octet-stream' : 'application/json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null }
  }
  const task = (key: string, file: string, parameters: string[] = [], more: object = {}) => ({
    ...{ task_key: key, spark_python_task: { python_file: `${CODE}/${file}`, parameters }, ...more },
  })
  async function ended(runId: number) {
    for (let n = 0; n < 200; n += 1) {
      const run = await client.jobs.getRun({ run_id: runId })
      if (['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'].includes(run.state?.life_cycle_state ?? '')) return run
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('The run does not end.')
  }

  it('runs a submitted task, shows RUNNING before the end, and gives its output by the id of the task', async () => {
    const wait = await client.jobs.submit({
      run_name: 'chunk docs',
      environments: [{ environment_key: 'default', spec: { client: '4', dependencies: [] } }],
      tasks: [task('chunk', 'copy.py', ['--source', 'ml.rag.raw', '--overlap=5'], { environment_key: 'default' })],
    })
    const seen: (string | undefined)[] = []
    const run = await wait.wait({
      onProgress: async (one) => void seen.push(one.state?.life_cycle_state),
      timeout: new Time(20, TimeUnits.seconds),
    })
    expect(seen).toContain('RUNNING')
    expect(run).toMatchObject({
      run_name: 'chunk docs',
      run_type: 'SUBMIT_RUN',
      state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' },
      status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS', type: 'SUCCESS' } },
    })
    const [first] = run.tasks ?? []
    const output = await client.jobs.getRunOutput({ run_id: first?.run_id ?? 0 })
    expect(output).toMatchObject({ logs: 'copies ml.rag.raw\n', notebook_output: { result: 'copied' } })
    const { text } = await ask('GET', `/api/2.0/fs/files${CODE}/out.txt`)
    expect(JSON.parse(text)).toEqual([{ source: 'ml.rag.raw', overlap: '5' }, [[1]], 'owner@example.com'])
    const parent = client.jobs.getRunOutput({ run_id: run.run_id ?? 0 })
    await expect(parent).rejects.toMatchObject({ statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE' })
  })

  it('is one run for one token, and refuses what it does not know as Jobs does', async () => {
    const body = { idempotency_token: 'chunk-2026-11-22', tasks: [task('chunk', 'copy.py')] }
    const [one, two] = [await ask('POST', `${RUNS}/submit`, body), await ask('POST', `${RUNS}/submit`, body)]
    expect(one.json.run_id).toBe(two.json.run_id)
    expect((await ask('POST', `${RUNS}/submit`, { ...body, idempotency_token: 'x'.repeat(65) })).status).toBe(400)
    expect(await ask('GET', `${RUNS}/get?run_id=99999`)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 99999 does not exist.' },
    })
    expect((await ask('GET', '/api/2.1/jobs/get?job_id=99999')).json.message).toBe('Job 99999 does not exist.')
    for (const tasks of [
      [],
      [{ task_key: 'a' }],
      [task('a', 'copy.py'), task('a', 'copy.py')],
      [task('a', 'copy.py', [], { depends_on: [{ task_key: 'b' }] })],
      [task('a', 'copy.py', [], { depends_on: [{ task_key: 'a' }] })],
      [task('a', 'copy.py', [], { environment_key: 'none' })],
    ])
      expect([tasks, (await ask('POST', `${RUNS}/submit`, { tasks })).status]).toEqual([tasks, 400])
  })

  it('says why a task failed, skips what depends on it, and repairs it under new ids', async () => {
    const tasks = [
      task('chunk', 'copy.py', ['--source', 'ml.rag.none', '--fail']),
      task('sync', 'copy.py', [], { depends_on: [{ task_key: 'chunk' }] }),
      task('clean', 'copy.py', [], { depends_on: [{ task_key: 'chunk' }], run_if: 'ALL_DONE' }),
    ]
    const { json } = await ask('POST', `${RUNS}/submit`, { tasks })
    const run = await ended(json.run_id)
    expect(run.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' })
    expect(run.state?.state_message).toContain('Task chunk failed with message: No table ml.rag.none.')
    expect(run.status?.termination_details).toMatchObject({ code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR' })
    expect(run.tasks?.map((one) => one.state?.result_state)).toEqual(['FAILED', 'UPSTREAM_FAILED', 'SUCCESS'])
    const output = await client.jobs.getRunOutput({ run_id: run.tasks?.[0]?.run_id ?? 0 })
    expect(output).toMatchObject({ error: 'No table ml.rag.none', error_trace: expect.stringContaining('second line') })
    const { repair_id } = (await ask('POST', `${RUNS}/repair`, { run_id: json.run_id, rerun_tasks: ['sync'] })).json
    const repaired = await ended(json.run_id)
    expect(repaired.repair_history).toMatchObject([{ id: repair_id }])
    expect(repaired.tasks?.[1]).toMatchObject({ attempt_number: 1 })
    expect(repaired.tasks?.[1]?.run_id).not.toBe(run.tasks?.[1]?.run_id)
  })

  it('cancels a run that waits, and lists what is active alone', async () => {
    const { json } = await ask('POST', `${RUNS}/submit`, { tasks: [task('wait', 'held.py')] })
    await ended((await ask('POST', `${RUNS}/submit`, { tasks: [task('a', 'copy.py')] })).json.run_id)
    expect((await ask('GET', `${RUNS}/list?active_only=true`)).json.runs).toMatchObject([{ run_id: json.run_id }])
    expect((await ask('GET', `${RUNS}/list?active_only=true&completed_only=true`)).status).toBe(400)
    expect((await ask('POST', `${RUNS}/delete`, { run_id: json.run_id })).json.error_code).toBe('INVALID_STATE')
    await client.jobs.cancelRun({ run_id: json.run_id })
    const run = await ended(json.run_id)
    expect(run.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'CANCELED' })
    const ids: unknown[] = []
    for await (const one of client.jobs.listRuns({ limit: 1 })) ids.push(one.run_id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(2)
    await client.jobs.deleteRun({ run_id: json.run_id })
    expect((await ask('GET', `${RUNS}/get?run_id=${json.run_id}`)).status).toBe(400)
  })

  it('ends at its time limit', async () => {
    const tasks = [task('wait', 'held.py', [], { timeout_seconds: 1 })]
    const run = await ended((await ask('POST', `${RUNS}/submit`, { tasks })).json.run_id)
    expect(run.tasks?.[0]?.state?.result_state).toBe('TIMEDOUT')
    expect(run.state?.result_state).toBe('FAILED')
  })

  it('keeps a job, changes it, and runs it with its parameters, one at a time', async () => {
    const created = await client.jobs.create({
      name: 'ingest',
      parameters: [{ name: 'source', default: 'ml.rag.raw' }],
      tasks: [task('chunk', 'copy.py', ['--source', '{{job.parameters.source}}'])],
    })
    const job_id = Number(created.job_id)
    await client.jobs.update({ job_id, new_settings: { timeout_seconds: 60 } })
    expect(await client.jobs.get({ job_id })).toMatchObject({
      settings: { name: 'ingest', timeout_seconds: 60, tasks: [{ task_key: 'chunk' }] },
    })
    const run = (await ask('POST', '/api/2.1/jobs/run-now', { job_id, job_parameters: { source: 'ml.rag.new' } })).json
    expect((await ended(run.run_id)).tasks?.[0]?.state?.result_state).toBe('SUCCESS')
    expect((await ask('GET', `/api/2.0/fs/files${CODE}/out.txt`)).text).toContain('ml.rag.new')
    expect((await ask('POST', '/api/2.2/jobs/run-now', { job_id, job_parameters: { none: '1' } })).status).toBe(400)
    await client.jobs.reset({ job_id, new_settings: { name: 'held', tasks: [task('wait', 'held.py')] } })
    const [first, second] = [
      (await ask('POST', '/api/2.2/jobs/run-now', { job_id })).json,
      (await ask('POST', '/api/2.2/jobs/run-now', { job_id })).json,
    ]
    expect((await client.jobs.getRun({ run_id: second.run_id })).state?.life_cycle_state).not.toBe('SKIPPED')
    expect((await ended(second.run_id)).state).toMatchObject({
      life_cycle_state: 'SKIPPED',
      result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
    })
    const third = (await ask('POST', '/api/2.2/jobs/run-now', { job_id, queue: { enabled: true } })).json
    await client.jobs.cancelRun({ run_id: third.run_id })
    expect((await ended(third.run_id)).state?.result_state).toBe('CANCELED')
    expect((await client.jobs.getRun({ run_id: first.run_id })).state?.life_cycle_state).toBe('RUNNING')
    await ask('POST', `${RUNS}/cancel-all`, { job_id })
    for (const { run_id } of [first, third]) expect((await ended(run_id)).state?.result_state).toBe('CANCELED')
    await client.jobs.delete({ job_id })
    await expect(client.jobs.get({ job_id })).rejects.toThrow(`Job ${job_id} does not exist`)
  })

  it('runs the statements of a SQL file, and refuses kinds of tasks that it cannot run', async () => {
    await ask('PUT', `/api/2.0/fs/files${CODE}/all.sql`, "SELECT ';' -- no; end\n; SELECT 2;")
    const tasks = [
      { task_key: 'sql', sql_task: { warehouse_id: 'w1', file: { path: `${CODE}/all.sql` } } },
      { task_key: 'book', notebook_task: { notebook_path: '/Users/ana/book' } },
      {
        task_key: 'gpu',
        ai_runtime_task: {
          experiment: 'ft',
          deployments: [
            { command_path: '/Workspace/train.sh', compute: { accelerator_type: 'GPU_1xH100', accelerator_count: 1 } },
          ],
        },
      },
      task('other', 'other.py'),
      task('none', 'none.py'),
    ]
    const run = await ended((await ask('POST', `${RUNS}/submit`, { tasks })).json.run_id)
    const outputs = await Promise.all(
      (run.tasks ?? []).map((one) => client.jobs.getRunOutput({ run_id: one.run_id ?? 0 })),
    )
    expect(outputs.map((one) => one.notebook_output?.result ?? one.error)).toEqual([
      '2 statements',
      expect.stringContaining('does not run notebook_task'),
      expect.stringContaining('no GPU'),
      expect.stringContaining('no Python is set'),
      expect.stringContaining('it does not exist'),
    ])
  })
})

describe('a script that no program knows', () => {
  it('is run by a real Python with the host and a token of the user', async () => {
    const python = execFileSync('which', ['python3']).toString().trim()
    const standIn = await startDatabricks({ python })
    const { host, token } = standIn
    try {
      const client = new WorkspaceClient({ host, token, authType: 'pat' })
      const headers = { authorization: `Bearer ${token}` }
      const source = [
        'import json, os, sys, urllib.request',
        'asked = urllib.request.Request(os.environ["DATABRICKS_HOST"] + "/api/2.0/preview/scim/v2/Me")',
        'asked.add_header("Authorization", "Bearer " + os.environ["DATABRICKS_TOKEN"])',
        'print(json.load(urllib.request.urlopen(asked))["userName"], sys.argv[1:])',
        'if "--fail" in sys.argv: raise ValueError("no rows")',
      ].join('\n')
      await fetch(`${host}/api/2.0/fs/files${CODE}/own.py`, { method: 'PUT', headers, body: source })
      const run = async (parameters: string[]) => {
        const spark_python_task = { python_file: `dbfs:${CODE}/own.py`, parameters }
        const wait = await client.jobs.submit({ tasks: [{ task_key: 'own', spark_python_task }] })
        for (;;) {
          const one = await client.jobs.getRun({ run_id: wait.run_id ?? 0 })
          if (one.state?.life_cycle_state === 'TERMINATED')
            return [one, await client.jobs.getRunOutput({ run_id: one.tasks?.[0]?.run_id ?? 0 })] as const
          await new Promise((resolve) => setTimeout(resolve, 30))
        }
      }
      const [good, said] = await run(['--n', '1'])
      expect(good.state?.result_state).toBe('SUCCESS')
      expect(said.logs).toBe("owner@example.com ['--n', '1']\n")
      const [bad, why] = await run(['--fail'])
      expect(bad.state?.state_message).toBe('Task own failed with message: ValueError: no rows.')
      expect(why.error_trace).toContain('Traceback')
    } finally {
      await standIn.close()
    }
  })
})

describe('a lakehouse that stops while jobs run', () => {
  it('takes a repeatable program up again, ends other tasks with the reason, and starts what had not begun', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lakehouse-'))
    const seen: unknown[] = []
    let isHeld = true
    const program = (name: string, repeatable: boolean): JobProgram => ({
      name,
      repeatable,
      matches: (task) => task.file.endsWith(`${name}.py`),
      async run(_, { notes, signal }) {
        seen.push([name, notes.get('begun')])
        notes.put('begun', true)
        if (isHeld) await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return {}
      },
    })
    const programs = [program('again', true), program('once', false)]
    const start = async () => {
      const lakehouse = await startLakehouse({
        state: openState(join(folder, 'state.db')),
        blobs: memoryBlobs(),
        answer: () => null,
        engine: cannedEngine([], []),
        programs,
      })
      const client = new WorkspaceClient({
        host: lakehouse.host,
        token: lakehouse.people.addToken('ana@example.com'),
        authType: 'pat',
      })
      return { lakehouse, client }
    }
    try {
      const first = await start()
      const task = (key: string, depends_on: { task_key: string }[] = [], run_if?: 'ALL_DONE') => ({
        ...{ task_key: key, depends_on, ...(run_if ? { run_if } : {}) },
        spark_python_task: { python_file: `/Workspace/${key}.py` },
      })
      const { run_id = 0 } = await first.client.jobs.submit({ tasks: [task('again')] })
      const others = await first.client.jobs.submit({
        tasks: [task('once'), { ...task('again', [{ task_key: 'once' }], 'ALL_DONE') }],
      })
      while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      await first.lakehouse.close()
      isHeld = false
      const second = await start()
      const look = async (id: number) => {
        for (;;) {
          const run = await second.client.jobs.getRun({ run_id: id })
          if (run.state?.result_state) return run
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      expect((await look(run_id)).state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' })
      const broken = await look(others.run_id ?? 0)
      expect(broken.tasks?.[0]?.state).toMatchObject({
        life_cycle_state: 'INTERNAL_ERROR',
        state_message: expect.stringContaining('restarted'),
      })
      expect(broken.tasks?.[1]?.state).toMatchObject({ result_state: 'SUCCESS' })
      expect(seen).toEqual([
        ['again', undefined],
        ['once', undefined],
        ['again', true],
        ['again', undefined],
      ])
      await second.lakehouse.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
