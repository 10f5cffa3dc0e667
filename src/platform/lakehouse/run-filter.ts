// The filter grammar of MLflow's search, as far as runs need it: conditions on metrics, params, tags and attributes, joined by AND.

import { getPair, type Point, type StoredRun } from './stored-run.ts'
import { invalid } from './wire.ts'

type Holds = (run: StoredRun, latest: ReadonlyMap<string, Point>) => boolean

const KINDS: Record<string, 'metric' | 'param' | 'tag' | 'attribute'> = {
  ...{ metric: 'metric', metrics: 'metric' },
  ...{ param: 'param', params: 'param', parameter: 'param', parameters: 'param' },
  ...{ tag: 'tag', tags: 'tag' },
  ...{ attr: 'attribute', attribute: 'attribute', attributes: 'attribute', run: 'attribute' },
}
/** Other words for attributes. */
const ATTRIBUTES: Record<string, string> = { created: 'start_time', created_at: 'start_time', 'run name': 'run_name' }
const CONDITION =
  /^\s*(?:(\w+)\.)?(`[^`]+`|"[^"]+"|[\w./-]+)\s*(!=|>=|<=|=|>|<|NOT\s+IN\b|IN\b|LIKE\b|ILIKE\b)\s*(.+?)\s*$/is

/** Throws INVALID_PARAMETER_VALUE for what the grammar does not hold, such as OR. */
export function parseFilter(filter: string): Holds {
  const conditions = filter.trim() === '' ? [] : splitConjunction(filter).map(parseCondition)
  return (run, latest) => conditions.every((holds) => holds(run, latest))
}

/** At AND outside of quotes. */
function splitConjunction(filter: string): string[] {
  const parts: string[] = ['']
  for (const token of filter.match(/'[^']*'|"[^"]*"|`[^`]*`|\bAND\b|\bOR\b|[^'"`]/gi) ?? []) {
    if (/^or$/i.test(token)) throw invalid(`Invalid clause(s) in filter string: 'OR'`)
    if (/^and$/i.test(token)) parts.push('')
    else parts.push((parts.pop() ?? '') + token)
  }
  return parts
}

function parseCondition(condition: string): Holds {
  const [, prefix = 'attribute', rawKey = '', rawOperator = '', rawValue = ''] = CONDITION.exec(condition) ?? []
  const kind = KINDS[prefix.toLowerCase()]
  if (!kind || rawKey === '') throw invalid(`Invalid comparison in filter string: '${condition.trim()}'`)
  const key = rawKey.replace(/^[`"](.*)[`"]$/, '$1')
  const operator = rawOperator.toUpperCase().replace(/\s+/, ' ')
  const isNumber = kind === 'metric' || (kind === 'attribute' && /^(start|end)_time$/.test(key))
  if (isNumber) {
    const wanted = Number(rawValue)
    if (Number.isNaN(wanted)) throw invalid(`Expected numeric value for ${key}, got ${rawValue}`)
    return (run, latest) =>
      compare(operator, Number(kind === 'metric' ? latest.get(key)?.value : run.info[key]), wanted)
  }
  if (['>', '<', '>=', '<='].includes(operator)) throw invalid(`Invalid comparator '${operator}' for ${key}`)
  const values = rawValue
    .replace(/^\((.*)\)$/, '$1')
    .match(/'[^']*'|"[^"]*"/g)
    ?.map((one) => one.slice(1, -1))
  if (!values) throw invalid(`Expected a quoted string value for ${key}, got ${rawValue}`)
  return (run) => compareText(operator, textOf(run, kind, key), values)
}

function textOf(run: StoredRun, kind: string, key: string): string | undefined {
  if (kind === 'param') return getPair(run.params, key)
  if (kind === 'tag') return getPair(run.tags, key)
  const value = run.info[key]
  return value === undefined ? undefined : String(value)
}

function compare(operator: string, value: number, wanted: number): boolean {
  if (Number.isNaN(value)) return false
  if (operator === '=') return value === wanted
  if (operator === '!=') return value !== wanted
  if (operator === '>') return value > wanted
  if (operator === '<') return value < wanted
  return operator === '>=' ? value >= wanted : value <= wanted
}

function compareText(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  if (value === undefined) return false
  const [first = ''] = wanted
  if (operator === '=') return value === first
  if (operator === '!=') return value !== first
  if (operator === 'IN') return wanted.includes(value)
  if (operator === 'NOT IN') return !wanted.includes(value)
  const source = first
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, operator === 'ILIKE' ? 'is' : 's').test(value)
}

type Order = (a: StoredRun, b: StoredRun) => number

/** `metrics.x DESC` and its like, one after the other; then the newest first, then by id. What has no value goes last. */
export function parseOrder(given: unknown, latest: (run: StoredRun) => ReadonlyMap<string, Point>): Order {
  const keys = (Array.isArray(given) ? given : []).map((one) => parseOrderKey(String(one), latest))
  return (a, b) => {
    for (const { valueAt, sign } of keys) {
      const order = compareValues(valueAt(a), valueAt(b), sign)
      if (order !== 0) return order
    }
    return b.info.start_time - a.info.start_time || (a.info.run_id < b.info.run_id ? -1 : 1)
  }
}

function parseOrderKey(given: string, latest: (run: StoredRun) => ReadonlyMap<string, Point>) {
  const [, prefix = 'attribute', rawKey = '', direction = 'ASC'] =
    /^\s*(?:(\w+)\.)?(`[^`]+`|"[^"]+"|[\w./-]+)(?:\s+(ASC|DESC))?\s*$/i.exec(given) ?? []
  const kind = KINDS[prefix.toLowerCase()]
  if (!kind || rawKey === '') throw invalid(`Invalid order_by clause '${given}'`)
  const written = rawKey.replace(/^[`"](.*)[`"]$/, '$1')
  const key = kind === 'attribute' ? (ATTRIBUTES[written.toLowerCase()] ?? written) : written
  return {
    sign: direction.toUpperCase() === 'DESC' ? -1 : 1,
    valueAt(run: StoredRun): string | number | undefined {
      if (kind === 'metric') {
        const value = latest(run).get(key)?.value
        return value === undefined ? undefined : Number(value)
      }
      const value = kind === 'attribute' ? run.info[key] : textOf(run, kind, key)
      return typeof value === 'number' || value === undefined ? value : String(value)
    },
  }
}

function compareValues(a: string | number | undefined, b: string | number | undefined, sign: number): number {
  const [noA, noB] = [a, b].map((one) => one === undefined || Number.isNaN(one))
  if (noA || noB) return Number(noA) - Number(noB)
  return a === b || a === undefined || b === undefined ? 0 : (a < b ? -1 : 1) * sign
}
