// Jobs by our driver against the local lakehouse over HTTP: submitted once, followed, cancelled, and what they said.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectWorkspace } from '../../../src/platform/databricks/connect-workspace.ts'
import { createDatabricksJobs } from '../../../src/platform/databricks/create-databricks-jobs.ts'
import { createDatabricksVolumes } from '../../../src/platform/databricks/create-databricks-volumes.ts'
import type { JobProgram } from '../../../src/platform/lakehouse/jobs/job-program.ts'
import type { JobRun, Jobs, NewJob } from '../../../src/platform/ports/jobs.ts'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'
import { codeOf } from '../contract-basics.ts'

const FILE = '/Volumes/ml/rag/code/chunk.py'

const program: JobProgram = {
  name: 'test',
  repeatable: true,
  matches: () => true,
  async run({ parameters, named }, world) {
    world.log(`begins with ${parameters.join(' ')}`)
    if (named.fail) throw new Error('The table is empty.')
    if (named.wait) await sleep(60_000, undefined, { signal: world.signal })
    world.log('{"documents":1}')
    return {}
  },
}

let standIn: DatabricksStandIn
let jobs: Jobs

beforeEach(async () => {
  standIn = await startDatabricks({ programs: [program] })
  const { http, root } = connectWorkspace({ host: standIn.host, auth: { kind: 'token', token: standIn.token } })
  jobs = createDatabricksJobs({ http })
  await createDatabricksVolumes({ root }).put(FILE, new TextEncoder().encode('print(1)'))
})
afterEach(() => standIn.close())

const job = (token: string, ...parameters: string[]): NewJob => ({
  name: 'chunk docs',
  token,
  task: { kind: 'python', file: FILE, parameters, dependencies: ['pyspark==4.0.0'] },
})

async function untilEnd(id: string): Promise<JobRun> {
  for (;;) {
    const run = await jobs.describe(id)
    if (run === null) throw new Error('There is no such run.')
    if (run.endedAt !== null) return run
    await sleep(5)
  }
}

describe('jobs', () => {
  it('submits a Python file, sees it run, and reads its log', async () => {
    const id = await jobs.submit(job('one', '--size', '512'))
    expect((await jobs.describe(id))?.state).toMatch(/QUEUED|RUNNING/)
    const ended = await untilEnd(id)
    expect(ended).toMatchObject({ id, name: 'chunk docs', state: 'SUCCEEDED', url: expect.stringContaining(id) })
    expect(Date.parse(ended.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(ended.endedAt ?? ''))
    const said = await jobs.output(ended.taskRunId ?? '')
    expect(said).toEqual({ log: expect.stringContaining('begins with --size 512'), error: '', mlflowRunId: null })
    expect(said.log).toContain('{"documents":1}')
    const sent = standIn.asked.find(({ path }) => path.endsWith('/runs/submit'))?.args
    expect(sent).toMatchObject({
      idempotency_token: 'one',
      environments: [
        { environment_key: 'default', spec: { environment_version: '4', dependencies: ['pyspark==4.0.0'] } },
      ],
      tasks: [{ environment_key: 'default', spark_python_task: { python_file: FILE, parameters: ['--size', '512'] } }],
    })
  })

  it('tells why a run failed', async () => {
    const ended = await untilEnd(await jobs.submit(job('fails', '--fail')))
    expect(ended.state).toBe('FAILED')
    expect(ended.message).toContain('The table is empty.')
    expect((await jobs.output(ended.taskRunId ?? '')).error).toContain('The table is empty.')
  })

  it('starts one run for equal tokens, also where the answer got lost', async () => {
    standIn.fail('POST /api/2.2/jobs/runs/submit', 'cut-after')
    const first = await jobs.submit(job('same'))
    expect(await jobs.submit(job('same'))).toBe(first)
    expect(await jobs.submit(job('other'))).not.toBe(first)
  })

  it('cancels a run, again and again, and one that has ended', async () => {
    const id = await jobs.submit(job('long', '--wait'))
    while ((await jobs.describe(id))?.state !== 'RUNNING') await sleep(5)
    await jobs.cancel(id)
    await jobs.cancel(id)
    expect((await untilEnd(id)).state).toBe('CANCELED')
    await jobs.cancel(id)
    await jobs.cancel('987654')
  })

  it('takes a run that is not there for none', async () => {
    expect(await jobs.describe('987654')).toBeNull()
  })

  it.each(['', 'x'.repeat(65), 'two words', 'a_b'])('refuses the token "%s" before anything is sent', async (token) => {
    expect(await codeOf(jobs.submit(job(token)))).toBe('PLATFORM_REFUSED')
    expect(standIn.asked.some(({ path }) => path.endsWith('/runs/submit'))).toBe(false)
  })

  it('submits a command on GPUs and a cluster of its own as the API takes them', async () => {
    await jobs.submit({
      ...job('gpu'),
      task: {
        ...{ kind: 'gpu', command: '/Workspace/train.sh', accelerator: 'GPU_1xH100', count: 1 },
        ...{ experiment: 'ft', folder: '/Workspace/me', run: 'llama-ft', parameters: { epochs: '3' } },
      },
    })
    await jobs.submit({
      ...job('cluster'),
      task: {
        ...{ kind: 'cluster', file: FILE, parameters: [], dependencies: ['mosaicml-streaming==0.13.0'] },
        cluster: { spark_version: '17.3.x-gpu-ml', num_workers: 0 },
      },
    })
    const [gpu, cluster] = standIn.asked.filter(({ path }) => path.endsWith('/runs/submit')).map(({ args }) => args)
    expect(gpu?.tasks).toEqual([
      {
        task_key: 'main',
        ai_runtime_task: {
          ...{ experiment: 'ft', mlflow_run: 'llama-ft', mlflow_experiment_directory: '/Workspace/me' },
          parameters: { epochs: '3' },
          deployments: [
            {
              name: 'main',
              command_path: '/Workspace/train.sh',
              compute: { accelerator_type: 'GPU_1xH100', accelerator_count: 1 },
            },
          ],
        },
      },
    ])
    expect(cluster).toMatchObject({
      tasks: [
        {
          new_cluster: { num_workers: 0 },
          libraries: [{ pypi: { package: 'mosaicml-streaming==0.13.0' } }],
          spark_python_task: { python_file: FILE },
        },
      ],
    })
  })
})
