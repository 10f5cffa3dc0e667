// What every driver of the SQL port must do, whatever warehouse is behind it: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AiCall } from '../../src/platform/ports/ai-functions.ts'
import { readObjects, type Sql, type SqlStatement, type SqlValue } from '../../src/platform/ports/sql.ts'
import { codeOf, newName } from './contract-basics.ts'

export interface SqlUnderTest {
  /** Its AI functions are answered by `createScriptedEngine()`, with a price. */
  sql: Sql
  /** What that engine was asked so far. */
  asked: readonly AiCall[]
  /** True where the warehouse promises no sharing of answers, so that each row has to be reckoned with as a call. */
  callsByRow?: boolean
  close(): Promise<void>
}

const TICKETS = `VALUES (1, 'billing: I was billed twice code=E42', DATE'2026-11-20'), (2, 'technical trouble with the app', DATE'2026-11-21'),
  (3, 'billing: I was billed twice code=E42', DATE'2026-11-22'), (4, 'nothing to see', DATE'2026-11-22'), (5, NULL, DATE'2026-11-22')`

/** `open` is called once; every test uses tables of its own. */
export function describeSqlContract(name: string, open: () => Promise<SqlUnderTest>): void {
  describe(`${name} keeps the contract of SQL`, () => {
    let under: SqlUnderTest
    const never = new AbortController().signal

    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())

    const run = async (statement: SqlStatement | string, signal = never) => {
      const result = await under.sql.run(typeof statement === 'string' ? { text: statement } : statement, signal)
      return { ...result, truncated: () => result.truncated, objects: await readObjects(result) }
    }
    const one = async (
      expression: string,
      parameters: SqlStatement['parameters'] = {},
    ): Promise<SqlValue | undefined> => {
      const { objects } = await run({ text: `SELECT ${expression} AS v`, parameters })
      return objects[0]?.v
    }
    const own = (text: string) => run({ text, mode: 'own' })
    const newTickets = async (): Promise<string> => {
      const table = newName('contract_tickets')
      await own(`CREATE TABLE ${table} AS SELECT id, text, day FROM ${TICKETS} AS t(id, text, day)`)
      return table
    }
    const code = (statement: SqlStatement | string, signal = never) => codeOf(run(statement, signal))

    describe('rows and values', () => {
      it('gives rows in order with the columns as they are named', async () => {
        const table = await newTickets()
        const { columns, objects, truncated } = await run(
          `SELECT id, day AS on_day FROM ${table} WHERE id > 2 ORDER BY id DESC`,
        )
        expect(columns.map((column) => column.name)).toEqual(['id', 'on_day'])
        expect(objects).toEqual([
          { id: 5, on_day: '2026-11-22' },
          { id: 4, on_day: '2026-11-22' },
          { id: 3, on_day: '2026-11-22' },
        ])
        expect(truncated()).toBe(false)
      })

      it('tells columns of an empty result', async () => {
        const table = await newTickets()
        const { columns, objects } = await run(`SELECT id, text FROM ${table} WHERE id > 99`)
        expect(columns.map((column) => column.name)).toEqual(['id', 'text'])
        expect(objects).toEqual([])
      })

      it('types values as JSON has them, and keeps digits that a number would lose', async () => {
        expect(await one("CAST('123456789012345' AS BIGINT)")).toBe(123456789012345)
        expect(await one("CAST('1234567890123456789' AS BIGINT)")).toBe('1234567890123456789')
        expect(await one('CAST(12.50 AS DECIMAL(10,2))')).toBe(12.5)
        expect(await one("CAST('12345678901234567.25' AS DECIMAL(20,2))")).toBe('12345678901234567.25')
        expect(await one('CAST(1.5 AS DOUBLE)')).toBe(1.5)
        expect(await one('true')).toBe(true)
        expect(await one('CAST(NULL AS STRING)')).toBe(null)
        expect(await one("DATE'2026-02-28'")).toBe('2026-02-28')
        const time = String(await one("TIMESTAMP'2026-02-28 10:11:12'"))
        expect(new Date(time).toISOString()).toBe('2026-02-28T10:11:12.000Z')
        expect(await one("array('a', 'b')")).toEqual(['a', 'b'])
        expect(await one("named_struct('a', 1, 'b', array(true))")).toEqual({ a: 1, b: [true] })
        expect(await one("map('k', 1)")).toEqual({ k: 1 })
        expect(await one('parse_json(\'{"a":[1,null]}\')')).toEqual({ a: [1, null] })
      })

      it('pages through a large result without losing or doubling a row', async () => {
        const result = await under.sql.run({ text: 'SELECT id FROM range(0, 25000) AS r(id) ORDER BY id' }, never)
        const ids: SqlValue[] = []
        let pages = 0
        for await (const page of result.pages) {
          pages += 1
          for (const row of page) ids.push(row[0] ?? null)
        }
        expect(pages).toBeGreaterThan(1)
        expect(ids).toEqual(Array.from({ length: 25_000 }, (_, i) => i))
      })

      it('cuts at the row limit and says so', async () => {
        const table = await newTickets()
        const cut = await run({ text: `SELECT id FROM ${table} ORDER BY id`, rowLimit: 2 })
        expect(cut.objects.map(({ id }) => id)).toEqual([1, 2])
        expect(cut.truncated()).toBe(true)
        const whole = await run({ text: `SELECT id FROM ${table} ORDER BY id`, rowLimit: 5 })
        expect(whole.objects).toHaveLength(5)
        expect(whole.truncated()).toBe(false)
      })

      it('lists tables with their columns', async () => {
        const table = await newTickets()
        const found = (await under.sql.listTables(never)).find((one) => one.name.split('.').at(-1) === table)
        expect(found?.columns.map((column) => column.name)).toEqual(['id', 'text', 'day'])
        expect(found?.columns.map((column) => column.type)).toEqual(['INT', 'STRING', 'DATE'])
      })
    })

    describe('parameters', () => {
      it('takes values by name, never as text of the statement', async () => {
        const hostile = "x' OR 1=1 --"
        expect(await one(':text', { text: hostile })).toBe(hostile)
        expect(await one(':n + 1', { n: 41 })).toBe(42)
        expect(await one(':yes', { yes: true })).toBe(true)
        expect(await one(':none IS NULL', { none: null })).toBe(true)
        expect(await one(':day', { day: { value: '2026-11-22', type: 'DATE' } })).toBe('2026-11-22')
      })

      it('refuses a statement whose parameter has no value', async () => {
        expect(await code('SELECT :missing AS v')).toBe('SQL_INVALID')
      })
    })

    describe('errors', () => {
      it.each([
        ['SELEC 1', 'SQL_INVALID'],
        ['SELECT * FROM no_such_table_here', 'SQL_INVALID'],
        ['SELECT no_such_column FROM (SELECT 1 AS a)', 'SQL_INVALID'],
        ['SELECT 1; SELECT 2', 'SQL_REFUSED'],
        ['DROP TABLE contract', 'SQL_REFUSED'],
        ['CREATE TABLE contract_written AS SELECT 1 AS a', 'SQL_REFUSED'],
        ['INSERT INTO contract SELECT 1 AS a', 'SQL_REFUSED'],
        ["SELECT ai_classify('text', array('one'))", 'AI_FUNCTION_INVALID'],
      ])('%s: %s', async (text, expected) => {
        expect(await code(text)).toBe(expected)
      })

      it('reads only tables that are allowed', async () => {
        const table = await newTickets()
        expect(await code({ text: `SELECT * FROM ${table}`, tables: ['another'] })).toBe('SQL_REFUSED')
        const { objects } = await run({ text: `SELECT count(*) AS n FROM ${table}`, tables: [table] })
        expect(objects).toEqual([{ n: 5 }])
      })

      it('ends with the reason of the abort, before and while it runs', async () => {
        const stopped = new AbortController()
        stopped.abort(new Error('stopped by a person'))
        await expect(run('SELECT 1 AS a', stopped.signal)).rejects.toThrow('stopped by a person')
        const table = newName('contract_many')
        await own(`CREATE TABLE ${table} AS SELECT id FROM range(0, 20000) AS r(id)`)
        const slow = `SELECT count(*) AS n FROM ${table} a, ${table} b, ${table} c WHERE a.id * b.id % 1013 = c.id % 1019`
        const later = new AbortController()
        setTimeout(() => later.abort(new Error('stopped while running')), 150)
        await expect(run(slow, later.signal)).rejects.toThrow('stopped while running')
      })
    })

    describe('AI functions', () => {
      it('answer in the first form: a label, a struct, text', async () => {
        const table = await newTickets()
        const { objects } = await run(
          `SELECT id, ai_classify(text, array('billing', 'technical')) AS category, ai_extract(text, array('code')) AS found,
            ai_summarize(text, 2) AS short FROM ${table} ORDER BY id`,
        )
        const billing = { category: 'billing', found: { code: 'E42' }, short: 'billing: I' }
        expect(objects).toEqual([
          { id: 1, ...billing },
          { id: 2, category: 'technical', found: { code: null }, short: 'technical trouble' },
          { id: 3, ...billing },
          { id: 4, category: null, found: { code: null }, short: 'nothing to' },
          { id: 5, category: null, found: null, short: null },
        ])
      })

      it('answer in the second form: the response beside an error message', async () => {
        const v2 = await one(`ai_classify('a technical text', '["billing","technical"]')`)
        expect(v2).toMatchObject({ response: ['technical'], error_message: null })
        const fields = await one(`ai_extract('code=E7', '{"code":{"type":"string"}}')`)
        expect(fields).toMatchObject({ response: { code: 'E7' }, error_message: null })
        expect(await one(`ai_classify(CAST(NULL AS STRING), '["billing","technical"]')`)).toBe(null)
      })

      it('stand in WHERE, GROUP BY, CTEs and joins, and ask each text once', async () => {
        const table = await newTickets()
        const marker = newName('reason')
        const before = under.asked.length
        const labels = `array('billing', 'technical', '${marker}')`
        const { objects } = await run(
          `WITH labelled AS (SELECT id, ai_classify(text, ${labels}) AS category FROM ${table})
           SELECT l.category, count(*) AS n FROM labelled l JOIN ${table} t ON t.id = l.id WHERE l.category IS NOT NULL GROUP BY l.category ORDER BY n DESC`,
        )
        expect(objects).toEqual([
          { category: 'billing', n: 2 },
          { category: 'technical', n: 1 },
        ])
        const texts = under.asked.slice(before).map((call) => (call.function === 'ai_classify' ? call.content : ''))
        expect(new Set(texts).size).toBe(texts.length)
        expect(texts).toHaveLength(3)
        const { objects: filtered } = await run(
          `SELECT id FROM ${table} WHERE ai_classify(text, ${labels}) = 'technical'`,
        )
        expect(filtered).toEqual([{ id: 2 }])
      })

      it('tell ai_query its answer as text, and errors as values where it may not fail', async () => {
        expect(await one(`ai_query('some-endpoint', 'Hello')`)).toBe('answer to Hello')
        const told = await one(`ai_query('some-endpoint', 'Hello', failOnError => false)`)
        expect(told).toEqual({ response: 'answer to Hello', errorMessage: null })
      })
    })

    describe('estimate', () => {
      it('counts rows and calls without asking', async () => {
        const table = await newTickets()
        const before = under.asked.length
        const text = `SELECT ai_translate(concat(text, '${newName('x')}'), 'de') AS v FROM ${table}`
        const estimate = await under.sql.estimate({ text }, never)
        expect(under.asked.length).toBe(before)
        expect(estimate.sites).toHaveLength(1)
        expect(estimate.sites[0]).toMatchObject({ function: 'ai_translate', rows: 4 })
        const calls = under.callsByRow ? 4 : 3
        expect(estimate.sites[0]?.distinct).toBe(3)
        expect(estimate.total.calls).toBe(calls)
        expect(await code({ text, budget: { calls: 2 } })).toBe('SQL_BUDGET')
        expect(under.asked.length).toBe(before)
        const { objects } = await run({ text: `EXPLAIN ${text}` })
        expect(objects[0]).toMatchObject({ function: 'ai_translate', rows: 4, calls })
        expect(under.asked.length).toBe(before)
      })
    })

    describe('changes', () => {
      it('creates a table from a SELECT where that is allowed', async () => {
        const [table, made] = [await newTickets(), newName('contract_made')]
        const text = `CREATE TABLE ${made} AS SELECT id, ai_classify(text, array('billing', 'technical')) AS category FROM ${table}`
        await run({ text, mode: 'create' })
        const { objects } = await run(
          `SELECT category, count(*) AS n FROM ${made} GROUP BY category ORDER BY n DESC, category`,
        )
        expect(objects[0]?.n).toBe(2)
        expect(objects.map(({ category }) => category).sort()).toEqual(['billing', null, 'technical'].sort())
        expect(['SQL_INVALID', 'SQL_FAILED']).toContain(await code({ text, mode: 'create' }))
      })

      it('merges new rows only, and again without doubling one', async () => {
        const [table, made] = [await newTickets(), newName('contract_merged')]
        await own(`CREATE TABLE ${made} (id INT, category STRING)`)
        const merge = `MERGE INTO ${made} AS target USING (SELECT t.id, ai_classify(t.text, array('billing', 'technical')) AS category FROM ${table} t
          LEFT ANTI JOIN ${made} m ON m.id = t.id) AS source ON target.id = source.id
          WHEN NOT MATCHED THEN INSERT (id, category) VALUES (source.id, source.category)`
        await own(merge)
        await own(merge)
        const { objects } = await run(`SELECT id, category FROM ${made} ORDER BY id`)
        expect(objects.map(({ category }) => category)).toEqual(['billing', 'technical', 'billing', null, null])
      })

      it('inserts, updates and deletes what Lakedesk wrote itself', async () => {
        const table = await newTickets()
        await own(`INSERT INTO ${table} (id, text, day) SELECT 6, 'late', DATE'2026-11-23'`)
        await own(`UPDATE ${table} SET text = 'later' WHERE id = 6`)
        await own(`DELETE FROM ${table} WHERE id < 6`)
        const { objects } = await run(`SELECT id, text, day FROM ${table}`)
        expect(objects).toEqual([{ id: 6, text: 'later', day: '2026-11-23' }])
      })
    })
  })
}
