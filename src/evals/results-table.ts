// The table of a run, one row per question, in the split orientation MLflow writes and shows; written and read back.
import { z } from 'zod'
import { answerSchema, caseResultSchema, caseSchema } from './case-result.ts'
import type { CaseResult, Score } from './evaluation.ts'
import { METRIC_NAMES, type MetricName, prefixOf, toScale } from './metrics.ts'

/** Where MLflow keeps it, and looks for it. */
export const RESULTS_TABLE = 'eval_results_table.json'

const CASE_COLUMNS = ['id', 'question', 'expected', 'facts', 'page', 'also', 'thread', 'unanswerable', 'tags'] as const
const ANSWER_COLUMNS = {
  answer: 'text',
  refused: 'refused',
  cited: 'cited',
  passages: 'passages',
  latency_ms: 'latencyMs',
  input_tokens: 'inputTokens',
  output_tokens: 'outputTokens',
  cost_usd: 'costUsd',
} as const

const tableSchema = z.object({ columns: z.array(z.string()), data: z.array(z.array(z.unknown())) })
export type ResultsTable = z.infer<typeof tableSchema>

type Row = Record<string, unknown>

/**
 * Per metric that any row has: `{name}/v1/score` on MLflow's scale, `{name}/value` as scored (0 to 1, ms, tokens, USD),
 * `{name}/v1/justification`, and `{name}/error` where the judge failed.
 */
export function toResultsTable(rows: readonly CaseResult[]): ResultsTable {
  const metrics = METRIC_NAMES.filter((metric) => rows.some((row) => row.scores[metric]))
  const columns = [...CASE_COLUMNS, ...Object.keys(ANSWER_COLUMNS), 'error', 'trace_id', ...metrics.flatMap(columnsOf)]
  const data = rows.map((row) => {
    const cells = toCells(row, metrics)
    return columns.map((column) => cells[column] ?? null)
  })
  return { columns, data }
}

/** Throws ZodError, SyntaxError or RangeError for a table that is damaged. */
export function parseResultsTable(text: string): CaseResult[] {
  const { columns, data } = tableSchema.parse(JSON.parse(text))
  return data.map((cells) => {
    if (cells.length !== columns.length) throw new RangeError('a row of the table has not as many cells as columns')
    return toResult(Object.fromEntries(columns.map((column, at) => [column, cells[at]])))
  })
}

function columnsOf(metric: MetricName): string[] {
  return [`${prefixOf(metric)}/score`, `${metric}/value`, `${prefixOf(metric)}/justification`, `${metric}/error`]
}

function toCells(row: CaseResult, metrics: readonly MetricName[]): Row {
  const cells: Row = { ...row.case, error: row.error, trace_id: row.traceId }
  for (const [column, field] of Object.entries(ANSWER_COLUMNS)) cells[column] = row.answer?.[field]
  for (const metric of metrics) {
    const score = row.scores[metric]
    const [scaled, value, justification, error] = columnsOf(metric) as [string, string, string, string]
    if (score?.kind === 'score') {
      cells[scaled] = toScale(metric, score.value)
      cells[value] = score.value
      cells[justification] = score.rationale
    } else if (score?.kind === 'none') cells[justification] = score.why
    else if (score?.kind === 'error') cells[error] = score.why
  }
  return cells
}

function toResult(cells: Row): CaseResult {
  const answer = Object.fromEntries(Object.entries(ANSWER_COLUMNS).map(([column, field]) => [field, cells[column]]))
  const scores = METRIC_NAMES.flatMap((metric) => {
    const score = toScore(cells, metric)
    return score ? [[metric, score] as const] : []
  })
  const { also, thread, ...fixed } = cells
  return caseResultSchema.parse({
    case: caseSchema.parse({ ...fixed, ...(also ? { also } : {}), ...(thread ? { thread } : {}) }),
    answer: cells.answer === null ? null : answerSchema.parse(answer),
    error: cells.error,
    scores: Object.fromEntries(scores),
    traceId: cells.trace_id,
  })
}

/** A cell that is there but holds another type is left to the schema to refuse. */
function toScore(cells: Row, metric: MetricName): Score | null {
  const [, value, justification, error] = columnsOf(metric).map((column) => cells[column] ?? null)
  if (value !== null)
    return { kind: 'score', value, ...(justification === null ? {} : { rationale: justification }) } as Score
  if (error !== null) return { kind: 'error', why: error } as Score
  if (justification !== null) return { kind: 'none', why: justification } as Score
  return null
}
