// What a streaming table of the embedded tables may be made of: each of its rows comes from one row of the source alone.
import { TYPED_AGGREGATES } from './allowed-nodes.ts'
import { refuse } from './check-tree.ts'
import { functionName } from './function-name.ts'
import { FUNCTIONS } from './functions.ts'
import { bodyOf, expressionOf, isRecord, listOf, nameOf, type SqlNode, walk } from './tree.ts'

const CLAUSES: Readonly<Record<string, string>> = {
  group_by: 'GROUP BY',
  having: 'HAVING',
  qualify: 'QUALIFY',
  distinct: 'DISTINCT',
  distinct_on: 'DISTINCT',
  order_by: 'ORDER BY',
  sort_by: 'SORT BY',
  limit: 'LIMIT',
  offset: 'OFFSET',
}
const FIX = 'Leave it out, and compute it in a SELECT over the finished table.'

/** Rows come in batches, so nothing may look at several of them. `source` is in small letters. Throws SQL_REFUSED. */
export function checkStream(tree: SqlNode, source: string): void {
  const select = bodyOf(tree, 'select') ?? {}
  for (const [field, words] of Object.entries(CLAUSES)) if (isFilled(select[field])) throw notInStream(words)
  for (const { kind } of listOf(select.joins)) {
    if (['Right', 'Full', 'NaturalRight', 'NaturalFull'].includes(String(kind)))
      throw notInStream('a JOIN that keeps rows of the other table')
  }
  const aggregate = firstAggregate(select)
  if (aggregate) throw notInStream(aggregate)
  const again = [...walk(tree)].filter((node) => {
    const table = bodyOf(node, 'table')
    const parts = table ? [table.catalog, table.schema, table.name].map(nameOf).filter((part) => part !== null) : []
    return parts.join('.').toLowerCase() === source
  })
  if (again.length > 1) throw notInStream(`the table ${source}, read a second time`)
}

/** Queries inside read other tables, and those whole. */
function firstAggregate(value: unknown): string | null {
  if (Array.isArray(value)) {
    for (const part of value) {
      const found = firstAggregate(part)
      if (found) return found
    }
    return null
  }
  if (!isRecord(value) || bodyOf(value, 'select') || bodyOf(value, 'union')) return null
  const expression = expressionOf(value)
  const kind = expression?.kind ?? ''
  if (kind === 'window_function') return 'a window function'
  if (kind === 'within_group' || TYPED_AGGREGATES.includes(kind)) return `${kind.replaceAll('_', ' ').toUpperCase()}()`
  const name = expression ? functionName(kind, expression.body) : null
  if (name !== null && (AGGREGATES.has(name) || (kind === 'aggregate_function' && FUNCTIONS.has(name))))
    return `${name}()`
  return firstAggregate(Object.values(value))
}

const AGGREGATES = new Set(
  `collect_list collect_set array_agg percentile percentile_cont percentile_disc percentile_approx approx_percentile max_by min_by corr
  covar_pop covar_samp regr_slope regr_intercept kurtosis bool_or bool_and every some any std mean count_if string_agg listagg
  row_number rank dense_rank percent_rank cume_dist ntile`.split(/\s+/),
)

function isFilled(value: unknown): boolean {
  return Boolean(value) && !(Array.isArray(value) && value.length === 0)
}

function notInStream(what: string) {
  return refuse(`A streaming table takes its rows in batches, so ${what} is not available on the embedded tables.`, FIX)
}
