// What a statement may make: what is bounded passes, what grows or takes too long is refused with a way out.
import { describe, expect, it } from 'vitest'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'

const read = (expression: string): unknown => readStatement({ text: `SELECT ${expression} AS v FROM tickets` })

describe('Patterns of LIKE', () => {
  it.each([
    "body LIKE '%refund%'",
    "body ILIKE '%refund%card%'",
    "body LIKE 'E\\\\_4%'",
    "body LIKE '%E_2%' AND body NOT LIKE '%a_b%'",
    "body LIKE ANY ('%a%', '%b%', 'c_')",
    "body LIKE '%a%b%c%d%e%f'",
    'body LIKE :pattern',
    "body ILIKE '%' || :word || '%'",
    "body ILIKE concat('%', lower(:word), '%')",
  ])('%s passes', (text) => {
    expect(() => read(text)).not.toThrow()
  })

  it.each([
    "body LIKE '%_a%_a%_a%_a%_a%_a%_a%_ab'",
    "body ILIKE '%a%b%c%d'",
    "body LIKE '%a%b%c%d' ESCAPE '!'",
    "repeat('a', 10000) ILIKE '%a%b'",
    "body LIKE ANY ('x', '%_a%_b%_c')",
    "like(body, '%_a%_b%_c')",
    'body LIKE team',
    "body LIKE repeat('%_a', 9)",
    "body LIKE concat('%_a%', '_b%', '_c')",
    "body LIKE concat('%', team, '%')",
  ])('%s is refused', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'SQL_REFUSED' }))
  })
})

describe('Formats of numbers', () => {
  it.each(["'#,##0.00'", "'0.0'", "'#,###'", '2'])('%s passes', (format) => {
    expect(() => read(`format_number(n, ${format})`)).not.toThrow()
  })

  it.each(["'999999999'", `'${'0'.repeat(101)}'`, "'1f}{:,.1'", "'{}'", "''", 'n'])('%s is refused', (format) => {
    expect(() => read(`format_number(n, ${format})`)).toThrow(expect.objectContaining({ code: 'SQL_REFUSED' }))
  })
})

describe('Steps of reduce()', () => {
  it.each([
    '0, (sum, item) -> sum + item',
    "'', (joined, item) -> concat(joined, ', ', item)",
    "'', (joined, item) -> joined || item",
    '0, (most, item) -> CASE WHEN item > most THEN item ELSE most END',
    '0, (most, item) -> greatest(most, length(item) + size(array(item, item)))',
  ])('%s passes', (steps) => {
    expect(() => read(`reduce(array(1, 2), ${steps})`)).not.toThrow()
  })

  it.each([
    "replace('xx', 'x', a)",
    'array_repeat(a, 1000)',
    "regexp_replace(a, 'a', 'aa')",
    'repeat(a, 2)',
    'transform(array(a, a), y -> y)',
    "lpad(a, 1000, 'x')",
    'flatten(array(a, a))',
    "split(a, '')",
    'concat(a, upper(a))',
    'a || a',
    'hex(a)',
    "concat_ws(a, 'x', 'y', 'z')",
    "array_join(array('x', 'y'), a)",
    'reduce(array(1, 2), a, (b, y) -> concat(b, a))',
    "format_string('%s', a)",
  ])('%s is refused', (step) => {
    const text = `aggregate(sequence(1, 40), 'xx', (a, x) -> ${step})`
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'SQL_REFUSED' }))
  })
})

describe('Sizes of texts', () => {
  it.each([
    "SELECT replace(replace(body, '&', '&amp;'), '<', '&lt;') FROM tickets",
    "SELECT concat(id, ': ', subject, body, team, body) FROM tickets",
    "SELECT array_join(transform(split(body, ' '), word -> concat(upper(word), '!')), ' ') FROM tickets",
    "SELECT array_join(collect_list(body), ', ') FROM tickets GROUP BY team",
    "SELECT listagg(body, ', ') FROM tickets",
    "SELECT lpad(id, 8, '0') || rpad(team, 20, ' ') FROM tickets",
    "SELECT regexp_replace(body, '[0-9]+', '#') FROM tickets",
    'SELECT size(transform(sequence(1, 100000), n -> n * 2)) FROM tickets',
    "WITH a AS (SELECT concat(body, ' ') AS body FROM tickets), b AS (SELECT upper(body) AS body FROM a) SELECT body FROM b",
    "SELECT repeat('ab', 10000) FROM tickets",
    "SELECT replace(left(repeat('a', 10000), 10), 'a', repeat('b', 10000)) FROM tickets",
    "SELECT left(repeat('a', 10000), 1000) ILIKE '%a%b', substring(body, 1, 200) FROM tickets",
  ])('%s passes', (text) => {
    expect(() => readStatement({ text })).not.toThrow()
  })

  const doubled = (depth: number): string =>
    depth === 0
      ? "SELECT repeat('a', 10000) AS x FROM tickets"
      : `SELECT concat(x, x, x, x, x, x, x, x, x, x) AS x FROM (${doubled(depth - 1)})`

  it.each([
    "SELECT replace(replace(repeat('a', 10000), 'a', repeat('b', 10000)), 'b', repeat('c', 100)) FROM tickets",
    doubled(3),
    "WITH a AS (SELECT repeat('a', 10000) AS x FROM tickets), b AS (SELECT replace(x, 'a', x) AS y FROM a) SELECT y FROM b",
    "SELECT replace(y, 'a', y) FROM (SELECT repeat('a', 10000) FROM tickets) AS t(y)",
    "SELECT repeat('a', 10000) AS x, replace(x, 'a', x) AS y FROM tickets",
    "SELECT regexp_replace(repeat('a', 10000), '.', '$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0') FROM tickets",
    "SELECT array_join(array_repeat(body, 100000), ',') FROM tickets",
    "SELECT array_join(sequence(1, 100000), repeat('x', 10000)) FROM tickets",
    "SELECT reduce(sequence(1, 100000), '', (a, n) -> concat(a, repeat('x', 10000))) FROM tickets",
    "SELECT id FROM tickets WHERE replace(repeat('a', 10000), 'a', repeat('b', 10000)) = 'x'",
  ])('%s is refused', (text) => {
    expect(() => readStatement({ text })).toThrow(
      expect.objectContaining({ code: 'SQL_REFUSED', message: expect.stringMatching(/signs|items/) }),
    )
  })
})
