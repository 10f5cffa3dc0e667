// Runs of jobs in the local lakehouse: started once per token, carried out, shown, cancelled, repaired, and taken up after a restart.
import type { SqlEngine } from '../sql-engine.ts'
import type { State } from '../state.ts'
import type { FileSpace } from '../volumes/file-space.ts'
import type { CallerFiles } from '../volumes/files-of-caller.ts'
import { asValues, type Call, flag, invalid, refuse, required, text, type Values, whole } from '../wire.ts'
import type { Ask } from './ask-inside.ts'
import type { StoredJob } from './create-jobs.ts'
import { executeRun, type Stop } from './execute-run.ts'
import type { JobWorld } from './job-program.ts'
import { fillIn, newTask, readParameters, readTasks, readToken } from './read-job.ts'
import { findProgram, runTask, type TaskParts, toJobTask } from './run-task.ts'
import { hasEnded, type StoredJobRun } from './stored-job-run.ts'

export interface JobRunsParts extends TaskParts {
  state: State
  files: FileSpace
  /** The files as a user sees them. */
  filesOf(caller: string): CallerFiles
  engine: SqlEngine
  now(): number
  newId(): number
  /** The lakehouse as a user sees it. */
  askAs(caller: string, signal: AbortSignal): Ask
  requireJob(args: Values): StoredJob
}

export function createJobRuns(parts: JobRunsParts) {
  const { state, files, filesOf, engine, now, newId, askAs, requireJob } = parts
  const runs = state.table<StoredJobRun>('job-runs')
  const tokens = state.table<{ runId: number }>('job-run-tokens')
  const underWay = new Map<number, { stop: AbortController; done: Promise<void> }>()
  const keep = (run: StoredJobRun) => runs.put(String(run.runId), run)
  let closing = false

  function requireRun(args: Values): StoredJobRun {
    const id = required(args, 'run_id')
    const run = runs.get(id)
    if (!run) throw invalid(`Run ${id} does not exist.`)
    return run
  }
  const activeOf = (jobId: number) => runs.values().filter((run) => run.jobId === jobId && !hasEnded(run))

  function worldOf(run: StoredJobRun, signal: AbortSignal): Omit<JobWorld, 'log' | 'notes' | 'signal'> {
    const sql: JobWorld['sql'] = (text, parameters = {}) =>
      engine.run({
        text,
        signal,
        parameters: Object.entries(parameters).map(([name, value]) => ({
          name,
          value: value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value),
          type:
            typeof value === 'number'
              ? Number.isInteger(value)
                ? 'BIGINT'
                : 'DOUBLE'
              : typeof value === 'boolean'
                ? 'BOOLEAN'
                : 'STRING',
        })),
      })
    return { caller: run.creator, files: filesOf(run.creator), sql, ask: askAs(run.creator, signal) }
  }

  function start(run: StoredJobRun, after: Promise<unknown> = Promise.resolve()): void {
    const stop = new AbortController()
    const carryOut = (task: Parameters<typeof runTask>[0], world: JobWorld) => runTask(task, world, parts)
    const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
    // The answer to the request goes first. A run that waits for others is stopped at once.
    const done = Promise.race([after, stopped])
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => executeRun(run, stop, { keep, now, carryOut, world: worldOf }))
      .finally(() => underWay.delete(run.runId))
    underWay.set(run.runId, { stop, done })
  }

  interface Begin {
    job: Pick<StoredJob, 'jobId' | 'settings'>
    type: StoredJobRun['type']
    name: string
    call: Call
    specs: readonly Values[]
    parameters: Record<string, string>
  }
  function begin({ job, type, name, call, specs, parameters }: Begin): StoredJobRun {
    const runId = newId()
    const named = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`job.parameters.${key}`, value]))
    const values = { ...named, 'job.id': String(job.jobId), 'job.run_id': String(runId), 'job.name': name }
    const tasks = specs.map((spec) => {
      const taskRunId = newId()
      const own = { 'task.name': text(spec, 'task_key'), 'task.run_id': String(taskRunId) }
      return newTask(fillIn(spec, { ...values, ...own }), taskRunId, 0)
    })
    const number = runs.values().filter((run) => run.jobId === job.jobId).length + 1
    const run: StoredJobRun = {
      ...{ runId, jobId: job.jobId, number, name, type, creator: call.caller, createdAt: now(), endedAt: 0, tasks },
      ...{ timeoutSeconds: whole(job.settings, 'timeout_seconds', 0), stopped: null, seen: 0, repairs: [], parameters },
    }
    return run
  }

  /** The run of this token, where there is one already. */
  function known(token: string): StoredJobRun | undefined {
    const found = token === '' ? undefined : tokens.get(token)
    if (!found) return undefined
    const run = runs.get(String(found.runId))
    if (!run) throw invalid(`The run of the idempotency token '${token}' was deleted.`)
    return run
  }
  function keepNew(run: StoredJobRun, token: string): void {
    keep(run)
    if (token !== '') tokens.put(token, { runId: run.runId })
  }

  function submit(call: Call): unknown {
    const token = readToken(call.args)
    const specs = readTasks(call.args)
    const same = known(token)
    if (same) return { run_id: same.runId }
    const settings = { timeout_seconds: call.args.timeout_seconds ?? 0 }
    const name = text(call.args, 'run_name') || 'Untitled'
    const job = { jobId: newId(), settings }
    const run = begin({ job, type: 'SUBMIT_RUN', name, call, specs, parameters: {} })
    keepNew(run, token)
    start(run)
    return { run_id: run.runId }
  }

  function runNow(call: Call): unknown {
    const token = readToken(call.args)
    const job = requireJob(call.args)
    const same = known(token)
    if (same) return { run_id: same.runId, number_in_job: same.number }
    const only = Array.isArray(call.args.only) ? call.args.only.map(String) : null
    const specs = readTasks(job.settings).filter((one) => only === null || only.includes(text(one, 'task_key')))
    const parameters = readParameters(job.settings, asValues(call.args.job_parameters))
    const active = activeOf(job.jobId)
    const run = begin({ job, type: 'JOB_RUN', name: text(job.settings, 'name'), call, specs, parameters })
    const isFull = active.length >= whole(job.settings, 'max_concurrent_runs', 1)
    const waits = flag(asValues(call.args.queue ?? job.settings.queue), 'enabled')
    if (isFull && !waits) {
      run.stopped = 'MAXIMUM_CONCURRENT_RUNS_REACHED'
      run.endedAt = now()
      for (const task of run.tasks) Object.assign(task, { state: 'TERMINATED', result: run.stopped, endedAt: now() })
    }
    keepNew(run, token)
    if (!hasEnded(run)) start(run, isFull ? Promise.all(active.map((one) => underWay.get(one.runId)?.done)) : undefined)
    return { run_id: run.runId, number_in_job: run.number }
  }

  function stopRun(run: StoredJobRun): void {
    if (hasEnded(run)) return
    underWay.get(run.runId)?.stop.abort('CANCELED' satisfies Stop)
  }
  function cancel({ args }: Call): unknown {
    stopRun(requireRun(args))
    return {}
  }
  function cancelAll({ args }: Call): unknown {
    const all = flag(args, 'all_queued_runs')
    const active = all && args.job_id === undefined ? runs.values() : activeOf(requireJob(args).jobId)
    for (const run of active) stopRun(run)
    return {}
  }
  function remove({ args }: Call): unknown {
    const run = requireRun(args)
    if (!hasEnded(run)) throw refuse(400, 'INVALID_STATE', `Run ${run.runId} is active. Cancel it first.`)
    runs.delete(String(run.runId))
    return {}
  }

  /** Carries failed tasks out again, under new ids. */
  function repair({ args }: Call): unknown {
    const run = requireRun(args)
    if (!hasEnded(run) || underWay.has(run.runId))
      throw refuse(400, 'INVALID_STATE', `Run ${run.runId} is active and cannot be repaired.`)
    const latest = run.repairs.at(-1)
    if (latest !== undefined && whole(args, 'latest_repair_id', 0) !== latest)
      throw invalid(`latest_repair_id must be ${latest}, the id of the latest repair of this run.`)
    const keys = Array.isArray(args.rerun_tasks) ? args.rerun_tasks.map(String) : []
    const again = run.tasks.filter((task) =>
      flag(args, 'rerun_all_failed_tasks') ? task.result !== 'SUCCESS' : keys.includes(task.key),
    )
    if (again.length === 0) throw invalid('There is no task to repair: give rerun_tasks or rerun_all_failed_tasks.')
    run.tasks = run.tasks.map((task) => (again.includes(task) ? newTask(task.spec, newId(), task.attempt + 1) : task))
    const repairId = newId()
    Object.assign(run, { endedAt: 0, stopped: null, seen: 0, repairs: [...run.repairs, repairId] })
    keep(run)
    start(run)
    return { repair_id: repairId }
  }

  /** What was under way when the lakehouse stopped: repeatable programs are carried out again, other tasks end with INTERNAL_ERROR. */
  async function resume(): Promise<void> {
    for (const run of runs.values().filter((one) => !hasEnded(one))) {
      for (const task of run.tasks.filter(({ state }) => state === 'RUNNING')) {
        const program = await findProgram(toJobTask(task.spec), { files }, parts.programs)
        if (program?.repeatable) continue
        const message = 'The lakehouse was restarted while the task ran; submit it again'
        Object.assign(task, { state: 'TERMINATED', result: 'INTERNAL_ERROR', endedAt: now(), message, trace: message })
      }
      if (!closing) start(run)
    }
  }
  const close = async (): Promise<void> => {
    closing = true
    const all = [...underWay.values()]
    for (const { stop } of all) stop.abort('CLOSING' satisfies Stop)
    await Promise.allSettled(all.map(({ done }) => done))
  }
  const isStopping = (run: StoredJobRun) => underWay.get(run.runId)?.stop.signal.aborted === true
  return { runs, requireRun, keep, submit, runNow, cancel, cancelAll, remove, repair, resume, close, isStopping }
}

export type JobRuns = ReturnType<typeof createJobRuns>
