// What the gate says of rows without a score for a technical reason: never a score, and no reason to look away.
import type { Evaluation } from '../evals/evaluation.ts'

/** Above this share of such rows, the scores speak for too few. */
const MAX_ERROR_SHARE = 0.05

/** Null where few enough of the version's own questions got no answer. */
export function tellUnanswered(evaluation: Evaluation, champion: Evaluation | null): string | null {
  const { version, set, rows } = evaluation
  const count = countUnanswered(evaluation)
  if (count <= MAX_ERROR_SHARE * Math.max(rows.length, 1)) return null
  const most = `at most ${toPercent(MAX_ERROR_SHARE)} may fail`
  const against = champion ? ` (Champion v${champion.version} ${countUnanswered(champion)})` : ''
  return `v${version} gave no answer to ${count} of the ${set.size} questions (${toPercent(count / Math.max(rows.length, 1))}), and ${most}${against}. Look at these rows, mend the cause, then evaluate it again.`
}

function countUnanswered({ rows }: Evaluation): number {
  return rows.filter((row) => row.error !== null).length
}

/** Rows that got no answer, or whose judge failed: kept apart from scores, and said where there are too many. */
export function tellErrors({ version, rows, set }: Evaluation): string | null {
  const broken = rows.filter(
    (row) => row.error !== null || Object.values(row.scores).some((score) => score?.kind === 'error'),
  ).length
  const share = broken / Math.max(rows.length, 1)
  if (share <= MAX_ERROR_SHARE) return null
  return `${broken} of the ${set.size} questions (${toPercent(share)}) ended in an error for v${version}, so its scores speak for the rest alone. Look at these rows, then evaluate it again.`
}

function toPercent(share: number): string {
  return `${Math.round(100 * share)}%`
}
