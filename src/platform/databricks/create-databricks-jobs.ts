// Jobs of Databricks (Jobs API 2.2): one task submitted under a token, described, cancelled, and its last words read.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { answerOf, isNotFound } from '../mlflow/platform-errors.ts'
import { nothingSchema, toIso, wholeSchema, wholeTextSchema } from '../mlflow/wire.ts'
import type { JobRun, JobState, Jobs, NewJob } from '../ports/jobs.ts'

const ROOT = '/2.2/jobs'
/** Serverless environment of a Python task. */
const ENVIRONMENT = { key: 'default', version: '4' }
const TASK_KEY = 'main'
const TOKEN = /^[A-Za-z0-9-]{1,64}$/

const taskSchema = z.object({ run_id: wholeTextSchema, attempt_number: wholeSchema.default(0) })
const runSchema = z.object({
  run_id: wholeTextSchema,
  run_name: z.string().default(''),
  run_page_url: z.string().optional(),
  start_time: wholeSchema.default(0),
  end_time: wholeSchema.default(0),
  state: z
    .object({
      life_cycle_state: z.string().optional(),
      result_state: z.string().optional(),
      state_message: z.string().optional(),
    })
    .default({}),
  status: z
    .object({
      state: z.string().optional(),
      termination_details: z
        .object({ code: z.string().optional(), type: z.string().optional(), message: z.string().optional() })
        .optional(),
    })
    .default({}),
  tasks: z.array(taskSchema).default([]),
})
type WireRun = z.infer<typeof runSchema>

const outputSchema = z.looseObject({
  logs: z.string().nullish(),
  error: z.string().nullish(),
  error_trace: z.string().nullish(),
  notebook_output: z.object({ result: z.string().nullish() }).nullish(),
})

export function createDatabricksJobs({ http }: { http: MlflowHttp }): Jobs {
  return {
    async submit(job) {
      if (!TOKEN.test(job.token)) {
        throw new LakedeskError(
          'PLATFORM_REFUSED',
          `The token of the job ${job.name} is not 1 to 64 letters, digits and hyphens, so a second submission could not be told from the first. Give it another one.`,
        )
      }
      const { run_id } = await http.json({
        method: 'POST',
        path: `${ROOT}/runs/submit`,
        body: toSubmission(job),
        about: `job ${job.name}`,
        // Equal tokens are one run.
        repeatable: true,
        answer: z.object({ run_id: wholeTextSchema }),
      })
      return run_id
    },

    async describe(id) {
      try {
        const query = { run_id: id }
        const path = `${ROOT}/runs/get`
        return toRun(await http.json({ method: 'GET', path, query, about: `run ${id}`, answer: runSchema }))
      } catch (error) {
        if (isNoSuchRun(error)) return null
        throw error
      }
    },

    async output(taskRunId) {
      const query = { run_id: taskRunId }
      const path = `${ROOT}/runs/get-output`
      const said = await http.json({ method: 'GET', path, query, about: `run ${taskRunId}`, answer: outputSchema })
      return {
        log: said.logs ?? said.notebook_output?.result ?? '',
        error: said.error ?? said.error_trace ?? '',
        mlflowRunId: findMlflowRun(said),
      }
    },

    async cancel(id) {
      const call = {
        method: 'POST',
        path: `${ROOT}/runs/cancel`,
        body: { run_id: toId(id) },
        about: `run ${id}`,
      } as const
      try {
        await http.json({ ...call, repeatable: true, answer: nothingSchema })
      } catch (error) {
        // One that has ended, or is forgotten, runs no more.
        if (!isNoSuchRun(error) && answerOf(error)?.errorCode !== 'INVALID_STATE') throw error
      }
    },
  }
}

/** The output of a GPU task stands in a part of its own, whose name official sources do not tell. */
function findMlflowRun(said: z.infer<typeof outputSchema>): string | null {
  for (const part of [said, ...Object.values(said)]) {
    const found = z.object({ mlflow_run_id: z.string().min(1) }).safeParse(part)
    if (found.success) return found.data.mlflow_run_id
  }
  return null
}

function toSubmission({ name, token, task }: NewJob): Record<string, unknown> {
  const environment = {
    environment_key: ENVIRONMENT.key,
    spec: { environment_version: ENVIRONMENT.version, dependencies: task.kind === 'gpu' ? [] : task.dependencies },
  }
  return {
    run_name: name,
    idempotency_token: token,
    ...(task.kind === 'python' ? { environments: [environment] } : {}),
    tasks: [{ task_key: TASK_KEY, ...toTask(task) }],
  }
}

function toTask(task: NewJob['task']): Record<string, unknown> {
  switch (task.kind) {
    case 'python':
      return {
        environment_key: ENVIRONMENT.key,
        spark_python_task: { python_file: task.file, parameters: task.parameters },
      }
    case 'gpu':
      return {
        ai_runtime_task: {
          experiment: task.experiment,
          mlflow_run: task.run,
          mlflow_experiment_directory: task.folder,
          parameters: task.parameters,
          deployments: [
            {
              name: TASK_KEY,
              command_path: task.command,
              compute: { accelerator_type: task.accelerator, accelerator_count: task.count },
            },
          ],
        },
      }
    default:
      return {
        new_cluster: task.cluster,
        libraries: task.dependencies.map((name) => ({ pypi: { package: name } })),
        spark_python_task: { python_file: task.file, parameters: task.parameters },
      }
  }
}

/** Ids are int64: those that a number would change go as text. */
function toId(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id
}

function toRun(run: WireRun): JobRun {
  const { state_message } = run.state
  const ending = run.status.termination_details
  return {
    id: run.run_id,
    name: run.run_name,
    state: toState(run),
    message: state_message || ending?.message || '',
    url: run.run_page_url ?? null,
    startedAt: run.start_time > 0 ? toIso(run.start_time) : null,
    endedAt: run.end_time > 0 ? toIso(run.end_time) : null,
    taskRunId: run.tasks.toSorted((a, b) => b.attempt_number - a.attempt_number)[0]?.run_id ?? null,
  }
}

/** `state` is deprecated and always there, `status` is its successor. */
function toState({ state, status }: WireRun): JobState {
  const cycle = state.life_cycle_state ?? status.state ?? ''
  const result = state.result_state ?? status.termination_details?.code ?? ''
  if (['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'].includes(cycle)) {
    if (/^(SUCCESS|SUCCESS_WITH_FAILURES)$/.test(result)) return 'SUCCEEDED'
    return /CANCELED|CANCELLED|USER_CANCELED/.test(result) ? 'CANCELED' : 'FAILED'
  }
  return ['RUNNING', 'TERMINATING'].includes(cycle) ? 'RUNNING' : 'QUEUED'
}

/** Jobs says "does not exist" as 400 INVALID_PARAMETER_VALUE. */
function isNoSuchRun(error: unknown): boolean {
  if (isNotFound(error)) return true
  const answer = answerOf(error)
  return answer?.status === 400 && /\bRuns?\b.*\b(does not|doesn't) exist/i.test(answer.message)
}
