// Carries out a run of a job: its tasks in the order of their dependencies, until all have ended or it is stopped.
import { asValues, text, whole } from '../wire.ts'
import type { JobTask, JobWorld, ProgramEnd } from './job-program.ts'
import { explain, toJobTask } from './run-task.ts'
import { dependenciesOf, type Result, type StoredJobRun, type StoredTask } from './stored-job-run.ts'

/** Why a run is stopped; CLOSING leaves it as it is, to be taken up at the next start. */
export type Stop = 'CANCELED' | 'TIMEDOUT' | 'CLOSING'

export interface ExecuteParts {
  /** Keeps the run after every change. */
  keep(run: StoredJobRun): void
  now(): number
  /** What carries a task out. */
  carryOut(task: JobTask, world: JobWorld): Promise<ProgramEnd>
  world(run: StoredJobRun, signal: AbortSignal): Omit<JobWorld, 'log' | 'notes' | 'signal'>
}

const LOG_LIMIT = 5 * 1024 * 1024
/** The longest time limit that a timer takes, in milliseconds. */
const LONGEST = 2_147_483_647

/** Resolves when it has ended, or was stopped by CLOSING. `stop.abort(reason)` takes a Stop. */
export async function executeRun(run: StoredJobRun, stop: AbortController, parts: ExecuteParts): Promise<void> {
  const timer =
    run.timeoutSeconds > 0 ? setTimeout(() => stop.abort('TIMEDOUT'), toDelay(run.timeoutSeconds)) : undefined
  try {
    for (;;) {
      const ready = stop.signal.aborted
        ? []
        : run.tasks.filter((task) => task.state !== 'TERMINATED' && isReady(task, run))
      if (ready.length === 0) break
      await Promise.all(ready.map((task) => carryOutTask(task, run, stop.signal, parts)))
    }
  } finally {
    clearTimeout(timer)
  }
  const reason: Stop | undefined = stop.signal.aborted ? stop.signal.reason : undefined
  if (reason === 'CLOSING') return
  for (const task of run.tasks) if (task.state !== 'TERMINATED') end(task, reason ?? 'CANCELED', parts.now())
  if (reason) run.stopped = reason
  run.endedAt = parts.now()
  parts.keep(run)
}

const toDelay = (seconds: number) => Math.min(seconds * 1000, LONGEST)

function isReady(task: StoredTask, run: StoredJobRun): boolean {
  return dependenciesOf(task).every(({ key }) => run.tasks.some((one) => one.key === key && one.state === 'TERMINATED'))
}

function end(task: StoredTask, result: Result, at: number): void {
  task.state = 'TERMINATED'
  task.result = result
  task.startedAt ||= at
  task.endedAt = at
  if (result === 'CANCELED') task.message ||= 'Cancelled'
  if (result === 'TIMEDOUT') task.message ||= 'The time limit was reached'
}

async function carryOutTask(
  task: StoredTask,
  run: StoredJobRun,
  runSignal: AbortSignal,
  parts: ExecuteParts,
): Promise<void> {
  const { keep, now } = parts
  const skipped = skipOf(task, run)
  if (skipped) {
    end(task, skipped, now())
    return keep(run)
  }
  task.state = 'RUNNING'
  task.startedAt ||= now()
  keep(run)
  const seconds = whole(task.spec, 'timeout_seconds', 0)
  const limit = new AbortController()
  const timer = seconds > 0 ? setTimeout(() => limit.abort('TIMEDOUT'), toDelay(seconds)) : undefined
  const signal = AbortSignal.any([runSignal, limit.signal])
  try {
    const work = parts.carryOut(toJobTask(task.spec), worldOf(task, run, signal, parts))
    // A program that does not look at its signal goes on in vain: nothing waits for it.
    const said = await Promise.race([work, rejection(signal)])
    task.said = said.result ?? ''
    task.mlflow = said.mlflow ?? task.mlflow
    end(task, 'SUCCESS', now())
  } catch (error) {
    if (signal.aborted && signal.reason === 'CLOSING') return
    if (!signal.aborted) Object.assign(task, explain(error))
    end(task, signal.aborted ? signal.reason : 'FAILED', now())
  } finally {
    clearTimeout(timer)
  }
  keep(run)
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error(String(signal.reason)))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function worldOf(task: StoredTask, run: StoredJobRun, signal: AbortSignal, { world, keep }: ExecuteParts): JobWorld {
  return {
    ...world(run, signal),
    signal,
    log(line) {
      if (!signal.aborted) task.log = `${task.log}${line}\n`.slice(-LOG_LIMIT)
    },
    notes: {
      get: (name) => task.notes[name],
      put(name, value) {
        if (signal.aborted) return
        task.notes[name] = value
        if (name === 'mlflow_run_id')
          task.mlflow = { experimentId: String(task.notes.mlflow_experiment_id ?? ''), runId: String(value) }
        keep(run)
      },
    },
  }
}

/** Null where the task is to be carried out: `run_if` over the results of what it depends on. */
function skipOf(task: StoredTask, run: StoredJobRun): Result | null {
  const before = dependenciesOf(task).flatMap(({ key }) => run.tasks.filter((one) => one.key === key))
  if (before.length === 0) return null
  const succeeded = before.filter(({ result }) => result === 'SUCCESS').length
  const failed = before.filter(({ result }) => result !== 'SUCCESS' && result !== 'EXCLUDED').length
  const canceled = before.some(({ result }) => result === 'CANCELED' || result === 'UPSTREAM_CANCELED')
  const upstream = canceled ? 'UPSTREAM_CANCELED' : 'UPSTREAM_FAILED'
  switch (text(asValues(task.spec), 'run_if') || 'ALL_SUCCESS') {
    case 'ALL_DONE':
      return null
    case 'NONE_FAILED':
      return failed > 0 ? upstream : null
    case 'AT_LEAST_ONE_SUCCESS':
      return succeeded > 0 ? null : upstream
    case 'ALL_FAILED':
      return failed === before.length ? null : 'EXCLUDED'
    case 'AT_LEAST_ONE_FAILED':
      return failed > 0 ? null : 'EXCLUDED'
    default:
      return succeeded === before.length ? null : failed > 0 ? upstream : 'EXCLUDED'
  }
}
