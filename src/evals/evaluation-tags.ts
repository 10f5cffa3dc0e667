// The tags by which the run of an evaluation is found again.
import type { EvalSet } from './evaluation.ts'

export const EVALUATION_TAG = 'lakedesk.evaluation'
export const MODEL_TAG = 'lakedesk.model'
export const VERSION_TAG = 'lakedesk.version'
export const SET_TAG = 'lakedesk.set'
export const SET_DIGEST_TAG = 'lakedesk.set_digest'
export const SET_SIZE_TAG = 'lakedesk.set_size'
export const JUDGE_TAG = 'lakedesk.judge'
/** Of the judge's rubrics and weights; absent for a judge that tells none. */
export const JUDGE_DIGEST_TAG = 'lakedesk.judge_digest'
/** Names the work that writes the run, so that what a crash left behind is taken up by it and by nobody else. */
export const JOB_TAG = 'lakedesk.job'

export interface EvaluationTags {
  model: string
  version: string
  set: Pick<EvalSet, 'name' | 'digest' | 'cases'>
  judge: string
  judgeDigest?: string
  job: string
}

export function toEvaluationTags({
  model,
  version,
  set,
  judge,
  judgeDigest,
  job,
}: EvaluationTags): Record<string, string> {
  return {
    [EVALUATION_TAG]: 'true',
    [MODEL_TAG]: model,
    [VERSION_TAG]: version,
    [SET_TAG]: set.name,
    [SET_DIGEST_TAG]: set.digest,
    [SET_SIZE_TAG]: String(set.cases.length),
    [JUDGE_TAG]: judge,
    ...(judgeDigest === undefined ? {} : { [JUDGE_DIGEST_TAG]: judgeDigest }),
    [JOB_TAG]: job,
  }
}
