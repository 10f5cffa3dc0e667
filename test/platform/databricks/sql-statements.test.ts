// SQL statements on Databricks as the wire has them: typed values, chunks, links that expire, failures at HTTP 200, lost replies, cancelling.
import { afterEach, describe, expect, it } from 'vitest'
import { cannedEngine, type SqlEngine } from '../../../src/platform/lakehouse/sql-engine.ts'
import type { SqlColumn, SqlRow } from '../../../src/platform/ports/sql.ts'
import { TOO_MANY, UNAVAILABLE } from '../../stand-ins/databricks.ts'
import { codeOf, lookUntil, sentenceOf } from '../contract-basics.ts'
import { never, type OpenSql, openSql, rowsOf } from './sql-under-test.ts'

const POST = 'POST /api/2.0/sql/statements'
const CHUNKS = 'GET /api/2.0/sql/statements/'
const OK = { status: 200, headers: { 'content-type': 'application/json' } }
const NUMBERS: SqlColumn[] = [{ name: 'n', type: 'INT' }]
const numbers = (count: number): SqlRow[] => Array.from({ length: count }, (_, n) => [n])
/** Runs until it is stopped. */
const endless: SqlEngine = {
  run: ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    }),
}

describe('SQL on Databricks', () => {
  let open: OpenSql
  afterEach(() => open?.close())

  const all = async (text = 'SELECT n FROM t') => rowsOf(await open.sql.run({ text }, never()))

  it('reads values by the type of their column, which all arrive as text', async () => {
    const cells: [type: string, wire: string | null, value: unknown][] = [
      ['BIGINT', '42', 42],
      ['BIGINT', '9007199254740993', '9007199254740993'],
      ['DECIMAL(10,2)', '12.50', 12.5],
      ['DECIMAL(38,0)', '12345678901234567890', '12345678901234567890'],
      ['DOUBLE', '1.5E10', 1.5e10],
      ['DOUBLE', 'NaN', 'NaN'],
      ['BOOLEAN', 'true', true],
      ['STRING', '007', '007'],
      ['STRING', '{"a":1}', '{"a":1}'],
      ['STRING', null, null],
      ['DATE', '2026-11-22', '2026-11-22'],
      ['TIMESTAMP', '2026-11-22T10:00:00.000+01:00', '2026-11-22T09:00:00.000Z'],
      ['BINARY', 'aGk=', 'aGk='],
      ['ARRAY<STRING>', '["a",null]', ['a', null]],
      ['ARRAY<BIGINT>', '["1","9007199254740993"]', [1, '9007199254740993']],
      ['STRUCT<a: STRING, b: STRUCT<c: INT>>', '{"a":"1","b":{"c":"2"}}', { a: '1', b: { c: 2 } }],
      ['MAP<STRING, BOOLEAN>', '{"x":"true"}', { x: true }],
      ['VARIANT', '{"response":["billing"],"error_message":null}', { response: ['billing'], error_message: null }],
      ['VARIANT', '9007199254740993', '9007199254740993'],
    ]
    const columns = cells.map(([type], nth) => ({ name: `c${nth}`, type }))
    open = await openSql(cannedEngine(columns, [cells.map(([, wire]) => wire)]))
    const result = await open.sql.run({ text: 'SELECT * FROM t' }, never())
    expect(result.columns).toEqual(columns)
    expect(await rowsOf(result)).toEqual([cells.map(([, , value]) => value)])
    expect(result).toMatchObject({ truncated: false, notices: [], usage: null })
  })

  it('sends parameters beside the text with their types, and the text as it was read', async () => {
    open = await openSql()
    const parameters = {
      s: "it's; DROP TABLE t",
      n: 7,
      d: 1.5,
      b: true,
      none: null,
      day: { value: '2026-11-22', type: 'DATE' },
    }
    const text =
      "select 1 /* a remark */ where :s = 'a' or :n > 1 or :d > 1 or :b or :none is null or :day > current_date"
    await open.sql.run({ text, parameters }, never())
    const [sent] = open.standIn.sql.submitted
    expect(sent?.text).toBe((await open.sql.read({ text })).text)
    expect(sent?.text).not.toContain('remark')
    expect(sent?.parameters).toEqual([
      { name: 'b', value: 'true', type: 'BOOLEAN' },
      { name: 'd', value: '1.5', type: 'DOUBLE' },
      { name: 'day', value: '2026-11-22', type: 'DATE' },
      { name: 'n', value: '7', type: 'BIGINT' },
      { name: 'none', value: null, type: 'STRING' },
      { name: 's', value: "it's; DROP TABLE t", type: 'STRING' },
    ])
  })

  it('refuses what writes, a missing parameter and a type that no parameter has, and sends nothing', async () => {
    open = await openSql()
    const { sql } = open
    expect(await codeOf(sql.run({ text: 'DROP TABLE t' }, never()))).toBe('SQL_REFUSED')
    expect(await codeOf(sql.run({ text: 'SELECT 1; SELECT 2' }, never()))).toMatch(/^SQL_/)
    expect(await sentenceOf(sql.run({ text: 'SELECT :n' }, never()))).toContain(':n')
    const parameters = { n: { value: '[1]', type: 'ARRAY<INT>' } }
    expect(await sentenceOf(sql.run({ text: 'SELECT :n', parameters }, never()))).toContain('ARRAY<INT>')
    expect(open.standIn.asked).toEqual([])
  })

  it('follows chunks to the last row, one page each', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(25)))
    open.standIn.sql.rowsPerChunk = 10
    const result = await open.sql.run({ text: 'SELECT n FROM t' }, never())
    const sizes: number[] = []
    const seen: SqlRow[] = []
    for await (const page of result.pages) {
      sizes.push(page.length)
      seen.push(...page)
    }
    expect(sizes).toEqual([10, 10, 5])
    expect(seen).toEqual(numbers(25))
  })

  it.each(['', '{}', '{"data_array":[],"row_count":10}'])(
    'asks again for a chunk that came without its rows (%j), and reads to the last',
    async (body) => {
      open = await openSql(cannedEngine(NUMBERS, numbers(25)))
      open.standIn.sql.rowsPerChunk = 10
      // Past the two looks at the statement: its second chunk.
      open.standIn.faults.add({ start: CHUNKS, fault: { ...OK, body }, times: 1, skip: 2 })
      expect(await all()).toEqual(numbers(25))
    },
  )

  it.each(['', '{}'])('never takes a result for whole whose chunks do not come (%j)', async (body) => {
    open = await openSql(cannedEngine(NUMBERS, numbers(25)))
    open.standIn.sql.rowsPerChunk = 10
    open.standIn.faults.add({ start: CHUNKS, fault: { ...OK, body }, times: 100, skip: 2 })
    const seen: SqlRow[] = []
    const { pages } = await open.sql.run({ text: 'SELECT n FROM t' }, never())
    const read = async (): Promise<void> => {
      for await (const page of pages) seen.push(...page)
    }
    expect(await codeOf(read())).toMatch(/^(SQL|PLATFORM)_FAILED$/)
    expect(seen).toEqual(numbers(10))
    expect(open.standIn.sql.submitted.length).toBe(1)
  })

  it.each([
    ['rows that its total misses', { result: { data_array: [['1']] } }, /1 of 3 rows/],
    ['no rows at all', { result: {} }, /chunk 0|could not be read|not send the whole/],
    ['no manifest', { manifest: undefined, result: { data_array: [['1']] } }, /manifest/],
  ])('refuses a statement that ended well with %s', async (_what, more, words) => {
    open = await openSql(cannedEngine(NUMBERS, numbers(3)))
    const schema = { columns: [{ name: 'n', type_text: 'INT' }] }
    const manifest = { schema, total_chunk_count: 1, total_row_count: 3 }
    const body = JSON.stringify({ statement_id: 'a', status: { state: 'SUCCEEDED' }, manifest, ...more })
    open.standIn.fail(POST, { ...OK, body })
    open.standIn.fail(CHUNKS, { ...OK, body: '{}' }, 100)
    expect(await sentenceOf(all())).toMatch(words)
  })

  it('gives one empty page where there is no row, and says where the limit cut rows off', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(25)))
    const cut = await open.sql.run({ text: 'SELECT n FROM t', rowLimit: 5 }, never())
    expect([(await rowsOf(cut)).length, cut.truncated]).toEqual([5, true])
    await open.close()
    open = await openSql(cannedEngine(NUMBERS, []))
    const pages: unknown[] = []
    for await (const page of (await open.sql.run({ text: 'SELECT n FROM t' }, never())).pages) pages.push(page)
    expect(pages).toEqual([[]])
  })

  it('asks again behind links for what is too large for the answer, and never shows the storage its token', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(30)))
    open.standIn.sql.inlineBytes = 50
    open.standIn.sql.rowsPerChunk = 10
    expect(await all()).toEqual(numbers(30))
    expect(open.standIn.sql.submitted.map(({ disposition }) => disposition)).toEqual(['INLINE', 'EXTERNAL_LINKS'])
    const fetched = open.standIn.asked.filter(({ path }) => path.startsWith('/storage/'))
    expect(fetched.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined])
  })

  it('asks for fresh links where they are over, and where the storage refuses them', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(30)))
    const { standIn, sql } = open
    standIn.sql.inlineBytes = 50
    standIn.sql.rowsPerChunk = 10
    standIn.sql.staleLinks = 1
    expect(await all()).toEqual(numbers(30))
    const seen: SqlRow[] = []
    for await (const page of (await sql.run({ text: 'SELECT n FROM t' }, never())).pages) {
      seen.push(...page)
      standIn.sql.expireLinks()
      standIn.fail('GET /storage/', { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' })
    }
    expect(seen).toEqual(numbers(30))
  })

  it('reads what is behind links though the clock of this machine is hours ahead', async () => {
    const behind = () => Date.now() - 3 * 3_600_000
    open = await openSql(cannedEngine(NUMBERS, numbers(30)), {}, behind)
    open.standIn.sql.inlineBytes = 50
    open.standIn.sql.rowsPerChunk = 10
    expect(await all()).toEqual(numbers(30))
  })

  it('gives up on storage that never answers rows, and shows no address', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(30)))
    open.standIn.sql.inlineBytes = 50
    open.standIn.fail('GET /storage/', { status: 403, body: 'no' }, 100)
    const sentence = await sentenceOf(open.sql.run({ text: 'SELECT n FROM t' }, never()))
    expect(sentence).toContain('HTTP 403')
    expect(sentence).not.toContain('/storage/')
  })

  it('does not pay a second time for AI functions whose result is too large', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(30)))
    open.standIn.sql.inlineBytes = 50
    const text = 'SELECT ai_gen(t) FROM x'
    expect(await sentenceOf(open.sql.run({ text, rowLimit: 30 }, never()))).toContain('25 MiB')
    expect(open.standIn.sql.submitted.length).toBe(1)
    // Without a limit it is behind links from the beginning.
    expect(await all(text)).toEqual(numbers(30))
    expect(open.standIn.sql.submitted.length).toBe(2)
  })

  it.each([
    ['42P01', '[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found.', 'SQL_INVALID'],
    ['42601', "[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'.", 'SQL_INVALID'],
    ['42703', '[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column cannot be resolved.', 'SQL_INVALID'],
    ['42501', '[INSUFFICIENT_PERMISSIONS] Insufficient privileges: no SELECT on t.', 'PLATFORM_UNAUTHORIZED'],
    ['42883', '[AI_FUNCTION_COMPILATION_ERROR] Too few labels.', 'AI_FUNCTION_INVALID'],
    ['2203G', '[AI_FUNCTION_HTTP_PARSE_CAST_ERROR] Failed to parse the answer.', 'AI_FUNCTION_FAILED'],
    ['22012', '[DIVIDE_BY_ZERO] Division by zero.', 'SQL_FAILED'],
  ])('tells what failed at HTTP 200 (%s %s)', async (sql_state, message, code) => {
    open = await openSql()
    open.standIn.sql.failure = { sql_state, error: { error_code: 'BAD_REQUEST', message } }
    const failed = open.sql.run({ text: 'SELECT 1' }, never())
    expect(await codeOf(failed)).toBe(code)
    expect(await sentenceOf(failed)).toContain(message.slice(0, 20))
  })

  it('shortens what the database says, and shows no token of it', async () => {
    open = await openSql()
    const message = `[INTERNAL_ERROR] dapi0123456789abcdef0123456789abcdef ${'x'.repeat(2000)}`
    open.standIn.sql.failure = { error: { error_code: 'INTERNAL_ERROR', message } }
    const sentence = await sentenceOf(open.sql.run({ text: 'SELECT 1' }, never()))
    expect(sentence.length).toBeLessThan(600)
    expect(sentence).not.toContain('dapi0123')
  })

  it('comes again after 429 and 503, with every verb', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(25)))
    open.standIn.sql.rowsPerChunk = 10
    for (const fault of [TOO_MANY, UNAVAILABLE]) {
      open.standIn.fail('POST /api/2.0/sql/statements', fault)
      open.standIn.fail('GET /api/2.0/sql/statements', fault, 2)
      open.standIn.fail('GET /api/2.0/sql/warehouses', fault)
      expect(await all()).toEqual(numbers(25))
    }
  })

  it('repeats a read whose reply was lost', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(3)))
    open.standIn.fail(POST, 'cut-after')
    expect(await all()).toEqual(numbers(3))
    expect(open.standIn.sql.submitted.length).toBe(2)
  })

  it('does not pay twice for a read whose reply was lost', async () => {
    open = await openSql()
    open.standIn.fail(POST, 'cut-after')
    const paid = open.sql.run({ text: "SELECT ai_summarize('a long ticket') AS s", rowLimit: 5 }, never())
    expect(await sentenceOf(paid)).toContain('may have been taken')
    expect(open.standIn.sql.submitted.length).toBe(1)
  })

  it('never hands a write in twice when its reply was lost, and says that it may have run', async () => {
    open = await openSql()
    open.standIn.fail(POST, 'cut-after')
    const write = open.sql.run({ text: 'CREATE TABLE copy AS SELECT 1 AS n', mode: 'create' }, never())
    expect(await sentenceOf(write)).toContain('may have been taken')
    expect(open.standIn.sql.submitted.length).toBe(1)
  })

  it('hands a write in again where it surely did not arrive', async () => {
    open = await openSql()
    open.standIn.fail(POST, TOO_MANY)
    await open.sql.run({ text: 'CREATE TABLE copy AS SELECT 1 AS n', mode: 'create' }, never())
    expect(open.standIn.sql.submitted.length).toBe(1)
  })

  it('cancels on the warehouse when it is aborted', async () => {
    open = await openSql(endless)
    const stop = new AbortController()
    const running = open.sql.run({ text: 'SELECT 1' }, stop.signal)
    await lookUntil(
      async () => open.standIn.sql.submitted.length,
      (count) => count === 1,
    )
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    expect(open.standIn.sql.cancelled.length).toBe(1)
  })

  it('cancels what runs when the process stops', async () => {
    open = await openSql(endless)
    const running = codeOf(open.sql.run({ text: 'SELECT 1' }, never()))
    await lookUntil(
      async () => open.standIn.asked.filter(({ method }) => method === 'GET').length,
      (count) => count > 1,
    )
    await open.sql.close()
    expect(await running).toBe('SQL_FAILED')
    expect(open.standIn.sql.cancelled.length).toBe(1)
  })

  it('says who stopped a statement that was cancelled from outside', async () => {
    open = await openSql(endless)
    const running = open.sql.run({ text: 'SELECT 1' }, never())
    const [id] = await lookUntil(
      async () => open.standIn.asked.flatMap(({ path }) => /statements\/(.+)$/.exec(path)?.[1] ?? []),
      (ids) => ids.length > 0,
    )
    const headers = { authorization: `Bearer ${open.standIn.token}` }
    await fetch(`${open.standIn.host}/api/2.0/sql/statements/${id}/cancel`, { method: 'POST', headers })
    expect(await sentenceOf(running)).toContain('cancelled')
  })

  it('tells credentials that are refused, and a host that does not answer', async () => {
    open = await openSql(undefined, { auth: { kind: 'token', token: 'wrong' } })
    expect(await codeOf(open.sql.run({ text: 'SELECT 1' }, never()))).toBe('PLATFORM_UNAUTHORIZED')
  })

  it('looks names up where it is told to', async () => {
    const columns = ['table_name', 'column_name', 'full_data_type'].map((name) => ({ name, type: 'STRING' }))
    const rows = [
      ['tickets', 'id', 'bigint'],
      ['tickets', 'tags', 'array<struct<Name:string>>'],
      ['reviews', 'id', 'bigint'],
    ]
    open = await openSql(cannedEngine(columns, rows), { catalog: 'main', schema: 'support' })
    expect(await open.sql.listTables(never())).toEqual([
      {
        name: 'tickets',
        columns: [
          { name: 'id', type: 'BIGINT' },
          { name: 'tags', type: 'ARRAY<STRUCT<Name:STRING>>' },
        ],
        rows: null,
      },
      { name: 'reviews', columns: [{ name: 'id', type: 'BIGINT' }], rows: null },
    ])
    await open.sql.run({ text: 'SELECT 1' }, never())
    const posts = open.standIn.asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/statements'))
    expect(posts.map(({ args }) => [args.catalog, args.schema])).toEqual([
      ['main', 'support'],
      ['main', 'support'],
    ])
    expect(open.standIn.sql.submitted[0]).toMatchObject({
      text: expect.stringContaining('FROM `main`.information_schema.columns WHERE table_schema = :schema'),
      parameters: [{ name: 'schema', value: 'support', type: 'STRING' }],
    })
  })

  it('stops reading pages when it is aborted between two', async () => {
    open = await openSql(cannedEngine(NUMBERS, numbers(25)))
    open.standIn.sql.rowsPerChunk = 10
    const stop = new AbortController()
    const { pages } = await open.sql.run({ text: 'SELECT n FROM t' }, stop.signal)
    const read = async (): Promise<void> => {
      for await (const _ of pages) stop.abort(new Error('enough'))
    }
    await expect(read()).rejects.toThrow('enough')
  })

  it('says that a write may have run where its end is not known', async () => {
    open = await openSql()
    const cut = 'GET /api/2.0/sql/statements'
    open.standIn.fail(cut, { status: 500, body: '{"error_code":"INTERNAL_ERROR","message":"lost"}' })
    const write = open.sql.run({ text: 'CREATE TABLE copy AS SELECT 1 AS n', mode: 'create' }, never())
    expect(await sentenceOf(write)).toContain('may have been taken')
    expect(open.standIn.asked.filter(({ path }) => path.endsWith('/cancel')).length).toBe(1)
  })

  it('refuses to estimate a call that stands in no SELECT, and a statement over the budget costs nothing', async () => {
    open = await openSql()
    const merge = `MERGE INTO a USING b ON a.id = b.id WHEN NOT MATCHED THEN INSERT (id, g) VALUES (b.id, ai_gen(b.t))`
    const estimated = codeOf(open.sql.estimate({ text: merge, mode: 'own' }, never()))
    expect(await estimated).toMatch(/^SQL_/)
    expect(open.standIn.sql.submitted).toEqual([])
  })
})
