// The filter grammar of MLflow's search, as far as runs need it: conditions on metrics, params, tags and attributes, joined by AND.

import type { Point, StoredRun } from './stored-run.ts'
import { invalid } from './wire.ts'

type Holds = (run: StoredRun, latest: Map<string, Point>) => boolean

const KINDS: Record<string, 'metric' | 'param' | 'tag' | 'attribute'> = {
  ...{ metric: 'metric', metrics: 'metric' },
  ...{ param: 'param', params: 'param', parameter: 'param', parameters: 'param' },
  ...{ tag: 'tag', tags: 'tag' },
  ...{ attr: 'attribute', attribute: 'attribute', attributes: 'attribute', run: 'attribute' },
}
const CONDITION =
  /^\s*(?:(\w+)\.)?(`[^`]+`|"[^"]+"|[\w.]+)\s*(!=|>=|<=|=|>|<|NOT\s+IN\b|IN\b|LIKE\b|ILIKE\b)\s*(.+?)\s*$/is

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
  if (kind === 'param') return run.params.get(key)
  if (kind === 'tag') return run.tags.get(key)
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
