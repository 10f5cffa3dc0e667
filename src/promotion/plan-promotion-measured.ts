// Finds the two evaluations that a promotion is judged by, and has them judged.
import type { Evaluation } from '../evals/evaluation.ts'
import { findEvaluation, placeOfEvaluation } from '../evals/find-evaluation.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { GateMemory } from './gate-memory.ts'
import { type Measured, measure } from './plan-promotion-evidence.ts'
import type { ModelKind, Policy } from './policy.ts'

export interface MeasuredParts {
  runs: Runs
  /** Of one model; a chain where no kind is told. */
  policy: Policy & { kind?: ModelKind }
  /** The questions that the policy names today: evaluations on others count as stale. Absent: any set counts. */
  currentSet?: () => Promise<{ digest: string } | null>
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number
}

/** Throws PLATFORM_* where something cannot be read. */
export async function readMeasured(
  { runs, policy, now = Date.now, currentSet }: MeasuredParts,
  version: string,
  champion: string | null,
  memory: GateMemory,
): Promise<Measured> {
  const { experiment, model } = policy
  const setDigest = (await currentSet?.())?.digest
  const judge = policy.gate.judge === undefined ? {} : { judge: policy.gate.judge }
  const query = { runs, experiment, model, version }
  // One on today's questions counts, although others may have been run on other questions since.
  const current = setDigest === undefined ? null : await findEvaluation({ ...query, ...judge, setDigest })
  const byJudge = current ?? (policy.gate.judge === undefined ? null : await findEvaluation({ ...query, ...judge }))
  // Else the newest of all, so that the reason why it does not count can be told.
  const evaluation = byJudge ?? (await findEvaluation(query))
  const attempt = evaluation && (await placeOfEvaluation(query, evaluation))
  const other = champion === null ? null : await findChampionEvaluation(runs, policy, champion, evaluation)
  const input = {
    evaluation,
    champion: champion === null ? null : { version: champion, evaluation: other },
    now: now(),
    ...(setDigest === undefined ? {} : { setDigest }),
  }
  return { ...(await measure(policy, input, memory)), attempt }
}

/** The newest one that can be compared; else the newest of all, so that the reason can be told. */
async function findChampionEvaluation(
  runs: Runs,
  { experiment, model }: Policy,
  version: string,
  candidate: Evaluation | null,
): Promise<Evaluation | null> {
  const query = { runs, experiment, model, version }
  const same = candidate ? await findEvaluation({ ...query, ...toSame(candidate) }) : null
  return same ?? (await findEvaluation(query))
}

function toSame({ set, judge, judgeDigest }: Evaluation) {
  return { setDigest: set.digest, judge, ...(judgeDigest === undefined ? {} : { judgeDigest }) }
}
