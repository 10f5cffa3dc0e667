// Runs of jobs as they are kept, and as the wire shows them: the old `state` and the new `status` side by side.
import type { Values } from '../wire.ts'

export const RESULTS = [
  'SUCCESS',
  'FAILED',
  'CANCELED',
  'TIMEDOUT',
  'UPSTREAM_FAILED',
  'UPSTREAM_CANCELED',
  'EXCLUDED',
  'MAXIMUM_CONCURRENT_RUNS_REACHED',
  'INTERNAL_ERROR',
] as const
export type Result = (typeof RESULTS)[number]

export interface StoredTask {
  runId: number
  key: string
  /** As it was submitted, parameters filled in. */
  spec: Values
  attempt: number
  state: 'BLOCKED' | 'RUNNING' | 'TERMINATED'
  result: Result | null
  /** One line: why, where it did not succeed. */
  message: string
  trace: string
  log: string
  /** What the program says it did. */
  said: string
  startedAt: number
  endedAt: number
  notes: Record<string, string | number | boolean>
  mlflow: { experimentId: string; runId: string } | null
}

export interface StoredJobRun {
  runId: number
  jobId: number
  /** Of the runs of its job, from 1. */
  number: number
  name: string
  type: 'SUBMIT_RUN' | 'JOB_RUN'
  creator: string
  createdAt: number
  endedAt: number
  timeoutSeconds: number
  /** Set by cancel, by the time limit, or before it began where too many run. */
  stopped: 'CANCELED' | 'TIMEDOUT' | 'MAXIMUM_CONCURRENT_RUNS_REACHED' | null
  /** How often it was seen at work: an end is shown only after that. */
  seen: number
  repairs: number[]
  parameters: Record<string, string>
  tasks: StoredTask[]
}

export const hasEnded = (run: StoredJobRun): boolean => run.endedAt > 0

const isFailure = ({ result }: StoredTask) => result !== 'SUCCESS' && result !== 'EXCLUDED'

/** The result of the tasks that nothing depends on decides. */
export function resultOf(run: StoredJobRun): { result: string; message: string } {
  if (run.stopped === 'TIMEDOUT') return { result: 'TIMEDOUT', message: 'The run reached its time limit.' }
  if (run.stopped === 'CANCELED') return { result: 'CANCELED', message: 'Run cancelled.' }
  if (run.stopped) return { result: run.stopped, message: 'Maximum concurrent runs of this job are reached.' }
  const needed = new Set(run.tasks.flatMap((task) => dependenciesOf(task).map(({ key }) => key)))
  const leaves = run.tasks.filter(({ key }) => !needed.has(key))
  const [failed] = run.tasks.filter(
    ({ result }) => result === 'INTERNAL_ERROR' || result === 'FAILED' || result === 'TIMEDOUT',
  )
  if (!run.tasks.some(isFailure)) return { result: 'SUCCESS', message: '' }
  if (!leaves.some(isFailure)) return { result: 'SUCCESS_WITH_FAILURES', message: '' }
  const below = run.tasks.some(({ result }) => result === 'UPSTREAM_FAILED')
  const message = failed
    ? `Task ${failed.key} failed with message: ${failed.message.replace(/\.$/, '')}.${below ? ' This caused all downstream tasks to get skipped.' : ''}`
    : ''
  const result = run.tasks.some((task) => task.result === 'INTERNAL_ERROR') ? 'INTERNAL_ERROR' : 'FAILED'
  return { result, message }
}

/** Keys of the tasks that must end before this one. */
export function dependenciesOf(task: StoredTask): { key: string; outcome: string | undefined }[] {
  const list = Array.isArray(task.spec.depends_on) ? task.spec.depends_on : []
  return list.map((one: { task_key?: unknown; outcome?: unknown }) => ({
    key: String(one.task_key),
    outcome: typeof one.outcome === 'string' ? one.outcome : undefined,
  }))
}

const CODES: Record<string, readonly [code: string, type: string]> = {
  SUCCESS: ['SUCCESS', 'SUCCESS'],
  SUCCESS_WITH_FAILURES: ['SUCCESS', 'SUCCESS'],
  EXCLUDED: ['SUCCESS', 'SUCCESS'],
  CANCELED: ['USER_CANCELED', 'SUCCESS'],
  MAXIMUM_CONCURRENT_RUNS_REACHED: ['MAX_CONCURRENT_RUNS_EXCEEDED', 'CLIENT_ERROR'],
  INTERNAL_ERROR: ['INTERNAL_ERROR', 'INTERNAL_ERROR'],
  UPSTREAM_FAILED: ['SKIPPED', 'CLIENT_ERROR'],
  UPSTREAM_CANCELED: ['SKIPPED', 'CLIENT_ERROR'],
}

/** `state` and `status` of what runs or has ended. */
export function toStates(
  life: 'PENDING' | 'BLOCKED' | 'RUNNING' | 'TERMINATING' | 'ENDED',
  result: string,
  message: string,
) {
  if (life !== 'ENDED') return { state: { life_cycle_state: life, state_message: '' }, status: { state: life } }
  const skipped = result === 'MAXIMUM_CONCURRENT_RUNS_REACHED'
  const broken = result === 'INTERNAL_ERROR'
  const life_cycle_state = skipped ? 'SKIPPED' : broken ? 'INTERNAL_ERROR' : 'TERMINATED'
  const [code, type] = CODES[result] ?? ['RUN_EXECUTION_ERROR', 'CLIENT_ERROR']
  return {
    state: {
      life_cycle_state,
      result_state: broken ? 'FAILED' : result,
      state_message: message,
      user_cancelled_or_timedout: result === 'CANCELED' || result === 'TIMEDOUT',
    },
    status: { state: 'TERMINATED', termination_details: { code, type, message } },
  }
}

export function toWireTask(task: StoredTask, showEnd: boolean) {
  const life = task.state !== 'TERMINATED' ? task.state : showEnd ? 'ENDED' : 'RUNNING'
  const { depends_on, ...spec } = task.spec
  const ended = life === 'ENDED'
  return {
    ...spec,
    ...(depends_on === undefined ? {} : { depends_on }),
    run_id: task.runId,
    task_key: task.key,
    attempt_number: task.attempt,
    start_time: task.startedAt,
    end_time: ended ? task.endedAt : 0,
    execution_duration: ended ? task.endedAt - task.startedAt : 0,
    setup_duration: 0,
    cleanup_duration: 0,
    ...toStates(life, task.result ?? 'FAILED', task.message),
  }
}
