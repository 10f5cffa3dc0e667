// The tool that reads the newest evaluation of a version, or compares two: numbers with the runs they come from.
import { z } from 'zod'
import type { Saying } from '../core/reply.ts'
import { toEvaluationTable } from '../evals/describe.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import { readCommandLine } from './command-line.ts'
import {
  type Compared,
  type ComparisonParts,
  compareVersions,
  toComparedText,
  toComparisonSaying,
} from './compare-two.ts'
import { defineTool, type Tool } from './define-tool.ts'
import { findVersion, isVersionText, versionText } from './find-version.ts'

const inputSchema = z.object({
  version: versionText.optional().describe('Such as v3. Left out: the version in use (Champion).'),
  against: versionText.optional().describe('A second version to compare with, such as v2.'),
})
export type LookupEvalsInput = z.infer<typeof inputSchema>

export type LookedUp =
  | { kind: 'refused'; why: string }
  | { kind: 'none'; version: string }
  | { kind: 'one'; evaluation: Evaluation }
  | Compared

export function createLookupEvals(parts: ComparisonParts): Tool<LookupEvalsInput, LookedUp> {
  return defineTool<LookupEvalsInput, LookedUp>({
    name: 'lookup-evals',
    description: `Reads the newest evaluation of a version of ${parts.model}: every metric with its interval, sample size and run id. Use it for any question about how good a version is.`,
    input: inputSchema,
    async run({ version = parts.alias, against }) {
      if (against !== undefined) return compareVersions(version, against, parts)
      const found = await findVersion(version, parts)
      if (found.kind === 'refused') return found
      const evaluation = await parts.findEvaluation(found.version.version)
      return evaluation ? { kind: 'one', evaluation } : { kind: 'none', version: found.version.version }
    },
    toRefusal: (found) => (found.kind === 'refused' ? found.why : null),
    toModelText: toText,
    toSaying,
    toAuditFacts: (found) => ({ result: found.kind, runs: toRuns(found) }),
    commands: [
      {
        name: 'evals',
        usage: '[version] [other version]: shows its newest evaluation, or compares two',
        toInput: (text) => toInput(text, parts.alias),
      },
    ],
  })
}

function toInput(text: string, alias: string): { input: LookupEvalsInput } | string {
  const usage = 'evals v3` or `evals v2 v3'
  const line = readCommandLine(text, {}, usage)
  if (typeof line === 'string') return line
  const [version, against, ...more] = line.words.filter((word) => !/^(?:vs\.?|against|and|with)$/i.test(word))
  const wrong = [version, against].find((word) => word !== undefined && !isVersionText(word, alias))
  if (wrong !== undefined || more.length > 0) return `Versions are written as v3: write \`${usage}\`.`
  return { input: { ...(version ? { version } : {}), ...(against ? { against } : {}) } }
}

function toRuns(found: LookedUp): string[] {
  if (found.kind === 'one') return [found.evaluation.runId]
  return found.kind === 'compared' ? [found.comparison.candidate.runId, found.comparison.champion.runId] : []
}

export function toEvaluationText(evaluation: Evaluation): string {
  const { table, summary } = toEvaluationTable(evaluation)
  const about = `Run ${evaluation.runId}, v${evaluation.version}, set ${evaluation.set.name} (${evaluation.set.size} questions), judge ${evaluation.judge}, finished ${evaluation.finishedAt}.`
  const rows = table.rows.map(
    ([metric, mean, rows, errors]) =>
      `${metric}: ${mean}, ${rows} rows, ${errors} judge errors (v${evaluation.version}, run ${evaluation.runId})`,
  )
  return [summary, about, ...rows].join('\n')
}

export function toEvaluationSaying(evaluation: Evaluation): Saying {
  const { table, summary } = toEvaluationTable(evaluation)
  return { text: summary, blocks: [table], footer: `Run ${evaluation.runId}, finished ${evaluation.finishedAt}` }
}

function toText(found: LookedUp): string {
  if (found.kind === 'one') return toEvaluationText(found.evaluation)
  if (found.kind === 'none') return `v${found.version} was never evaluated, so there are no numbers for it.`
  return found.kind === 'refused' ? found.why : toComparedText(found)
}

function toSaying(found: LookedUp): Saying {
  if (found.kind === 'one') return toEvaluationSaying(found.evaluation)
  if (found.kind === 'none') {
    const text = `v${found.version} was never evaluated, so there are no numbers for it. Write \`evaluate v${found.version}\` to do it now.`
    return { text, buttons: [toEvaluateButton(found.version)] }
  }
  return found.kind === 'refused' ? { text: found.why } : toComparisonSaying(found)
}

export function toEvaluateButton(version: string) {
  return { action: 'evaluate', label: `Evaluate v${version}`, value: { version } }
}
