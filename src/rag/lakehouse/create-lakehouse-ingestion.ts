// Ingestion on the lakehouse: the chunking program is uploaded and submitted as a job, followed to its end, and the index synced.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { JobRun, Jobs } from '../../platform/ports/jobs.ts'
import type { Volumes } from '../../platform/ports/volumes.ts'
import { type IngestionDesk, IngestionFailed, type IngestionHands, type IngestionResult } from '../ingestion.ts'
import { createStoppable } from '../stoppable.ts'
import type { SubmittedRuns } from './submitted-runs.ts'

export interface LakehouseIngestionParts {
  jobs: Jobs
  volumes: Volumes
  /** Bytes of the program that is shipped. */
  program: Uint8Array
  /** Folder of a volume for the program. */
  volume: string
  /** Tables of whole documents and of chunks. */
  documents: string
  chunks: string
  size: number
  overlap: number
  index: {
    name: string
    /** Starts a sync and waits; resolves to the rows of the index. */
    sync(signal: AbortSignal, onProgress: (progress: { label: string; rows: number | null }) => void): Promise<number>
  }
  /** Runs that were submitted, so that they are found again after a crash. */
  runs: SubmittedRuns
  /** Milliseconds before the second look at a run; default 2,000, growing to 20,000. */
  pollMs?: number
  /** Milliseconds until a run is given up; default 2 hours. */
  limitMs?: number
}

const POLL_MS = 2_000
const MAX_POLL_MS = 20_000
const LIMIT_MS = 2 * 60 * 60_000
const STEPS = 4
/** A name in which a token of the Jobs API stays below 64 characters. */
const DIGEST_CHARS = 12

const countsSchema = z.object({
  documents: z.number(),
  chunks: z.number(),
  inserted: z.number().nullish(),
  updated: z.number().nullish(),
  deleted: z.number().nullish(),
})
type Counts = z.infer<typeof countsSchema>

/** Where the program lies: named by its digest, so that an older job never runs a newer program. */
export function programPath(volume: string, program: Uint8Array): string {
  const digest = createHash('sha256').update(program).digest('hex').slice(0, DIGEST_CHARS)
  return `${volume}/lakedesk/chunk_documents-${digest}.py`
}

export function createLakehouseIngestion(parts: LakehouseIngestionParts): IngestionDesk {
  const { jobs, documents, chunks, index, runs } = parts
  const work = createStoppable()

  async function run(hands: IngestionHands): Promise<IngestionResult> {
    const tell = (label: string, done: number) => hands.onProgress({ label, done, total: STEPS })
    return work.run(
      hands.signal,
      async (signal) => {
        const id = await submitOnce(hands.id, parts, tell, signal)
        const ended = await follow(id, parts, tell, signal)
        if (ended.state !== 'SUCCEEDED') await runs.drop(hands.id)
        const counts = await readEnd(ended, jobs)
        await tell(`Merged ${counts.chunks.toLocaleString('en-US')} rows; syncing the index`, 3)
        const rows = await index.sync(signal, ({ label, rows: has }) => {
          // A card that is late is not waited for.
          void tell(has === null ? label : `${label}: ${has} rows`, 3).catch(() => {})
        })
        await runs.drop(hands.id)
        return toResult(counts, rows, ended, index.name)
      },
      async () => {
        const id = await runs.find(hands.id)
        if (id !== null) await jobs.cancel(id)
        await runs.drop(hands.id)
      },
    )
  }

  return {
    async plan() {
      return {
        from: documents,
        into: `${chunks} and ${index.name}`,
        words: `A job on the workspace's compute cuts ${documents} into windows of ${parts.size} characters, merges them into ${chunks}, and syncs ${index.name}.`,
        paid: true,
      }
    },
    run,
    stop: async (reason) => work.stop(reason),
  }
}

type Tell = (label: string, done: number) => Promise<void>

/** The run of this piece of work: submitted now, or by a try before. Equal tokens are one run, should the answer get lost. */
async function submitOnce(
  id: string,
  parts: LakehouseIngestionParts,
  tell: Tell,
  signal: AbortSignal,
): Promise<string> {
  const { jobs, volumes, program, volume, documents, chunks, size, overlap, runs } = parts
  const known = await runs.find(id)
  if (known !== null) return known
  await tell('Uploading the program', 0)
  const file = programPath(volume, program)
  if ((await volumes.size(file)) !== program.byteLength) await volumes.put(file, program)
  signal.throwIfAborted()
  const token = `lakedesk-ingest-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`
  const run = await jobs.submit({
    name: `Lakedesk: chunk ${documents}`,
    token,
    task: {
      kind: 'python',
      file,
      parameters: [
        ...['--documents', documents, '--chunks', chunks],
        ...['--size', String(size), '--overlap', String(overlap)],
      ],
      dependencies: [],
    },
  })
  await runs.note(id, run)
  return run
}

const WORDS = { QUEUED: 'Queued', RUNNING: 'Running' } as const

async function follow(id: string, parts: LakehouseIngestionParts, tell: Tell, signal: AbortSignal): Promise<JobRun> {
  const { jobs, pollMs = POLL_MS, limitMs = LIMIT_MS } = parts
  const end = Date.now() + limitMs
  let told = ''
  for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * 1.3, Math.max(pollMs, MAX_POLL_MS))) {
    signal.throwIfAborted()
    const run = await jobs.describe(id)
    if (run === null) {
      throw new LakedeskError(
        'JOB_FAILED',
        `The platform does not know the run ${id} any more. Ask again to start anew.`,
      )
    }
    if (run.state !== 'QUEUED' && run.state !== 'RUNNING') return run
    const label = run.message ? `${WORDS[run.state]}: ${run.message}` : WORDS[run.state]
    if (label !== told) await tell(label, run.state === 'QUEUED' ? 1 : 2)
    told = label
    if (Date.now() > end) {
      throw new IngestionFailed(`The run ${id} had not ended after ${Math.round(limitMs / 60_000)} minutes.`, run.url)
    }
    await sleep(waitMs, undefined, { signal })
  }
}

/** What the job says it did. Throws JOB_FAILED with its last line and where to look. */
async function readEnd(run: JobRun, jobs: Jobs): Promise<Counts> {
  const { log, error } = run.taskRunId === null ? { log: '', error: '' } : await jobs.output(run.taskRunId)
  if (run.state !== 'SUCCEEDED') {
    const last = lastLine(error) || run.message || lastLine(log) || 'it said nothing'
    const what = run.state === 'CANCELED' ? 'was cancelled' : 'failed'
    throw new IngestionFailed(`The chunking job (run ${run.id}) ${what}: ${last}.`, run.url)
  }
  const counts = log
    .split('\n')
    .toReversed()
    .flatMap((line) => readCounts(line))
  const [found] = counts
  if (found) return found
  throw new IngestionFailed(
    `The chunking job (run ${run.id}) ended well, but did not say what it did, so the index was not synced.`,
    run.url,
  )
}

function readCounts(line: string): Counts[] {
  if (!line.trim().startsWith('{')) return []
  try {
    const parsed = countsSchema.safeParse(JSON.parse(line))
    return parsed.success ? [parsed.data] : []
  } catch {
    // A line of the log that only looks like JSON.
    return []
  }
}

const lastLine = (text: string): string =>
  (text.trim().split('\n').at(-1) ?? '').trim().replace(/\.$/, '').slice(0, 500)

function toResult(counts: Counts, rows: number, run: JobRun, index: string): IngestionResult {
  const said = (['inserted', 'updated', 'deleted'] as const).flatMap((kind) =>
    typeof counts[kind] === 'number' ? [{ label: `Chunks ${kind}`, value: counts[kind].toLocaleString('en-US') }] : [],
  )
  const written = counts.chunks.toLocaleString('en-US')
  return {
    outcome: `${counts.documents.toLocaleString('en-US')} documents are ${written} chunks, merged and in ${index}.`,
    facts: [
      { label: 'Documents', value: counts.documents.toLocaleString('en-US') },
      { label: 'Chunks', value: written },
      ...said,
      { label: 'Rows of the index', value: rows.toLocaleString('en-US') },
      { label: 'Run', value: run.id },
    ],
    url: run.url,
  }
}
