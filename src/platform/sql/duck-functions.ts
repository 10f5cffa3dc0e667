// Which functions of DuckDB a generated text may call: those of its tree, and those of what Lakedesk writes itself.
import { TYPED_AGGREGATES, TYPED_FUNCTIONS } from './allowed-nodes.ts'
import { FUNCTIONS } from './functions.ts'
import { writtenTemplates } from './parser.ts'
import { bodyOf, nameOf, type SqlNode, walk } from './tree.ts'

/** How the parser, or DuckDB, writes kinds of syntax that are no calls in the tree. */
const WRITTEN_SO = `trim ltrim rtrim date_part extract like_escape not_like_escape ilike_escape not_ilike_escape list_apply
  list_filter list_value array_extract struct_extract unnest count_star count_if string_agg array_agg row_number rank dense_rank
  percent_rank cume_dist ntile quantile_cont quantile_disc percentile_cont percentile_disc mode approx_count_distinct bool_or bool_and
  stddev_pop stddev_samp any_value struct_pack row arg_max arg_min to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds`

/** Names in small letters. Names that stand in raw text alone, as in that of a type, are not among them. */
export function duckFunctionsOf(tree: SqlNode): ReadonlySet<string> {
  const names = new Set([...WRITTEN_SO.split(/\s+/), ...TYPED_AGGREGATES, ...Object.keys(TYPED_FUNCTIONS)])
  for (const name of FUNCTIONS.keys()) names.add(name)
  for (const template of writtenTemplates()) {
    for (const [, name] of template.matchAll(/([a-z_]\w*)\s*\(/gi)) names.add((name ?? '').toLowerCase())
  }
  for (const node of walk(tree)) {
    const name = nameOf(bodyOf(node, 'function')) ?? nameOf(bodyOf(node, 'aggregate_function'))
    if (name !== null) names.add(name.toLowerCase())
  }
  return names
}
