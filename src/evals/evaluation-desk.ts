// Where evaluations are asked for: everything but the version is settled here, from the set to the judge.
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { Checkpoints } from '../store/port.ts'
import { type EvaluationEstimate, estimateEvaluation, type TokenPrice } from './estimate.ts'
import { type EvalSubject, type EvaluationProgress, evaluateVersion } from './evaluate.ts'
import type { EvalSet, Evaluation } from './evaluation.ts'
import { findEvaluation } from './find-evaluation.ts'
import type { Judge } from './judges/judge.ts'

export interface EvaluationDeskParts {
  model: string
  /** Name of the experiment. */
  experiment: string
  /** Read anew each time: the file may change while the process runs. Throws EVAL_SET_INVALID. */
  readSet(): Promise<EvalSet>
  /** Throws CHAIN_INVALID, PLATFORM_*. */
  subjectOf(version: string): Promise<EvalSubject>
  judge: Judge
  /** Model calls that the judge makes for one answer; 0 for one that needs no model. */
  judgeCalls: number
  runs: Runs
  checkpoints: Checkpoints
  log: Log
  concurrency: number
  /** Of the version's model; absent where not known. */
  price?: TokenPrice
}

/** What an evaluation would ask. */
export interface Prepared {
  set: { name: string; digest: string; size: number }
  judge: string
  estimate: EvaluationEstimate
  /** What people should know of the set, without a full stop. */
  note?: string
}

export interface EvaluationHands {
  signal: AbortSignal
  onProgress(progress: EvaluationProgress): Promise<void>
  /** Sets it apart from other evaluations of the same version and set; the same text takes up the same evaluation. */
  apart?: string
}

export function createEvaluationDesk(parts: EvaluationDeskParts) {
  const { runs, experiment, model, judge, concurrency } = parts
  return {
    /** Reads only: the set, the chain of the version, and its newest evaluation for the estimate. */
    async prepare(version: string): Promise<Prepared> {
      const set = await parts.readSet()
      await parts.subjectOf(version)
      const earlier = await findEvaluation({ runs, experiment, model, version }).catch((error: unknown) => {
        // A damaged evaluation is mended by a new one, so it must not stand in its way.
        if (!(error instanceof LakedeskError) || error.code !== 'PLATFORM_FAILED') throw error
        parts.log.warn('an earlier evaluation cannot be read for the estimate', { version, error })
        return null
      })
      const estimate = estimateEvaluation({
        set,
        earlier,
        concurrency,
        judge: { name: judge.name, callsPerAnswer: parts.judgeCalls },
        ...(parts.price ? { price: parts.price } : {}),
      })
      return { set: { name: set.name, digest: set.digest, size: set.cases.length }, judge: judge.name, estimate }
    },

    /** Takes up the one that was broken off. Throws as `evaluateVersion` does. */
    async run(version: string, { apart, ...hands }: EvaluationHands): Promise<Evaluation> {
      const [set, subject] = [await parts.readSet(), await parts.subjectOf(version)]
      const { checkpoints, log } = parts
      return evaluateVersion({
        ...{ subject, set, judge, runs, experiment, checkpoints, log, concurrency, ...hands },
        ...(apart === undefined ? {} : { job: apart }),
      })
    },
  }
}
