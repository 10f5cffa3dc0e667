// Checks what is submitted as a job or a run, and fills in the values of its parameters.
import { own } from '../own-keys.ts'
import { asList, asValues, invalid, refuse, text, type Values, whole } from '../wire.ts'
import { kindOf } from './run-task.ts'
import type { StoredTask } from './stored-job-run.ts'

const MOST_TASKS = 100

/** The tasks of a job or a run. Throws 400 for what Databricks would not take. */
export function readTasks(settings: Values): Values[] {
  const tasks = asList(settings.tasks)
  if (tasks.length === 0) throw invalid('At least one task must be specified.')
  if (tasks.length > MOST_TASKS) throw invalid(`The number of tasks is limited to ${MOST_TASKS}; got ${tasks.length}.`)
  const environments = new Set(asList(settings.environments).map((one) => text(one, 'environment_key')))
  const keys = new Set<string>()
  for (const task of tasks) {
    const key = text(task, 'task_key')
    if (!/^[\w-]{1,100}$/.test(key))
      throw invalid(`The task_key '${key.slice(0, 110)}' is invalid: give 1 to 100 letters, digits, '-' and '_'.`)
    if (keys.has(key)) throw invalid(`Task keys must be unique; '${key}' is given twice.`)
    keys.add(key)
    if (kindOf(task) === '') throw invalid(`Task '${key}' has no task type, such as spark_python_task.`)
    const environment = text(task, 'environment_key')
    if (environment !== '' && !environments.has(environment))
      throw invalid(`Task '${key}' names the environment_key '${environment}', which is not in environments.`)
    checkFields(task, key)
  }
  checkDependencies(tasks, keys)
  return tasks
}

function checkFields(task: Values, key: string): void {
  const needs: Record<string, readonly string[]> = {
    spark_python_task: ['python_file'],
    ai_runtime_task: ['experiment', 'deployments'],
    python_wheel_task: ['package_name', 'entry_point'],
    notebook_task: ['notebook_path'],
    sql_task: ['warehouse_id'],
  }
  const kind = kindOf(task)
  const body = asValues(task[kind])
  for (const field of needs[kind] ?? [])
    if (body[field] === undefined || body[field] === '')
      throw invalid(`Missing required field: ${kind}.${field} of task '${key}'.`)
  if (kind !== 'ai_runtime_task') return
  const deployments = asList(body.deployments)
  if (deployments.length !== 1) throw invalid(`ai_runtime_task of task '${key}' takes exactly one deployment.`)
  const compute = asValues(deployments[0]?.compute)
  const type = text(compute, 'accelerator_type')
  const perNode = /^GPU_(\d+)x\w+$/.exec(type)
  if (!perNode) throw invalid(`Unknown accelerator_type '${type}' of task '${key}'.`)
  const count = whole(compute, 'accelerator_count', Number(perNode[1]))
  if (count < 1 || count % Number(perNode[1]) !== 0)
    throw invalid(
      `accelerator_count ${count} of task '${key}' is no multiple of ${perNode[1]}, the accelerators of one node.`,
    )
}

function checkDependencies(tasks: readonly Values[], keys: ReadonlySet<string>): void {
  const needs = new Map(
    tasks.map((task) => [text(task, 'task_key'), asList(task.depends_on).map((one) => text(one, 'task_key'))]),
  )
  for (const [key, list] of needs)
    for (const one of list)
      if (!keys.has(one)) throw invalid(`Task '${key}' depends on '${one}', which is no task of this job.`)
  const done = new Set<string>()
  for (let before = -1; before < done.size; ) {
    before = done.size
    for (const [key, list] of needs) if (list.every((one) => done.has(one))) done.add(key)
  }
  if (done.size < needs.size) throw invalid('The dependencies of the tasks form a circle.')
}

/** At most 64 characters; empty where none is given. */
export function readToken(args: Values): string {
  const token = text(args, 'idempotency_token')
  if (token.length > 64) throw invalid(`idempotency_token is at most 64 characters; got ${token.length}.`)
  return token
}

/** Parameters of the job with what a run gives for them. */
export function readParameters(settings: Values, given: Values): Record<string, string> {
  const names = asList(settings.parameters).map((one): [string, string] => [text(one, 'name'), text(one, 'default')])
  const parameters = Object.fromEntries(names)
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(parameters, name))
      throw refuse(400, 'INVALID_PARAMETER_VALUE', `Job parameter '${name}' is not defined.`)
    parameters[name] = String(value)
  }
  return parameters
}

/** `{{job.parameters.x}}`, `{{job.run_id}}`, `{{job.id}}`, `{{task.name}}` and `{{task.run_id}}` in the fields of a task. */
export function fillIn(spec: Values, values: Readonly<Record<string, string>>): Values {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (whole, name: string) => own(values, name) ?? whole)
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]))
  }
  return asValues(fill(spec))
}

export function newTask(spec: Values, runId: number, attempt: number): StoredTask {
  return {
    ...{ runId, key: text(spec, 'task_key'), spec, attempt, state: 'BLOCKED', result: null, message: '', trace: '' },
    ...{ log: '', said: '', startedAt: 0, endedAt: 0, notes: {}, mlflow: null },
  }
}
