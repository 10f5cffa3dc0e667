// Whether an evaluation still counts: fresh, on today's questions, and by the judge that the policy names.
import type { Evaluation } from '../evals/evaluation.ts'
import type { GatePolicy } from './policy.ts'

const HOUR_MS = 3_600_000
/** Clocks of two machines may differ. */
const CLOCK_SKEW_MS = 60_000

interface Today {
  /** Milliseconds since 1970. */
  now: number
  setDigest?: string
  /** Its version, where it is Champion's evaluation. */
  champion?: string
}

/** Why an evaluation does not count, with what to do; null where it does. */
export function whyNotCurrent(
  gate: GatePolicy,
  evaluation: Evaluation,
  { now, setDigest, champion }: Today,
): string | null {
  const whose = champion !== undefined ? `The evaluation of Champion v${champion}` : 'Its evaluation'
  const again = champion !== undefined ? `Evaluate v${champion} again.` : 'Evaluate it again.'
  const age = now - Date.parse(evaluation.finishedAt)
  if (!Number.isFinite(age))
    return `The time of ${whose.replace(/^./, (first) => first.toLowerCase())} cannot be read. ${again}`
  if (age < -CLOCK_SKEW_MS) {
    const when = `dated ${evaluation.finishedAt}, which is in the future`
    return `${whose} is ${when}. Check the clocks, then ${again.replace(/^E/, 'e')}`
  }
  if (age > gate.freshForHours * HOUR_MS) {
    return `${whose} is ${Math.floor(age / HOUR_MS)} hours old, and the policy takes none older than ${gate.freshForHours} hours. ${again}`
  }
  if (setDigest !== undefined && setDigest !== evaluation.set.digest) {
    return `${whose} is on ${evaluation.set.name} as it was (digest ${evaluation.set.digest.slice(0, 8)}), and the questions have changed since (digest ${setDigest.slice(0, 8)}). ${again}`
  }
  if (gate.judge !== undefined && gate.judge !== evaluation.judge) {
    return `${whose} was scored by the judge ${evaluation.judge}, and the policy takes ${gate.judge} alone. Set LAKEDESK_JUDGE to it. ${again}`
  }
  return null
}
