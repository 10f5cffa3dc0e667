// Aggregates whose NULLs, or whose empty groups, DuckDB treats otherwise.
import { fill } from './fill-template.ts'
import { binary, bodyOf, call, isRecord, paren, type SqlNode } from './tree.ts'

const COLLECTING = new Set(['collect_list', 'collect_set', 'array_agg'])

export function isCollecting(name: string): boolean {
  return COLLECTING.has(name)
}

/** An array without NULLs; of nothing an empty one. `body` is the call with its DISTINCT, FILTER and ORDER BY, in DuckDB's meaning. */
export function toCollected(name: string, args: readonly unknown[], body: SqlNode): SqlNode {
  const [value] = args
  const distinct = name === 'collect_set' || body.distinct === true
  const collected = {
    aggregate_function: {
      name: 'array_agg',
      args: [value],
      distinct,
      filter: present(value, body.filter),
      order_by: Array.isArray(body.order_by) ? body.order_by : [],
      limit: null,
      ignore_nulls: null,
      trailing_comments: [],
    },
  }
  return call('coalesce', [collected, call('list_value', [])])
}

/** A window goes around the aggregate, not around what was put around that. */
export function toWindow(window: SqlNode, inner: SqlNode): SqlNode {
  const wrapper = bodyOf(inner, 'function')
  const [first, ...more] = Array.isArray(wrapper?.args) ? wrapper.args : []
  if (wrapper?.name !== 'coalesce' || !bodyOf(first, 'aggregate_function')) {
    return { window_function: { ...window, this: inner } }
  }
  return { function: { ...wrapper, args: [{ window_function: { ...window, this: first } }, ...more] } }
}

/** The first or last value that is not NULL. `body` is in DuckDB's meaning. */
export function toFirst(kind: 'first' | 'last', body: SqlNode): SqlNode {
  return { [kind]: { ...body, ignore_nulls: null, filter: present(body.this, body.filter) } }
}

function present(value: unknown, filter: unknown): unknown {
  const there = fill('$1 IS NOT NULL', [value])
  return isRecord(filter) ? binary('and', paren(filter), there) : there
}
