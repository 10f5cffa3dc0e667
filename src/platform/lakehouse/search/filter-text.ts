// Filters of STORAGE_OPTIMIZED endpoints: a condition as SQL has it after WHERE.
import { invalid } from '../wire.ts'
import { compare, equals, type Given } from './compare.ts'
import type { Filter } from './filter-dict.ts'
import type { Row } from './index-rows.ts'

/** True, false, or null where SQL does not know. */
type Verdict = boolean | null
type Test = (values: Row['values']) => Verdict

interface Token {
  kind: 'name' | 'quoted' | 'text' | 'number' | 'sign' | 'end'
  text: string
}

const TOKEN =
  /\s+|(?<quoted>`(?:[^`]|``)+`)|(?<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?<sign><>|!=|<=|>=|==|[=<>(),])/y

/** `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, IN, LIKE, BETWEEN, IS NULL, NOT, AND, OR and brackets, with SQL's rules for nulls. */
export function readTextFilter(text: unknown): Filter | undefined {
  if (text === undefined || text === null || text === '') return undefined
  if (typeof text !== 'string') throw invalid('filter_string must be a string.')
  const columns: string[] = []
  const test = createParser(toTokens(text), text, columns).whole()
  return { columns, test: (values) => test(values) === true }
}

function toTokens(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (!found) throw invalid(`filter_string cannot be read at '${text.slice(at, at + 20)}'.`)
    at = TOKEN.lastIndex
    const { quoted, text: literal, number, name, sign } = found.groups ?? {}
    if (quoted) tokens.push({ kind: 'quoted', text: quoted.slice(1, -1).replaceAll('``', '`') })
    else if (literal) tokens.push({ kind: 'text', text: unquote(literal) })
    else if (number) tokens.push({ kind: 'number', text: number })
    else if (name) tokens.push({ kind: 'name', text: name })
    else if (sign) tokens.push({ kind: 'sign', text: sign })
  }
  return [...tokens, { kind: 'end', text: '' }]
}

function unquote(literal: string): string {
  const mark = literal.charAt(0)
  return literal.slice(1, -1).replaceAll(mark + mark, mark)
}

const not = (verdict: Verdict): Verdict => (verdict === null ? null : !verdict)

function createParser(tokens: readonly Token[], source: string, columns: string[]) {
  let at = 0
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '' }
  const fail = (wanted: string) =>
    invalid(`filter_string: ${wanted} was expected instead of '${peek().text || 'the end'}' in: ${source}`)
  const isWord = (word: string) => peek().kind === 'name' && peek().text.toUpperCase() === word
  const isSign = (sign: string) => peek().kind === 'sign' && peek().text === sign
  function takeWord(word: string): boolean {
    if (!isWord(word)) return false
    at += 1
    return true
  }
  function takeSign(sign: string): boolean {
    if (!isSign(sign)) return false
    at += 1
    return true
  }
  function need(taken: boolean, wanted: string): void {
    if (!taken) throw fail(wanted)
  }

  function any(): Test {
    const tests = [all()]
    while (takeWord('OR')) tests.push(all())
    return (values) => {
      const verdicts = tests.map((test) => test(values))
      return verdicts.includes(true) ? true : verdicts.includes(null) ? null : false
    }
  }
  function all(): Test {
    const tests = [one()]
    while (takeWord('AND')) tests.push(one())
    return (values) => {
      const verdicts = tests.map((test) => test(values))
      return verdicts.includes(false) ? false : verdicts.includes(null) ? null : true
    }
  }
  function one(): Test {
    if (takeWord('NOT')) {
      const test = one()
      return (values) => not(test(values))
    }
    if (!takeSign('(')) return condition()
    const inner = any()
    need(takeSign(')'), ')')
    return inner
  }

  function condition(): Test {
    const { kind, text: column } = peek()
    if (kind !== 'name' && kind !== 'quoted') throw fail('a column')
    at += 1
    columns.push(column)
    if (takeWord('IS')) {
      const negated = takeWord('NOT')
      need(takeWord('NULL'), 'NULL')
      return (values) => ((values[column] ?? null) === null) !== negated
    }
    const negated = takeWord('NOT')
    const test = readOperator(column, negated)
    return negated ? (values) => not(test(values)) : test
  }
  function readOperator(column: string, negated: boolean): Test {
    if (takeWord('IN')) return among(column, list())
    if (takeWord('LIKE')) return like(column, literal(), '')
    if (takeWord('ILIKE')) return like(column, literal(), 'i')
    if (takeWord('BETWEEN')) {
      const from = literal()
      need(takeWord('AND'), 'AND')
      const to = literal()
      return (values) => {
        const [low, high] = [compare(values[column], from), compare(values[column], to)]
        return low === undefined || high === undefined ? null : low >= 0 && high <= 0
      }
    }
    const { kind, text } = peek()
    if (negated || kind !== 'sign' || '(),'.includes(text)) throw fail('an operator')
    at += 1
    return comparison(column, text, literal())
  }
  function list(): (Given | null)[] {
    need(takeSign('('), '(')
    const values = [literal()]
    while (takeSign(',')) values.push(literal())
    need(takeSign(')'), ')')
    return values
  }
  function literal(): Given | null {
    // DATE '2026-01-01' is the text of the date.
    if ((isWord('DATE') || isWord('TIMESTAMP')) && tokens[at + 1]?.kind === 'text') at += 1
    const { kind, text } = peek()
    if (kind === 'text' || kind === 'number') {
      at += 1
      return kind === 'text' ? text : Number(text)
    }
    if (takeWord('TRUE')) return true
    if (takeWord('FALSE')) return false
    need(takeWord('NULL'), 'a value')
    return null
  }

  return {
    whole(): Test {
      const test = any()
      if (peek().kind !== 'end') throw fail('the end')
      return test
    },
  }
}

const isNull = (values: Row['values'], column: string) => (values[column] ?? null) === null

function comparison(column: string, operator: string, given: Given | null): Test {
  return (values) => {
    if (given === null || isNull(values, column)) return null
    const order = compare(values[column], given)
    if (operator === '=' || operator === '==') return order === 0
    if (operator === '<>' || operator === '!=') return order !== 0
    if (order === undefined) return null
    if (operator === '<') return order < 0
    if (operator === '<=') return order <= 0
    return operator === '>' ? order > 0 : order >= 0
  }
}

function among(column: string, list: readonly (Given | null)[]): Test {
  return (values) => {
    if (isNull(values, column)) return null
    if (list.some((one) => equals(values[column], one))) return true
    return list.includes(null) ? null : false
  }
}

/** `%` stands for any characters, `_` for one, a backslash takes the meaning of the sign after it. */
function like(column: string, pattern: Given | null, flags: string): Test {
  const source = String(pattern ?? '').replace(/\\(.)|%|_|[.*+?^${}()|[\]\\]/gs, (sign: string, escaped?: string) => {
    if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\]/, '\\$&')
    return sign === '%' ? '.*' : sign === '_' ? '.' : `\\${sign}`
  })
  const expression = new RegExp(`^${source}$`, `s${flags}`)
  return (values) => (pattern === null || isNull(values, column) ? null : expression.test(String(values[column])))
}
