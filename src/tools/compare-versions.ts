// The tool that compares two versions: is this one better than what we run?
import { z } from 'zod'
import {
  type Compared,
  type ComparisonParts,
  compareVersions,
  toComparedText,
  toComparisonSaying,
} from './compare-two.ts'
import { defineTool, type Tool } from './define-tool.ts'
import { versionText } from './find-version.ts'

const inputSchema = z.object({
  version: versionText.describe('The version in question, such as v3.'),
  against: versionText
    .optional()
    .describe('What to compare with, such as v2. Left out: the version in use (Champion).'),
})
export type CompareVersionsInput = z.infer<typeof inputSchema>

export function createCompareVersions(
  parts: ComparisonParts,
): Tool<CompareVersionsInput, Compared | { kind: 'refused'; why: string }> {
  return defineTool<CompareVersionsInput, Compared | { kind: 'refused'; why: string }>({
    name: 'compare-versions',
    description: `Compares two versions of ${parts.model} question by question on the same evaluation set: differences with 95% intervals, wins and losses, the worst regressions, and the run ids. Use it for "is v3 better than what we run?".`,
    input: inputSchema,
    run: ({ version, against = parts.alias }) => compareVersions(version, against, parts),
    toRefusal: (compared) => (compared.kind === 'refused' ? compared.why : null),
    toModelText: (compared) => (compared.kind === 'refused' ? compared.why : toComparedText(compared)),
    toSaying: (compared) => (compared.kind === 'refused' ? { text: compared.why } : toComparisonSaying(compared)),
    toAuditFacts: (compared) =>
      compared.kind === 'compared'
        ? { runs: [compared.comparison.candidate.runId, compared.comparison.champion.runId] }
        : { result: compared.kind },
  })
}
