// The port of jobs: one task on the platform's own compute, submitted once and followed to its end.

export type JobState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED'

export interface PythonTask {
  kind: 'python'
  /** Where the program lies, such as `/Volumes/cat/schema/vol/chunk.py`. */
  file: string
  parameters: readonly string[]
  /** Packages of PyPI, pinned. */
  dependencies: readonly string[]
}

/** AI Runtime: a command on GPUs. */
export interface GpuTask {
  kind: 'gpu'
  /** Where the command lies: a shell script. */
  command: string
  /** Such as `GPU_1xH100`. */
  accelerator: string
  count: number
  /** Name of the experiment, its folder and the name of the run. */
  experiment: string
  folder: string
  run: string
  parameters: Readonly<Record<string, string>>
}

/** The command of a GPU cluster with libraries of its own. */
export interface ClusterTask {
  kind: 'cluster'
  file: string
  parameters: readonly string[]
  dependencies: readonly string[]
  /** As the Jobs API takes `new_cluster`. */
  cluster: Readonly<Record<string, unknown>>
}

export interface NewJob {
  name: string
  /** At most 64 letters, digits and `-`. Equal tokens are one run. */
  token: string
  task: PythonTask | GpuTask | ClusterTask
}

export interface JobRun {
  id: string
  name: string
  state: JobState
  /** In the platform's words; why, where it failed. */
  message: string
  url: string | null
  /** ISO 8601. */
  startedAt: string | null
  endedAt: string | null
  /** Of the run of its only task. */
  taskRunId: string | null
}

/** Throws PLATFORM_*. */
export interface Jobs {
  submit(job: NewJob): Promise<string>
  /** Null where there is no such run. */
  describe(id: string): Promise<JobRun | null>
  /** What the task said at its end: its log, its error, and for GPU tasks ids of its MLflow experiment and run. */
  output(taskRunId: string): Promise<{ log: string; error: string; mlflowRunId: string | null }>
  /** Idempotent. */
  cancel(id: string): Promise<void>
}
