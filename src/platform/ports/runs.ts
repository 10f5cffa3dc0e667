// The port of the tracking server: experiments, runs, their artifacts, and traces with assessments. Speaks MLflow's words.

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface Run {
  runId: string
  experimentId: string
  name: string
  status: RunStatus
  /** ISO 8601. */
  startedAt: string
  endedAt: string | null
  params: Readonly<Record<string, string>>
  /** The latest value of each. */
  metrics: Readonly<Record<string, number>>
  tags: Readonly<Record<string, string>>
}

export interface MetricPoint {
  key: string
  value: number
  /** Milliseconds since 1970. */
  timestamp: number
  step: number
}

export interface RunBatch {
  /** A parameter keeps its first value: another one throws PLATFORM_REFUSED, the same one is fine. */
  params?: Readonly<Record<string, string>>
  metrics?: readonly MetricPoint[]
  tags?: Readonly<Record<string, string>>
}

export interface RunQuery {
  experimentId: string
  /** All must be equal. */
  tags?: Readonly<Record<string, string>>
  status?: RunStatus
  /** Newest start first; default 100. */
  limit?: number
}

export interface TraceAssessment {
  /** No dot in it. */
  name: string
  source: { type: 'HUMAN' | 'LLM_JUDGE' | 'CODE'; id: string }
  /** Either a value or an error, never both. */
  value?: number | string | boolean
  error?: { code: string; message: string }
  rationale?: string
}

export interface NewTrace {
  experimentId: string
  runId: string
  /** Plain data; shown cut where the server cuts. */
  request: unknown
  response: unknown
  /** ISO 8601. */
  startedAt: string
  durationMs: number
  ok: boolean
  tags?: Readonly<Record<string, string>>
}

export interface Trace extends Omit<NewTrace, 'request' | 'response'> {
  traceId: string
  requestPreview: string
  responsePreview: string
  assessments: readonly TraceAssessment[]
}

export interface Traces {
  /** Returns the trace id, such as `tr-…`. */
  log(trace: NewTrace): Promise<string>
  get(traceId: string): Promise<Trace | null>
  assess(traceId: string, assessment: TraceAssessment): Promise<void>
}

export interface ArtifactFile {
  path: string
  isDirectory: boolean
  bytes: number | null
}

export interface Artifacts {
  /** Creates or replaces a file. `path` is relative with forward slashes and no `..` (PLATFORM_REFUSED). */
  put(runId: string, path: string, body: string | Uint8Array): Promise<void>
  /** Null where there is no such file. */
  read(runId: string, path: string): Promise<Uint8Array | null>
  /** Of one folder, sorted by path; the root where none is given. */
  list(runId: string, folder?: string): Promise<ArtifactFile[]>
}

/** A labelled example of an evaluation dataset, as MLflow 3 keeps it. */
export interface DatasetRecord {
  inputs: Readonly<Record<string, unknown>>
  expectations: Readonly<Record<string, unknown>>
  tags: Readonly<Record<string, string>>
}

export interface Datasets {
  /** Null where there is none of that name. */
  read(name: string): Promise<DatasetRecord[] | null>
  /** Creates it, or adds records; a record whose inputs are known is replaced. */
  write(name: string, records: readonly DatasetRecord[]): Promise<void>
}

/** Every driver passes test/platform/runs-contract.ts. Throws PLATFORM_*. */
export interface Runs {
  /** The id of the experiment of that name, created where it is new. */
  ensureExperiment(name: string): Promise<string>
  createRun(run: { experimentId: string; name: string; tags?: Readonly<Record<string, string>> }): Promise<Run>
  logBatch(runId: string, batch: RunBatch): Promise<void>
  finishRun(runId: string, status: Exclude<RunStatus, 'RUNNING' | 'SCHEDULED'>): Promise<void>
  getRun(runId: string): Promise<Run | null>
  searchRuns(query: RunQuery): Promise<Run[]>
  /** Oldest first. */
  metricHistory(runId: string, key: string): Promise<MetricPoint[]>
  readonly artifacts: Artifacts
  readonly traces: Traces
  readonly datasets: Datasets
}
