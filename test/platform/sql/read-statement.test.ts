// What is read from a statement: its kind, its tables, its parameters, its AI calls and their stages; and what each mode lets through.
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../src/core/errors.ts'
import type { SqlMode } from '../../../src/platform/ports/sql.ts'
import { readStatement, toSqlText } from '../../../src/platform/sql/read-statement.ts'
import { toDuckStatement } from '../../../src/platform/sql/to-duck-statement.ts'
import { STREAM_OF_REVIEWS as REVIEWS, DAY_OF_TICKETS as TICKETS } from './published-statements.ts'

function codeOf(text: string, mode: SqlMode = 'read'): string {
  try {
    readStatement({ text, mode })
    return 'read'
  } catch (error) {
    return error instanceof LakedeskError ? error.code : String(error)
  }
}

/** Stage of every call by its function, in the order of the numbers. */
function stagesOf(text: string): string {
  return readStatement({ text })
    .sites.map((site) => `${site.function.slice(3)} ${site.stage}`)
    .join(', ')
}

describe('Reading a statement', () => {
  it('reads the ticket statement of the book as it stands', () => {
    const read = readStatement({ text: TICKETS })
    expect(read).toMatchObject({
      kind: 'select',
      explain: false,
      reads: ['raw_support_tickets'],
      writes: null,
      aiFunctions: ['ai_classify', 'ai_extract', 'ai_summarize'],
    })
    expect(read.sites.map((site) => [site.function, site.databricksType])).toEqual([
      ['ai_classify', 'STRING'],
      ['ai_extract', 'STRUCT<product_name: STRING, error_code: STRING, urgency_level: STRING>'],
      ['ai_summarize', 'STRING'],
    ])
    expect(read.text).not.toContain('--')
  })

  it('reads the pipeline statement of the book as it stands', () => {
    const read = readStatement({ text: REVIEWS, mode: 'create' })
    expect(read).toMatchObject({
      kind: 'create-streaming-table',
      reads: ['raw_product_reviews'],
      writes: 'product_reviews_enriched',
      streamSource: 'raw_product_reviews',
      aiFunctions: ['ai_classify', 'ai_query'],
    })
    expect(read.text).toContain('FROM STREAM(LIVE.raw_product_reviews)')
    expect(readStatement({ text: read.text, mode: 'create' }).text).toBe(read.text)
    expect(codeOf(REVIEWS)).toBe('SQL_REFUSED')
  })

  it('reads properties and the newer STREAM of a streaming table', () => {
    const text =
      "CREATE STREAMING TABLE a.b TBLPROPERTIES ('pipelines.channel' = 'PREVIEW') AS SELECT * FROM STREAM(c.d)"
    const read = readStatement({ text, mode: 'create' })
    expect(read).toMatchObject({ writes: 'a.b', streamSource: 'c.d' })
    expect(read.text).toContain("TBLPROPERTIES ('pipelines.channel' = 'PREVIEW')")
    for (const wrong of [
      'AS SELECT 1',
      'AS SELECT * FROM c',
      'AS DELETE FROM c',
      'AS SELECT * FROM STREAM(c); SELECT 1',
    ]) {
      expect(codeOf(`CREATE STREAMING TABLE a ${wrong}`, 'create')).toMatch(/^SQL_/)
    }
  })

  it('sees EXPLAIN, SHOW TABLES and DESCRIBE', () => {
    expect(readStatement({ text: 'explain SELECT ai_gen(a) FROM t' })).toMatchObject({
      kind: 'select',
      explain: true,
      reads: ['t'],
    })
    expect(readStatement({ text: 'SHOW TABLES' }).kind).toBe('show-tables')
    expect(readStatement({ text: 'DESCRIBE TABLE a.t' })).toMatchObject({ kind: 'describe', reads: ['a.t'] })
  })

  it('lists tables as written, without CTEs, and parameters', () => {
    const text = 'WITH c AS (SELECT * FROM Main.Data.T) SELECT :n, * FROM c JOIN u ON c.id = u.id WHERE x = :other'
    expect(readStatement({ text })).toMatchObject({ reads: ['main.data.t', 'u'], parameters: ['n', 'other'] })
  })

  it('takes parameters for one in whatever letters, in the spelling of the value that is given', () => {
    const text = 'SELECT * FROM t WHERE a = :P OR b = :p'
    expect(readStatement({ text }).parameters).toHaveLength(1)
    expect(readStatement({ text, parameters: { p: 1 } }).parameters).toEqual(['p'])
    expect(toDuckStatement(readStatement({ text, parameters: { p: 1 } })).text).not.toContain('$P')
  })

  it('shows the tables of the list and no others, and lets none be replaced', async () => {
    const shown = readStatement({ text: 'SHOW TABLES', tables: ['main.data.t', "it's"] })
    expect(shown).toMatchObject({ kind: 'select', reads: [] })
    expect(shown.text).toContain("'main.data'")
    expect(readStatement({ text: 'SHOW TABLES', tables: [] }).text).toMatch(/WHERE\s+false/i)
    const create = (text: string) => readStatement({ text, mode: 'create', tables: ['t'] }).writes
    expect(create('CREATE TABLE new AS SELECT * FROM t')).toBe('new')
    for (const text of ['OR REPLACE TABLE secret', 'OR REPLACE TABLE t', 'TABLE t', 'TABLE IF NOT EXISTS t']) {
      expect(() => create(`CREATE ${text} AS SELECT * FROM t`)).toThrow(/new name/)
    }
  })

  it('refuses the sign U+0000 and broken types in a sentence', () => {
    for (const text of ["SELECT 'a\0b'", "SELECT '\\0' AS v"]) {
      expect(codeOf(text), text).toBe('SQL_INVALID')
    }
    const read = readStatement({ text: "SELECT from_json('{}', 'a `x y`') AS v FROM t" })
    expect(() => toDuckStatement(read)).toThrow(/"x y" is no type/)
  })

  it('enforces the list of tables', () => {
    const tables = ['t']
    expect(readStatement({ text: 'SELECT * FROM T', tables }).reads).toEqual(['t'])
    expect(() => readStatement({ text: 'SELECT * FROM u', tables })).toThrow(/u may not be read here/)
    // The inner name is the table itself, not the CTE.
    expect(() => readStatement({ text: 'WITH u AS (SELECT * FROM u) SELECT * FROM u', tables })).toThrow(
      /may not be read/,
    )
  })

  it.each([
    ['create', 'CREATE TABLE x AS SELECT 1 AS a', 'read'],
    ['create', 'CREATE OR REPLACE TABLE a.x AS SELECT ai_gen(b) AS a FROM t', 'read'],
    ['create', 'CREATE TABLE IF NOT EXISTS x AS SELECT 1 AS a', 'read'],
    ['create', 'CREATE TABLE x (a INT)', 'SQL_REFUSED'],
    ['create', 'CREATE VIEW x AS SELECT 1', 'SQL_REFUSED'],
    ['create', "CREATE TABLE x USING csv LOCATION '/tmp/x' AS SELECT 1", 'SQL_REFUSED'],
    ['create', 'CREATE TABLE `/tmp/x` AS SELECT 1', 'SQL_REFUSED'],
    ['create', "CREATE TABLE x AS SELECT * FROM '/etc/passwd'", 'SQL_REFUSED'],
    ['create', 'DROP TABLE x', 'SQL_REFUSED'],
    ['create', 'INSERT INTO x SELECT 1', 'SQL_REFUSED'],
    ['own', 'INSERT INTO x (a) SELECT 1', 'read'],
    ['own', 'UPDATE x SET a = 1 WHERE b = 2', 'read'],
    ['own', 'DELETE FROM x WHERE a = 1', 'read'],
    ['own', 'CREATE TABLE IF NOT EXISTS x (a INT, b STRING, c ARRAY<STRING>)', 'read'],
    [
      'own',
      'MERGE INTO x USING (SELECT 1 AS id) s ON x.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)',
      'read',
    ],
    ['own', 'DROP TABLE x', 'SQL_REFUSED'],
    ['own', 'WITH a AS (DELETE FROM x) SELECT 1', 'SQL_REFUSED'],
  ] as const)('in mode %s: %s gives %s', (mode, text, code) => {
    expect(codeOf(text, mode)).toBe(code)
  })

  it('says where a fault is', () => {
    expect(() => readStatement({ text: 'SELECT a\nFROM t WHERE WHERE' })).toThrow(/line 2/)
    expect(() => readStatement({ text: "SELECT 'open" })).toThrow(/Unterminated string/)
    expect(() => readStatement({ text: 'SELECT 1 /* open' })).toThrow(/comment is not closed/)
  })

  it('lets AI functions of Databricks alone through for Databricks alone', () => {
    const text = 'SELECT ai_parse_document(content) AS d FROM files'
    expect(() => readStatement({ text })).toThrow(/runs on Databricks only/)
    expect(readStatement({ text }, { databricks: true }).functions).toEqual(['ai_parse_document'])
  })

  it('shows a statement in one spelling', () => {
    expect(toSqlText('select a/* x */,b from t where a=1 -- y')).toBe('SELECT\n  a,\n  b\nFROM t\nWHERE\n  a = 1')
  })
})

describe('AI calls of a statement', () => {
  it.each([
    ['SELECT AI_GEN(a), Ai_Mask(b, ARRAY("x")) FROM t', 'gen 0, mask 0'],
    ['SELECT ai_gen(ai_translate(a, "de")) FROM t', 'translate 0, gen 1'],
    ['SELECT ai_gen(a) FROM t WHERE ai_fix_grammar(b) = "x"', 'gen 1, fix_grammar 0'],
    ['SELECT ai_gen(a) AS g, count(*) FROM t GROUP BY ai_gen(a)', 'gen 0'],
    ['SELECT max(ai_gen(a)) FROM t GROUP BY b HAVING max(ai_mask(c, ARRAY("x"))) = "x"', 'gen 1, mask 0'],
    ['SELECT a FROM t QUALIFY row_number() OVER (ORDER BY ai_gen(a)) = 1', 'gen 0'],
    ['SELECT a FROM t ORDER BY ai_gen(a)', 'gen 0'],
    ['SELECT CASE WHEN ai_gen(a) = "x" THEN ai_mask(a, ARRAY("x")) END FROM t', 'gen 0, mask 1'],
    ['SELECT coalesce(ai_gen(a), ai_mask(a, ARRAY("x"))) FROM t', 'gen 0, mask 1'],
    ['SELECT a FROM t WHERE ai_gen(a) = "x" AND ai_fix_grammar(a) = "y"', 'gen 0, fix_grammar 1'],
    ['WITH c AS (SELECT ai_gen(a) AS g FROM t) SELECT ai_fix_grammar(g) FROM c', 'fix_grammar 1, gen 0'],
    ['SELECT ai_gen(s.g) FROM (SELECT ai_fix_grammar(a) AS g FROM t) s', 'gen 1, fix_grammar 0'],
    ['SELECT ai_gen(t.a) FROM t JOIN u ON ai_similarity(t.a, u.a) > 0.5', 'gen 1, similarity 0'],
    ['SELECT ai_gen(a) AS g, ai_fix_grammar(g) AS h FROM t', 'gen 0, fix_grammar 1'],
    ['SELECT transform(array(ai_gen(a)), x -> concat(x, "!")) FROM t', 'gen 0'],
  ])('%s has %s', (text, stages) => {
    expect(stagesOf(text).split(', ').sort()).toEqual(stages.split(', ').sort())
  })

  it('have the version and type that their arguments give', () => {
    const types = (text: string) =>
      readStatement({ text: `SELECT ${text} AS v FROM t` }).sites.map((s) => [s.version, s.databricksType])[0]
    expect(types('ai_classify(a, ARRAY("x", "y"))')).toEqual([1, 'STRING'])
    expect(types(`ai_classify(a, '["x", "y"]', MAP('multilabel', 'true'))`)).toEqual([2, 'VARIANT'])
    expect(types('ai_extract(a, ARRAY("p q"))')).toEqual([1, 'STRUCT<`p q`: STRING>'])
    expect(types(`ai_extract(a, '["x"]')`)).toEqual([2, 'VARIANT'])
    expect(types('ai_similarity(a, b)')).toEqual([null, 'FLOAT'])
    expect(types("ai_query('m', a)")).toEqual([null, 'STRING'])
    expect(types("ai_query('m', a, returnType => 'ARRAY<FLOAT>')")).toEqual([null, 'ARRAY<FLOAT>'])
    expect(types("ai_query('m', a, failOnError => false)")).toEqual([
      null,
      'STRUCT<response: STRING, errorMessage: STRING>',
    ])
    expect(types("ai_query('m', a, responseFormat => 'STRUCT<r: STRUCT<x: INT>>')")).toEqual([null, 'STRUCT<x: INT>'])
    expect(types(`ai_query('m', a, responseFormat => '{"type": "json_object"}')`)).toEqual([null, 'STRING'])
  })

  it.each([
    'SELECT ai_classify(a, b) FROM t',
    'SELECT ai_classify(a) FROM t',
    'SELECT ai_extract(a, ARRAY()) FROM t',
    'SELECT ai_extract(a, ARRAY(b)) FROM t',
    "SELECT ai_query('m', a, responseFormat => 'STRUCT<a: INT, b: INT>') FROM t",
    "SELECT ai_query('m', a, returnType => b) FROM t",
    "SELECT ai_query('m', a, failOnError => b) FROM t",
    'SELECT ai_gen(DISTINCT a) FROM t',
  ])('are invalid in %s', (text) => {
    expect(codeOf(text)).toBe('AI_FUNCTION_INVALID')
  })
})
