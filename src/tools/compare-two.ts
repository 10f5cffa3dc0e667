// Compares the newest evaluations of two versions question by question, and says it to people and to models.
import type { Saying } from '../core/reply.ts'
import { compareEvaluations, whyNotComparable } from '../evals/compare.ts'
import type { Comparison } from '../evals/comparison.ts'
import { toComparisonTable } from '../evals/describe.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import { showNumber } from '../evals/show-number.ts'
import { findVersion, type VersionParts } from './find-version.ts'

export interface ComparisonParts extends VersionParts {
  /** The newest finished evaluation of a version; only on that set and by that judge where they are given. */
  findEvaluation(version: string, same?: { setDigest: string; judge: string }): Promise<Evaluation | null>
}

export type Compared =
  | { kind: 'compared'; comparison: Comparison }
  /** One of them has no evaluation, or they cannot be compared. `evaluate`: the version whose evaluation is missing. */
  | { kind: 'apart'; why: string; evaluate: string | null }

const MAX_REGRESSIONS = 3
const MAX_TEXT = 300

/** Throws PLATFORM_*. */
export async function compareVersions(
  candidate: string,
  champion: string,
  parts: ComparisonParts,
): Promise<Compared | { kind: 'refused'; why: string }> {
  const one = await findVersion(candidate, parts)
  if (one.kind === 'refused') return one
  const other = await findVersion(champion, parts)
  if (other.kind === 'refused') return other
  if (one.version.version === other.version.version) {
    return {
      kind: 'refused',
      why: `Both are v${one.version.version}, so there is nothing to compare. Name two versions.`,
    }
  }
  const newest = await parts.findEvaluation(one.version.version)
  if (!newest) return missing(one.version.version)
  const same = await parts.findEvaluation(other.version.version, { setDigest: newest.set.digest, judge: newest.judge })
  const against = same ?? (await parts.findEvaluation(other.version.version))
  if (!against) return missing(other.version.version)
  const why = whyNotComparable(newest, against)
  if (why !== null) return { kind: 'apart', why, evaluate: other.version.version }
  return { kind: 'compared', comparison: compareEvaluations(newest, against) }
}

function missing(version: string): Compared {
  const why = `v${version} was never evaluated, so there is nothing to compare. Write \`evaluate v${version}\` first.`
  return { kind: 'apart', why, evaluate: version }
}

/** Every number with the run it comes from. */
export function toComparedText(compared: Compared): string {
  if (compared.kind === 'apart') return compared.why
  const { comparison } = compared
  const { candidate, champion, set } = comparison
  const { table, summary } = toComparisonTable(comparison)
  const runs = `v${candidate.version} run ${candidate.runId}, v${champion.version} run ${champion.runId}, set ${set.name} (${set.size} questions).`
  const rows = table.rows.map(
    ([metric, mine, theirs, delta, wins, pairs]) =>
      `${metric}: v${candidate.version} ${mine} (run ${candidate.runId}), v${champion.version} ${theirs} (run ${champion.runId}), difference ${delta}, questions better / worse / same ${wins}, on ${pairs} pairs`,
  )
  return [summary, runs, ...rows, ...toRegressionLines(comparison)].join('\n')
}

export function toComparisonSaying(compared: Compared): Saying {
  if (compared.kind === 'apart') {
    const { why, evaluate } = compared
    if (evaluate === null) return { text: why }
    return {
      text: why,
      buttons: [{ action: 'evaluate', label: `Evaluate v${evaluate}`, value: { version: evaluate } }],
    }
  }
  const { table, summary } = toComparisonTable(compared.comparison)
  const lines = toRegressionLines(compared.comparison)
  const text = lines.length === 0 ? summary : `${summary}\n\n${lines.map((line) => `- ${line}`).join('\n')}`
  return { text, blocks: [table] }
}

function toRegressionLines({ regressions, candidate, champion }: Comparison): string[] {
  return regressions.slice(0, MAX_REGRESSIONS).map((each) => {
    const [from, to] = [showNumber(each.metric, each.championScore), showNumber(each.metric, each.candidateScore)]
    const trace = each.candidateTrace ? `, trace ${each.candidateTrace}` : ''
    return `Worse on “${cut(each.question)}”: ${each.metric.replaceAll('_', ' ')} ${from} (v${champion.version}) to ${to} (v${candidate.version})${trace}`
  })
}

/** Questions are other people's text: one line, and no markup that could step out of its place. */
function cut(text: string): string {
  const plain = text.replace(/[\s<>`*_[\]|]+/g, ' ').trim()
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain
}
