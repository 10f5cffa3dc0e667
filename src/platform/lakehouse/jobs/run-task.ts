// One task of a job, carried out: by a program that is known here, by the SQL engine, or by a real Python.
import { asValues, Refusal, text, type Values } from '../wire.ts'
import { type JobProgram, type JobTask, type JobWorld, type ProgramEnd, readNamed } from './job-program.ts'
import { runPython } from './run-python.ts'

export interface TaskParts {
  programs: readonly JobProgram[]
  /** Path of a Python interpreter for files that no program here knows. Absent: they fail, and say so. */
  python?: string
  /** DATABRICKS_HOST and DATABRICKS_TOKEN of a user; `end` takes the token back. */
  environment(caller: string): { variables: Record<string, string>; end(): void }
}

/** Kinds that a task can be of, by their fields. */
export const TASK_KINDS = [
  ...['spark_python_task', 'ai_runtime_task', 'python_wheel_task', 'sql_task', 'notebook_task', 'pipeline_task'],
  ...['condition_task', 'for_each_task', 'run_job_task', 'gen_ai_compute_task', 'spark_jar_task', 'spark_submit_task'],
  ...['dbt_task', 'dashboard_task', 'clean_rooms_notebook_task', 'power_bi_task'],
]

/** Empty where the task is of no kind. */
export const kindOf = (spec: Values): string => TASK_KINDS.find((kind) => spec[kind] !== undefined) ?? ''

export function toJobTask(spec: Values): JobTask {
  const kind = kindOf(spec)
  const body = asValues(spec[kind])
  const parameters = Array.isArray(body.parameters) ? body.parameters.map(String) : []
  const given = { ...asValues(body.named_parameters), ...asValues(body.parameters) }
  const named = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
  const [deployment] = Array.isArray(body.deployments) ? body.deployments.map(asValues) : []
  const file = text(body, 'python_file') || text(deployment ?? {}, 'command_path') || text(body, 'notebook_path')
  return { key: text(spec, 'task_key'), kind, file, parameters, named: { ...readNamed(parameters), ...named }, body }
}

/** The program that knows this task; undefined where none does. */
export async function findProgram(task: JobTask, world: Pick<JobWorld, 'files'>, programs: readonly JobProgram[]) {
  for (const program of programs) if (await program.matches(task, (path) => world.files.read(path))) return program
  return undefined
}

/** Throws what becomes the error of the task. */
export async function runTask(task: JobTask, world: JobWorld, parts: TaskParts): Promise<ProgramEnd> {
  const program = await findProgram(task, world, parts.programs)
  if (program) return program.run(task, world)
  if (task.kind === 'sql_task') return runSql(task, world)
  if (task.kind === 'spark_python_task') return runScript(task, world, parts)
  if (task.kind === 'ai_runtime_task') {
    const { accelerator_type } = asValues(
      asValues((Array.isArray(task.body.deployments) ? task.body.deployments : [])[0]).compute,
    )
    throw new Error(
      `This machine has no GPU: the local lakehouse cannot run ${task.file} on ${String(accelerator_type ?? 'an accelerator')}. It carries out only the trainings that it knows; run this one in a workspace`,
    )
  }
  throw new Error(
    `The local lakehouse does not run ${task.kind || 'this kind of task'}: it runs spark_python_task, sql_task and the trainings of ai_runtime_task that it knows`,
  )
}

async function runScript(task: JobTask, world: JobWorld, { python, environment }: TaskParts): Promise<ProgramEnd> {
  const source = world.files.read(task.file)
  if (!source) throw new Error(`Cannot read the python file ${task.file}: it does not exist`)
  if (python === undefined)
    throw new Error(
      `The local lakehouse knows no program for ${task.file}, and no Python is set that could run it. Start the lakehouse with a Python`,
    )
  const { variables, end } = environment(world.caller)
  try {
    const { parameters } = task
    const { signal, log } = world
    await runPython({ python, name: task.file, source, parameters, environment: variables, signal, log })
    return {}
  } finally {
    end()
  }
}

async function runSql(task: JobTask, world: JobWorld): Promise<ProgramEnd> {
  const path = text(asValues(task.body.file), 'path')
  if (path === '')
    throw new Error('The local lakehouse runs sql_task with a file alone, not with a query, a dashboard or an alert')
  const source = world.files.read(path)
  if (!source) throw new Error(`Cannot read the SQL file ${path}: it does not exist`)
  const statements = splitStatements(String(source))
  for (const statement of statements) {
    const { rows } = await world.sql(statement, task.named)
    world.log(`${rows.length} rows: ${statement.replace(/\s+/g, ' ').slice(0, 200)}`)
  }
  return { result: `${statements.length} statements` }
}

/** At semicolons outside of quotes and comments. */
export function splitStatements(source: string): string[] {
  const pieces =
    source.match(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^;'"`/-]+|[\s\S]/g) ?? []
  const statements = ['']
  for (const piece of pieces) {
    if (piece === ';') statements.push('')
    else if (!piece.startsWith('--') && !piece.startsWith('/*')) statements[statements.length - 1] += piece
  }
  return statements.map((one) => one.trim()).filter((one) => one !== '')
}

/** One line, and more where there is more, for the output of a run. */
export function explain(error: unknown): { message: string; trace: string } {
  if (error instanceof Refusal) {
    const said = text(asValues(error.body), 'message') || error.message
    return { message: said, trace: said }
  }
  const { message, trace, stack, userMessage } = asValues(
    error instanceof Error ? toPlain(error) : { message: String(error) },
  )
  const words = String(userMessage ?? message)
  return { message: words.split('\n')[0] ?? words, trace: String(trace ?? stack ?? words) }
}

function toPlain(error: Error): Values {
  return {
    message: error.message,
    stack: error.stack,
    ...('trace' in error ? { trace: error.trace } : {}),
    ...('userMessage' in error ? { userMessage: error.userMessage } : {}),
  }
}
