// AI calls in DuckDB: the types they come back with, and how few rows reach them.
import { type DuckDBConnection, DuckDBInstance, DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toDatabricksType } from '../../../src/platform/sql/databricks-type.ts'
import { readStatement } from '../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../src/platform/sql/to-duck-statement.ts'

let database: DuckDBInstance
let connection: DuckDBConnection
let asked: string[] = []
let answer: (site: number, args: unknown[]) => string | null = () => null

beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:')
  connection = await database.connect()
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'lakedesk_ai',
      parameterTypes: [INTEGER, VARCHAR],
      returnType: VARCHAR,
      mainFunction: (_info, input, output) => {
        const [sites, args] = [input.getColumnVector(0), input.getColumnVector(1)]
        for (let row = 0; row < input.rowCount; row += 1) {
          const given = String(args.getItem(row))
          asked.push(given)
          output.setItem(row, answer(Number(sites.getItem(row)), JSON.parse(given)))
        }
        output.flush()
      },
    }),
  )
  await connection.run(
    `CREATE TABLE t AS SELECT i AS id, 'text ' || i AS a, i % 10 AS k, [i, i] AS l FROM range(100) r(i)`,
  )
})

afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

beforeEach(() => {
  asked = []
  answer = (_site, [content]) => (content === null ? null : `<${String(content)}>`)
})

async function run(text: string, mode: 'read' | 'own' = 'read') {
  const duck = toDuckStatement(readStatement({ text, mode }))
  const result = await connection.runAndReadAll(duck.query ?? duck.text)
  return {
    names: result.columnNames(),
    rows: result.getRowsJson(),
    types: result.columnTypes().map((type) => type.alias ?? String(type)),
  }
}

describe('AI calls in DuckDB', () => {
  it('come back as text, JSON, numbers and structs', async () => {
    const answers = [
      'plain',
      '{"response":["billing"],"error_message":null}',
      '0.25',
      '{"p q":"x","r":null}',
      '{"response":{"x":1},"errorMessage":null}',
    ]
    answer = (site) => answers[site] ?? null
    const { rows, types } =
      await run(`SELECT ai_gen(a) AS g, ai_classify(a, '["billing", "b"]') AS c, ai_similarity(a, 'x') AS s,
      ai_extract(a, ARRAY('p q', 'r')) AS e, ai_query('m', a, returnType => 'STRUCT<x: INT>', failOnError => false) AS q FROM t WHERE id = 1`)
    expect(types.map(toDatabricksType)).toEqual([
      'STRING',
      'VARIANT',
      'FLOAT',
      'STRUCT<`p q`: STRING, r: STRING>',
      'STRUCT<response: STRUCT<x: INT>, errorMessage: STRING>',
    ])
    expect(rows).toEqual([
      ['plain', answers[1], 0.25, { 'p q': 'x', r: null }, { response: { x: 1 }, errorMessage: null }],
    ])
  })

  it('give their parts as text without quotes', async () => {
    answer = () => '{"response":["billing"],"error_message":null}'
    const text = `SELECT r:response[0]::string AS label FROM (SELECT ai_classify(a, '["billing", "b"]') AS r FROM t WHERE id = 1) WHERE r:response[0]::string = 'billing'`
    expect((await run(text)).rows).toEqual([['billing']])
  })

  it('get their arguments as JSON in the order of the call', async () => {
    answer = () => '{"response":"x","errorMessage":null}'
    await run(
      `SELECT ai_query('m', request => a, modelParameters => named_struct('max_tokens', 5), failOnError => false) AS q FROM t WHERE id = 1`,
    )
    expect(asked).toEqual(['["m","text 1",{"max_tokens":5},false]'])
    const read = readStatement({ text: `SELECT ai_query('m', request => a, failOnError => true) FROM t` })
    expect(read.sites[0]?.names).toEqual([null, 'request', 'failOnError'])
  })

  it('work in GROUP BY, HAVING, ORDER BY and in aggregates', async () => {
    answer = (_site, [content]) => (Number(String(content).slice(5)) % 2 === 0 ? 'even' : 'odd')
    const text = 'SELECT ai_gen(a) AS g, count(*) AS n FROM t GROUP BY ai_gen(a) HAVING max(ai_gen(a)) > "a" ORDER BY g'
    expect((await run(text)).rows).toEqual([
      ['even', '50'],
      ['odd', '50'],
    ])
  })

  it('are made for the rows alone that ordinary conditions leave', async () => {
    const { rows } = await run("SELECT id FROM t WHERE ai_gen(a) = '<text 7>' AND k = 7 AND (id < 20 OR id > 90)")
    expect(rows).toEqual([['7']])
    expect(asked.length).toBe(3)
  })

  it('are not made for rows that an ordinary alternative keeps', async () => {
    const { rows } = await run(
      "SELECT count(*) AS n FROM t WHERE (ai_gen(a) = '<text 7>' OR k = 1 OR id > 50) AND k < 8",
    )
    expect(rows).toEqual([['45']])
    expect(asked.length).toBe(36)
  })

  it('are made for the pairs alone that ordinary conditions of a JOIN leave', async () => {
    await run("SELECT t.id FROM t JOIN t u ON ai_gen(concat(t.a, u.a)) = 'x' AND t.id = u.id AND t.k = 3")
    expect(asked.length).toBe(10)
  })

  it.each([
    [
      'SELECT id, ai_gen(a) AS g FROM t ORDER BY id DESC LIMIT 3',
      [
        ['99', '<text 99>'],
        ['98', '<text 98>'],
        ['97', '<text 97>'],
      ],
      3,
    ],
    [
      'SELECT id AS n, ai_gen(a) AS g, upper(a) AS u FROM t ORDER BY n DESC LIMIT 1',
      [['99', '<text 99>', 'TEXT 99']],
      1,
    ],
    ['SELECT ai_gen(a) AS g FROM t WHERE k = 1 ORDER BY id LIMIT 1 OFFSET 1', [['<text 11>']], 1],
    ['SELECT *, ai_gen(a) AS g FROM t ORDER BY id LIMIT 1', [['0', 'text 0', '0', ['0', '0'], '<text 0>']], 1],
    [
      'WITH c AS (SELECT id, a FROM t) SELECT c.id, ai_gen(c.a) AS g FROM c JOIN t u ON c.id = u.id ORDER BY u.id DESC LIMIT 1',
      [['99', '<text 99>']],
      1,
    ],
    ['SELECT ai_gen(ai_fix_grammar(a)) AS g FROM t ORDER BY id LIMIT 1', [['<<text 0>>']], 2],
    ['SELECT size(transform(l, x -> x + length(ai_gen(a)))) AS s FROM t ORDER BY id LIMIT 1', [['2']], 2],
  ])('are made for the rows alone that LIMIT leaves: %s', async (text, rows, calls) => {
    const result = await run(text)
    expect(result.rows).toEqual(rows)
    expect(result.names.join()).not.toContain('lakedesk')
    expect(asked.length).toBeLessThanOrEqual(calls)
  })

  it.each([
    ['SELECT id FROM t ORDER BY ai_gen(a) DESC LIMIT 1', [['9']]],
    ['SELECT id, ai_gen(a) AS g FROM t ORDER BY g DESC LIMIT 1', [['9', '<text 9>']]],
    ['SELECT DISTINCT ai_gen(CAST(k AS STRING)) AS g FROM t ORDER BY g LIMIT 2', [['<0>'], ['<1>']]],
    ['SELECT id, row_number() OVER (ORDER BY ai_gen(a) DESC) AS r FROM t ORDER BY id DESC LIMIT 1', [['99', '2']]],
    ['SELECT mean(id) AS m, ai_gen(max(a)) AS g FROM t LIMIT 1', [[49.5, '<text 99>']]],
    [
      'SELECT ai_gen(a) AS g FROM t WHERE id = 1 UNION ALL SELECT ai_gen(a) FROM t WHERE id = 2 ORDER BY g LIMIT 1',
      [['<text 1>']],
    ],
    ['SELECT id AS k, ai_gen(CAST(k AS STRING)) AS g FROM t WHERE id = 12 LIMIT 1', [['12', '<2>']]],
  ])('stay where they decide which rows are left: %s', async (text, rows) => {
    expect((await run(text)).rows).toEqual(rows)
  })

  it.each([
    ["SELECT id FROM t WHERE (id < 5 AND ai_gen(a) = 'x') OR id = 99", [['99']], 5],
    ["SELECT id FROM t WHERE (id < 2 AND ai_gen(a) = '<text 1>') OR (id < 3 AND ai_gen(a) = '<text 2>')", 2, 3],
    ["SELECT count(*) AS n FROM t WHERE NOT (id >= 5 OR ai_gen(a) = '<text 1>')", [['4']], 5],
    ["SELECT count(*) AS n FROM t WHERE NOT (ai_gen(a) = '<text 1>' OR NOT (id < 5))", [['4']], 5],
    ["SELECT a FROM t GROUP BY a HAVING count(*) > 1 AND ai_gen(a) <> 'x'", [], 0],
    [
      "SELECT id FROM t QUALIFY ai_gen(a) <> 'x' AND row_number() OVER (ORDER BY id) < 3 ORDER BY id",
      [['0'], ['1']],
      2,
    ],
    ['SELECT count(ai_gen(a)) FILTER (WHERE id < 5) AS n FROM t', [['5']], 5],
    ["SELECT count_if(id < 5 AND ai_gen(a) = '<text 3>') AS n FROM t", [['1']], 5],
    ["SELECT count(CASE WHEN ai_gen(a) = '<text 3>' AND id < 5 THEN 1 END) AS n FROM t", [['1']], 5],
    ["SELECT t.id FROM t JOIN t u ON t.id = u.id AND u.id + t.id < 6 WHERE ai_gen(t.a) = '<text 1>'", [['1']], 3],
    ["SELECT id FROM t WHERE id > 1000 AND ai_gen('const') = 'x'", [], 0],
    ["SELECT count(CASE WHEN id > 1000 THEN ai_gen('const') END) AS n FROM t", [['0']], 0],
    ['SELECT k, ai_gen(max(a)) AS g FROM t GROUP BY k ORDER BY k LIMIT 2', 2, 2],
    ['SELECT id, ai_gen(a) AS g, row_number() OVER (ORDER BY id DESC) AS r FROM t ORDER BY id LIMIT 1', 1, 1],
    ['SELECT * EXCEPT (l, k), ai_gen(a) AS g FROM t ORDER BY id LIMIT 1', [['0', 'text 0', '<text 0>']], 1],
  ])('are not made for rows that plain conditions drop: %s', async (text, rows, calls) => {
    const result = await run(text)
    if (typeof rows === 'number') expect(result.rows).toHaveLength(rows)
    else expect(result.rows).toEqual(rows)
    expect(new Set(asked).size).toBeLessThanOrEqual(calls)
  })

  it.each([
    'SELECT id FROM n WHERE NOT (v > 15 AND ai_gen(a) = a) ORDER BY id',
    'SELECT id FROM n WHERE NOT (v > 15 OR ai_gen(a) = a) ORDER BY id',
    'SELECT id FROM n WHERE (v > 15 AND ai_gen(a) = a) IS NULL ORDER BY id',
    'SELECT id FROM n WHERE (v < 15 AND NOT (v > 5 OR ai_gen(a) = a)) OR (v IS NULL AND NOT ai_gen(a) = a) ORDER BY id',
    'SELECT id, CASE WHEN NOT (v > 15 AND ai_gen(a) = a) THEN 1 ELSE 2 END AS c FROM n ORDER BY id',
    'SELECT n.id FROM n JOIN n m ON n.id = m.v RIGHT JOIN n o ON o.id = n.id WHERE coalesce(ai_gen(n.a), o.a) = o.a ORDER BY 1',
    'SELECT o.id FROM n JOIN n m ON n.id = m.v RIGHT JOIN n o ON o.id = n.id WHERE ai_gen(o.a) = o.a ORDER BY 1',
    'SELECT n.id, m.id FROM n LEFT JOIN n m ON n.v = m.id AND ai_gen(m.a) = n.a ORDER BY 1, 2',
  ])('keep the rows of unknown values as they are: %s', async (text) => {
    await connection.run(
      "CREATE OR REPLACE TABLE n AS SELECT * FROM (VALUES (1, 10, 'a'), (2, 20, 'b'), (3, NULL, 'c'), (4, 2, NULL), (20, 1, 'd')) v(id, v, a)",
    )
    answer = (_site, [content]) => (content === 'b' ? 'other' : content === null ? null : String(content))
    const plain = text.replaceAll(/ai_gen\((\w\.)?a\)/g, "CASE WHEN $1a = 'b' THEN 'other' ELSE $1a END")
    const expected = await connection.runAndReadAll(toDuckStatement(readStatement({ text: plain })).text)
    expect((await run(text)).rows).toEqual(expected.getRowsJson())
  })

  it('name a field of an answer by the field', async () => {
    answer = () => '{"p":"x"}'
    const { names } = await run("SELECT ai_extract(a, ARRAY('p')).p FROM t LIMIT 1")
    expect(names).toEqual(['p'])
  })

  it('are made for no more rows than are wanted, however large the LIMIT', async () => {
    const text = 'SELECT id, ai_gen(a) AS g FROM t ORDER BY id LIMIT 50'
    await connection.runAndReadAll(toDuckStatement(readStatement({ text }), 3).text)
    expect(asked.length).toBe(3)
  })

  it('of statements that write are found in what they read', async () => {
    const query = (text: string) => toDuckStatement(readStatement({ text, mode: 'own' })).query
    expect(query('CREATE TABLE x AS SELECT ai_gen(a) AS g FROM t')).toMatch(/^SELECT LAKEDESK_AI/)
    expect(query('INSERT INTO t (a) SELECT ai_gen(a) FROM t')).toMatch(/^SELECT LAKEDESK_AI/)
    expect(
      query(
        'MERGE INTO t USING (SELECT id, ai_gen(a) AS g FROM t) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.g',
      ),
    ).toMatch(/^SELECT "id", LAKEDESK_AI/)
    await run('UPDATE t SET a = ai_gen(a) WHERE id = 5', 'own')
    expect(asked).toEqual(['["text 5"]'])
    expect(query('INSERT INTO t (a) SELECT a FROM t')).toBeNull()
    expect(() => query('MERGE INTO t USING t s ON ai_gen(t.a) = s.a WHEN MATCHED THEN DELETE')).toThrow(/behind USING/)
  })
})

describe('Types of DuckDB', () => {
  it.each([
    ['VARCHAR', 'STRING'],
    ['HUGEINT', 'BIGINT'],
    ['DECIMAL(10,2)', 'DECIMAL(10,2)'],
    ['TIMESTAMP', 'TIMESTAMP_NTZ'],
    ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP'],
    ['INTEGER[]', 'ARRAY<INT>'],
    ['STRUCT(a INTEGER, "b, c" VARCHAR[])[]', 'ARRAY<STRUCT<a: INT, `b, c`: ARRAY<STRING>>>'],
    ['MAP(VARCHAR, STRUCT(x DOUBLE))', 'MAP<STRING, STRUCT<x: DOUBLE>>'],
    ['JSON', 'VARIANT'],
    ["ENUM('a', 'b')", 'STRING'],
  ])('%s is %s', (duck, databricks) => {
    expect(toDatabricksType(duck)).toBe(databricks)
  })
})
