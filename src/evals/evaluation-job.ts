// What an evaluation has finished so far, in the store's checkpoints, so that a crash costs only the rows that were under way.
import { z } from 'zod'
import { digestOf } from '../core/digest.ts'
import type { Checkpoints } from '../store/port.ts'
import { caseResultSchema } from './case-result.ts'

const storedRowSchema = z.object({
  result: caseResultSchema,
  /** ISO 8601: when the question was asked. */
  startedAt: z.string(),
  durationMs: z.number(),
})
export type StoredRow = z.infer<typeof storedRowSchema>

const storedTraceSchema = z.object({ runId: z.string(), traceId: z.string(), assessed: z.boolean() })
export type StoredTrace = z.infer<typeof storedTraceSchema>

const TOKEN = 'token'
const RUN = 'run'
const END = 'end'

export interface EvaluationJob {
  /** Tag of the run that this store opens, so that nobody else's is taken for it; null before the first try. */
  readonly token: string | null
  readonly runId: string | null
  /** Milliseconds since 1970 under which the metrics are logged, the same on every try; null before all rows are done. */
  readonly endedAt: number | null
  readonly rows: ReadonlyMap<string, StoredRow>
  readonly traces: ReadonlyMap<string, StoredTrace>
  setToken(token: string): Promise<void>
  setRun(runId: string): Promise<void>
  setEnd(at: number): Promise<void>
  setRow(caseId: string, row: StoredRow): Promise<void>
  setTrace(caseId: string, trace: StoredTrace): Promise<void>
  /** Forgets everything. */
  drop(): Promise<void>
}

export interface JobFacts {
  model: string
  version: string
  setDigest: string
  judge: string
  judgeDigest?: string
  /** Everything that says how the version answers. */
  chain: unknown
  /** What else sets it apart. */
  apart?: string
}

/** The same evaluation has the same key, in any process. */
export function jobKeyOf(facts: JobFacts): string {
  return `evaluation:${digestOf(facts)}`
}

/** Reads what an earlier try left. A checkpoint of another shape counts as missing: its row is asked again. */
export async function openJob(checkpoints: Checkpoints, key: string): Promise<EvaluationJob> {
  const stored = await checkpoints.list(key)
  const rows = new Map<string, StoredRow>()
  const traces = new Map<string, StoredTrace>()
  for (const [name, value] of stored) {
    const row = name.startsWith('row:') ? storedRowSchema.safeParse(value) : null
    if (row?.success) rows.set(name.slice('row:'.length), row.data)
    const trace = name.startsWith('trace:') ? storedTraceSchema.safeParse(value) : null
    if (trace?.success) traces.set(name.slice('trace:'.length), trace.data)
  }
  return {
    token: z
      .string()
      .nullable()
      .catch(null)
      .parse(stored.get(TOKEN) ?? null),
    runId: z
      .string()
      .nullable()
      .catch(null)
      .parse(stored.get(RUN) ?? null),
    endedAt: z
      .number()
      .nullable()
      .catch(null)
      .parse(stored.get(END) ?? null),
    rows,
    traces,
    setToken: (token) => checkpoints.put(key, TOKEN, token),
    setRun: (runId) => checkpoints.put(key, RUN, runId),
    setEnd: (at) => checkpoints.put(key, END, at),
    async setRow(caseId, row) {
      await checkpoints.put(key, `row:${caseId}`, row)
      rows.set(caseId, row)
    },
    async setTrace(caseId, trace) {
      await checkpoints.put(key, `trace:${caseId}`, trace)
      traces.set(caseId, trace)
    },
    drop: () => checkpoints.drop(key),
  }
}
