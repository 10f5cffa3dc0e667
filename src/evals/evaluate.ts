// Evaluates one version on a set: asks every question, judges every answer, logs all of it as one run, and survives a crash.
import PQueue from 'p-queue'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { Checkpoints } from '../store/port.ts'
import { type AnswerQuestion, answerCase, type CaseWork } from './answer-case.ts'
import type { CaseResult, EvalCase, EvalSet, Evaluation } from './evaluation.ts'
import { type EvaluationJob, jobKeyOf, openJob } from './evaluation-job.ts'
import { closeRun, openRun, type RunFacts } from './evaluation-run.ts'
import { readEvaluation } from './find-evaluation.ts'
import type { Judge } from './judges/judge.ts'
import { LABEL_JUDGE } from './judges/label-judge.ts'
import { logTrace, type TraceWork } from './log-trace.ts'

/** A version that can be asked, with what says how it answers. */
export interface EvalSubject {
  model: string
  version: string
  /** Settings of its chain, as params of the run. */
  params: Readonly<Record<string, string>>
  /** Null for a version without a prompt: a classifier. */
  promptTemplate: string | null
  /** Plain data. */
  chainConfig: unknown
  answer: AnswerQuestion
  /** Loads what the first answer would otherwise wait for, so that no version's latency holds the start of the process. */
  prepare?: (signal: AbortSignal) => Promise<void>
}

export interface EvaluationProgress {
  /** Rows that are judged and logged, of this try and earlier ones. */
  done: number
  total: number
  /** Rows without an answer, among the done. */
  failed: number
}

export interface EvaluationOptions {
  subject: EvalSubject
  set: EvalSet
  judge: Judge
  runs: Runs
  /** Name of the experiment. */
  experiment: string
  checkpoints: Checkpoints
  log: Log
  signal: AbortSignal
  /** Questions under way at once; default 4. */
  concurrency?: number
  /** Called before the first question, and after every row; what it throws stops the evaluation. */
  onProgress?: (progress: EvaluationProgress) => void | Promise<void>
  /** Sets it apart from another evaluation of the same version, set and judge, which would be taken up otherwise. */
  job?: string
  /** Wait before the first retry of an answer, in milliseconds; default 500. */
  retryWaitMs?: number
}

/** The judges behind which no model stands. */
const CODE_JUDGES = ['offline', LABEL_JUDGE]
const CONCURRENCY = 4
const RETRY_WAIT_MS = 500
/** An evaluation fails as soon as more than this share of its rows have no answer. */
const MAX_FAILED = 0.5

/** Which evaluations are under way in this process, by the checkpoints they write. */
const underWay = new WeakMap<Checkpoints, Set<string>>()

/**
 * Runs the evaluation to its end, or takes up the one that was broken off: no question that was finished is asked again, and
 * there is one run. Throws EVAL_FAILED where more than half of the questions got no answer (the run is FAILED then), or where
 * the same evaluation is under way; PLATFORM_* and what `onProgress` throws, and the signal's reason, leave it to be taken up.
 */
export async function evaluateVersion(options: EvaluationOptions): Promise<Evaluation> {
  const { subject, set, judge, checkpoints } = options
  const { model, version, params, promptTemplate, chainConfig } = subject
  options.signal.throwIfAborted()
  const chain = { params, promptTemplate, chainConfig }
  const apart = options.job === undefined ? {} : { apart: options.job }
  const digest = judge.digest === undefined ? {} : { judgeDigest: judge.digest }
  const key = jobKeyOf({ model, version, setDigest: set.digest, judge: judge.name, ...digest, chain, ...apart })
  const release = hold(checkpoints, key, subject)
  try {
    const facts: RunFacts = { model, version, set, judge: judge.name, ...digest, ...chain }
    return await runJob(options, facts, await openJob(checkpoints, key))
  } finally {
    release()
  }
}

async function runJob(options: EvaluationOptions, facts: RunFacts, job: EvaluationJob): Promise<Evaluation> {
  const { runs, judge, set } = options
  const experimentId = await runs.ensureExperiment(options.experiment)
  const { kind, runId } = await openRun(runs, experimentId, job, facts)
  if (kind === 'running') {
    const type = CODE_JUDGES.includes(judge.name) ? 'CODE' : 'LLM_JUDGE'
    const trace: TraceWork = {
      runs,
      experimentId,
      runId,
      job,
      version: facts.version,
      judge: { name: judge.name, type },
    }
    const rows = await runRows(options, trace)
    const failure = describeFailures(rows, set.cases.length)
    const at = job.endedAt ?? Date.now()
    await job.setEnd(at)
    await closeRun(runs, runId, facts, rows, { at, failure })
    if (failure !== null) {
      await job.drop()
      throw new LakedeskError(
        'EVAL_FAILED',
        `${failure} Run ${runId} holds the details. Fix the cause, then evaluate again.`,
      )
    }
  }
  const evaluation = await readEvaluation(runs, runId)
  await job.drop()
  return evaluation
}

/** All rows in the order of the set; fewer where too many failed for the rest to matter. Rows under way are finished before it throws. */
async function runRows(options: EvaluationOptions, trace: TraceWork): Promise<CaseResult[]> {
  const { set, signal, judge, log, subject, retryWaitMs = RETRY_WAIT_MS } = options
  const work: CaseWork = { answer: subject.answer, judge, log, signal, retryWaitMs }
  const results = new Map<string, CaseResult>()
  const total = set.cases.length
  const failed = () => [...results.values()].filter((row) => row.error !== null).length
  const report = async () => options.onProgress?.({ done: results.size, total, failed: failed() })

  const runRow = async (one: EvalCase, isNew: boolean) => {
    const row = trace.job.rows.get(one.id) ?? (await answerCase(one, work))
    if (isNew) await trace.job.setRow(one.id, row)
    const traceId = await logTrace(row, trace)
    results.set(one.id, { ...row.result, traceId })
    if (isNew) await report()
  }

  const [known, missing] = splitBy(set.cases, (one) => trace.job.rows.has(one.id))
  await runAll(known, options, (one) => runRow(one, false))
  await report()
  if (missing.length > 0) await subject.prepare?.(signal)
  await runAll(missing, options, async (one) => {
    if (failed() <= total * MAX_FAILED) await runRow(one, true)
  })
  return set.cases.flatMap((one) => results.get(one.id) ?? [])
}

/** At most `concurrency` at once. After the first error nothing new begins; it is thrown when all that began has ended. */
async function runAll(
  cases: readonly EvalCase[],
  { signal, concurrency = CONCURRENCY }: EvaluationOptions,
  run: (one: EvalCase) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = []
  const queue = new PQueue({ concurrency })
  for (const one of cases) {
    void queue.add(async () => {
      if (errors.length > 0 || signal.aborted) return
      await run(one).catch((error: unknown) => errors.push(error))
    })
  }
  await queue.onIdle()
  signal.throwIfAborted()
  if (errors.length > 0) throw errors[0]
}

/** Null where enough questions were answered. */
function describeFailures(rows: readonly CaseResult[], total: number): string | null {
  const errors = rows.flatMap((row) => row.error ?? [])
  if (errors.length <= total * MAX_FAILED) return null
  const counts = new Map<string, number>()
  for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1)
  const [commonest = ''] = [...counts].sort((a, b) => b[1] - a[1]).map(([error]) => error)
  return `${errors.length} of ${rows.length} questions asked got no answer, so the evaluation of ${total} was given up. Mostly: ${commonest}`
}

function splitBy<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

function hold(checkpoints: Checkpoints, key: string, { version }: EvalSubject): () => void {
  const keys = underWay.get(checkpoints) ?? new Set()
  underWay.set(checkpoints, keys)
  if (keys.has(key)) {
    throw new LakedeskError(
      'EVAL_FAILED',
      `This evaluation of v${version} is under way already. Wait for its end, then ask for its result.`,
    )
  }
  keys.add(key)
  return () => void keys.delete(key)
}
