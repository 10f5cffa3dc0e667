// How runs of jobs look on the wire: one run, lists of them, and what a task said at its end.
import { type Call, flag, invalid, required, toPage, type Values, whole } from '../wire.ts'
import type { JobRuns } from './create-job-runs.ts'
import { hasEnded, resultOf, type StoredJobRun, type StoredTask, toStates, toWireTask } from './stored-job-run.ts'

const MOST_TASKS_A_PAGE = 100

export interface ShowParts {
  jobRuns: JobRuns
  control: { pollsBeforeEnd: number }
  /** Address of this lakehouse. */
  host(): string
}

export function createRunViews({ jobRuns, control, host }: ShowParts) {
  const { runs, requireRun, keep, isStopping } = jobRuns

  /** An end is shown only after the run was seen at work: clients that wait have to see RUNNING. */
  const showsEnd = (run: StoredJobRun) => hasEnded(run) && run.seen >= control.pollsBeforeEnd

  function statesOf(run: StoredJobRun) {
    if (showsEnd(run)) {
      const { result, message } = resultOf(run)
      return toStates('ENDED', result, message)
    }
    if (isStopping(run)) return toStates('TERMINATING', '', '')
    const begun = run.tasks.some(({ state }) => state !== 'BLOCKED')
    return toStates(begun ? 'RUNNING' : 'PENDING', '', '')
  }
  function toWire(run: StoredJobRun, withTasks: boolean, args: Values = {}) {
    const ended = showsEnd(run)
    const { items, ...next } = toPage(run.tasks, args, MOST_TASKS_A_PAGE)
    return {
      job_id: run.jobId,
      run_id: run.runId,
      number_in_job: run.runId,
      creator_user_name: run.creator,
      original_attempt_run_id: run.runId,
      ...statesOf(run),
      start_time: run.createdAt,
      setup_duration: 0,
      execution_duration: 0,
      cleanup_duration: 0,
      end_time: ended ? run.endedAt : 0,
      run_duration: ended ? run.endedAt - run.createdAt : 0,
      trigger: 'ONE_TIME',
      run_name: run.name,
      run_page_url: `${host()}/?o=900800700600#job/${run.jobId}/run/${run.runId}`,
      run_type: run.type,
      format: 'MULTI_TASK',
      job_parameters: Object.entries(run.parameters).map(([name, value]) => ({ name, value })),
      ...(run.repairs.length > 0 ? { repair_history: run.repairs.map((id) => ({ type: 'REPAIR', id })) } : {}),
      ...(withTasks ? { tasks: items.map((task) => toWireTask(task, ended)), ...next } : {}),
    }
  }

  function get({ args }: Call): unknown {
    const run = findByAnyId(args)
    const answer = toWire(run, true, args)
    const life = answer.state.life_cycle_state
    if ((life === 'RUNNING' || life === 'TERMINATING') && run.seen < control.pollsBeforeEnd) {
      run.seen += 1
      keep(run)
    }
    return answer
  }
  /** Also by the id of one of its tasks. */
  function findByAnyId(args: Values): StoredJobRun {
    const id = required(args, 'run_id')
    return runs.values().find((run) => run.tasks.some((task) => String(task.runId) === id)) ?? requireRun(args)
  }

  function list({ args }: Call): unknown {
    const limit = whole(args, 'limit', 20) || 20
    if (limit < 1 || limit > 25) throw invalid(`Invalid limit: ${limit}. It is between 1 and 25.`)
    const [active, completed] = [flag(args, 'active_only'), flag(args, 'completed_only')]
    if (active && completed) throw invalid('active_only and completed_only cannot both be true.')
    const jobId = args.job_id === undefined ? null : whole(args, 'job_id', 0)
    const [from, to] = [whole(args, 'start_time_from', 0), whole(args, 'start_time_to', Number.MAX_SAFE_INTEGER)]
    const found = runs
      .values()
      .filter((run) => jobId === null || run.jobId === jobId)
      .filter((run) => (active ? !showsEnd(run) : completed ? showsEnd(run) : true))
      .filter((run) => run.createdAt >= from && run.createdAt <= to)
      .filter((run) => args.run_type === undefined || args.run_type === run.type)
      .reverse()
    const { items, ...next } = toPage(found, args, limit)
    const page = items.map((run) => toWire(run, flag(args, 'expand_tasks')))
    return { ...(page.length > 0 ? { runs: page } : {}), has_more: 'next_page_token' in next, ...next }
  }

  function output({ args }: Call): unknown {
    const id = required(args, 'run_id')
    for (const run of runs.values()) {
      const task = run.tasks.find((one) => String(one.runId) === id)
      if (task) return toOutput(task, toWire(run, false))
    }
    requireRun(args)
    const how = 'Please retrieve the output of each individual task run instead.'
    throw invalid(`Retrieving the output of runs with multiple tasks is not supported. ${how}`)
  }
  return { get, list, output }
}

function toOutput(task: StoredTask, run: object): unknown {
  const { mlflow, result } = task
  const failed = result !== null && result !== 'SUCCESS' && result !== 'EXCLUDED'
  const { depends_on: _, ...metadata } = toWireTask(task, true) as Record<string, unknown>
  const ids = mlflow && { mlflow_experiment_id: mlflow.experimentId, mlflow_run_id: mlflow.runId }
  return {
    metadata: { ...run, ...metadata },
    logs: task.log,
    logs_truncated: false,
    ...(failed ? { error: task.message, error_trace: task.trace } : {}),
    ...(task.said === '' ? {} : { notebook_output: { result: task.said, truncated: false } }),
    ...(task.spec.ai_runtime_task === undefined
      ? {}
      : { ai_runtime_task_output: { ...ids, status_message: task.message } }),
  }
}
