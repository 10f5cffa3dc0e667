// Files become tables, or are refused with the line and the reason.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import type { LoadOptions } from '../../../../src/platform/local/sql/load/load-table.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { sentenceOf } from '../../contract-basics.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal

describe('loading a file as a table', () => {
  let folder: string
  let sql: LocalSql
  let n = 0

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-load-'))
    sql = createLocalSql({
      folder,
      engine: createScriptedEngine(),
      log: silentLog,
      rate: { concurrency: 1, perMinute: null },
    })
  })
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    n += 1
  })

  const write = (ending: string, content: string | Uint8Array): string => {
    const file = join(folder, `file${n}.${ending}`)
    writeFileSync(file, content)
    return file
  }
  const load = (file: string, options: Partial<LoadOptions> = {}) => sql.load(file, { signal: never, ...options })
  const rowsOf = async (table: string) => readObjects(await sql.run({ text: `SELECT * FROM ${table}` }, never))
  const refusal = (ending: string, content: string | Uint8Array, options: Partial<LoadOptions> = {}) =>
    sentenceOf(load(write(ending, content), options))

  describe('CSV', () => {
    it('finds the types, and keeps what only looks like a number', async () => {
      const csv =
        'id,zip,price,open,day,at,note\n1,01234,1.50,true,2026-02-28,2026-02-28T10:00:00Z,a\n-2,99999,2,FALSE,2026-03-01,2026-02-28 11:00:00,\n'
      const report = await load(write('csv', csv))
      expect(report.columns.map(({ type }) => type)).toEqual([
        'BIGINT',
        'STRING',
        'DOUBLE',
        'BOOLEAN',
        'DATE',
        'TIMESTAMP',
        'STRING',
      ])
      expect(await rowsOf(report.table)).toEqual([
        { id: 1, zip: '01234', price: 1.5, open: true, day: '2026-02-28', at: '2026-02-28T10:00:00.000Z', note: 'a' },
        { id: -2, zip: '99999', price: 2, open: false, day: '2026-03-01', at: '2026-02-28T11:00:00.000Z', note: null },
      ])
    })

    it('keeps a day that does not exist, and a number too long for a BIGINT, as text', async () => {
      const report = await load(write('csv', 'day,number\n2026-02-31,12345678901234567890\n'))
      expect(report.columns.map(({ type }) => type)).toEqual(['STRING', 'STRING'])
    })

    it.each([
      [';', 'a;b\n"x;1";2\n'],
      ['\t', 'a\tb\nx;1\t2\n'],
      ['|', 'a|b\nx;1|2\n'],
      [',', '"a","b"\r\n"x;1",2\r\n'],
    ])('finds the delimiter %j', async (_, csv) => {
      const report = await load(write('csv', csv))
      expect(await rowsOf(report.table)).toEqual([{ a: 'x;1', b: 2 }])
    })

    it('takes quotes within quotes, line ends within values, and a byte order mark', async () => {
      const report = await load(write('csv', '\ufeffa,b\n"say ""hi""\nthere",1\n'))
      expect(await rowsOf(report.table)).toEqual([{ a: 'say "hi"\nthere', b: 1 }])
    })

    it('takes UTF-16 with its mark, and Windows-1252 where it is named', async () => {
      const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('name\nJürgen\n', 'utf16le')])
      expect(await rowsOf((await load(write('csv', wide))).table)).toEqual([{ name: 'Jürgen' }])
      n += 1000
      const western = Buffer.from('name\nJ\xfcrgen\n', 'latin1')
      const report = await load(write('csv', western), { encoding: 'windows-1252' })
      expect(await rowsOf(report.table)).toEqual([{ name: 'Jürgen' }])
    })

    it('says which encoding it may be, and how to convert it', async () => {
      const western = await refusal('csv', Buffer.from('name\nJ\xfcrgen\n', 'latin1'))
      expect(western).toContain('bytes that are no UTF-8')
      expect(western).toContain('--encoding windows-1252')
      n += 1000
      const bare = await refusal('csv', Buffer.from('name\nJürgen\n', 'utf16le'))
      expect(bare).toContain('UTF-16LE without a byte order mark')
    })

    it('names broken rows by line, and loads the others where that is wanted', async () => {
      const csv = 'a,b\n1,2\n3\n"x\ny",5\n6,7,8\n9,10\n'
      const sentence = await refusal('csv', csv)
      expect(sentence).toContain('2 rows are broken')
      expect(sentence).toContain('line 3: it has 1 value and the header 2')
      expect(sentence).toContain('line 6: it has 3 values')
      const report = await load(write('csv', csv), { skipBroken: true })
      expect(report).toMatchObject({ rows: 3, skipped: 2, faults: [{ line: 3 }, { line: 6 }] })
      expect(await rowsOf(report.table)).toEqual([
        { a: '1', b: 2 },
        { a: 'x\ny', b: 5 },
        { a: '9', b: 10 },
      ])
    })

    it('tells a quote that is broken', async () => {
      expect(await refusal('csv', 'a,b\n1,2\nsay "hi",3\n')).toContain('quote')
      n += 1000
      expect(await refusal('csv', 'a,b\n1,2\n"never closed,3\n4,5\n')).toContain('never closed')
    })

    it('names at most five broken rows', async () => {
      const sentence = await refusal('csv', `a,b\n${'1\n'.repeat(12)}`)
      expect(sentence.match(/line \d+/g)).toHaveLength(5)
      expect(sentence).toContain('and 7 more')
    })

    it.each([
      ['', 'it is empty'],
      ['  \n\n', 'it is empty'],
      ['a,A\n1,2\n', 'two columns are named "A"'],
      ['a,\n1,2\n', 'column 2 has no name'],
      ['1,2026-01-01\n2,2026-01-02\n', 'is a value and no name'],
    ])('refuses %j', async (csv, why) => {
      expect(await refusal('csv', csv)).toContain(why)
    })

    it('takes a header without rows', async () => {
      const report = await load(write('csv', 'a,b\n'))
      expect(report).toMatchObject({ rows: 0, columns: [{ name: 'a' }, { name: 'b' }] })
    })
  })

  describe('JSON', () => {
    it('takes lines and arrays alike, with fields that come and go', async () => {
      const objects = [
        { id: 1, when: '2026-02-01', code: '01', tags: ['a'], 'odd/na~me "x"': true },
        { id: 2.5, when: null, code: '7', more: 'x' },
      ]
      for (const [ending, text] of [
        ['jsonl', objects.map((one) => JSON.stringify(one)).join('\n')],
        ['json', JSON.stringify(objects, null, 2)],
      ] as const) {
        n += 1000
        const report = await load(write(ending, text))
        expect(report.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
          'id DOUBLE',
          'when DATE',
          'code STRING',
          'tags VARIANT',
          'odd/na~me "x" BOOLEAN',
          'more STRING',
        ])
        expect(await rowsOf(report.table)).toEqual([
          { id: 1, when: '2026-02-01', code: '01', tags: ['a'], 'odd/na~me "x"': true, more: null },
          { id: 2.5, when: null, code: '7', tags: null, 'odd/na~me "x"': null, more: 'x' },
        ])
      }
    })

    it('names broken lines', async () => {
      const sentence = await refusal('jsonl', '{"a":1}\n{"a":\n[1]\n')
      expect(sentence).toContain('line 2: it is no JSON')
      expect(sentence).toContain('line 3: it is no JSON object')
    })

    it('says when an array is cut off', async () => {
      expect(await refusal('json', '[{"a":1},{"a":2}')).toContain('never closed')
    })
  })

  it('takes Parquet with its types, nested ones too', async () => {
    const file = join(folder, 'people.parquet')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(
      `COPY (SELECT i AS id, 'text ' || i AS text, [i, i + 1] AS list, {'a': i, 'b': DATE '2026-01-01'} AS pair, 1.25::DECIMAL(9,2) AS price
        FROM range(5000) r(i)) TO '${file}' (FORMAT parquet)`,
    )
    connection.closeSync()
    instance.closeSync()
    const report = await load(file)
    expect(report).toMatchObject({ table: 'people', rows: 5000, format: 'Parquet' })
    expect(report.columns.map(({ type }) => type)).toEqual([
      'BIGINT',
      'STRING',
      'ARRAY<BIGINT>',
      'STRUCT<a: BIGINT, b: DATE>',
      'DECIMAL(9,2)',
    ])
    const result = await sql.run({ text: 'SELECT * FROM people WHERE id IN (0, 4999) ORDER BY id' }, never)
    expect((await readObjects(result))[1]).toEqual({
      id: 4999,
      text: 'text 4999',
      list: [4999, 5000],
      pair: { a: 4999, b: '2026-01-01' },
      price: 1.25,
    })
    expect(await refusal('parquet', 'no parquet at all')).toContain('cannot be loaded')
  })

  it('replaces a table only where that is asked for, and keeps it when the new file is broken', async () => {
    const file = write('csv', 'a\n1\n')
    const { table } = await load(file)
    expect(await sentenceOf(load(file))).toContain(`there is a table "${table}" already`)
    writeFileSync(file, 'a\n1\n2,3\n')
    expect(await sentenceOf(load(file, { replace: true }))).toContain('line 3')
    expect(await rowsOf(table)).toEqual([{ a: 1 }])
    writeFileSync(file, 'a\n7\n')
    await load(file, { replace: true })
    expect(await rowsOf(table)).toEqual([{ a: 7 }])
  })

  it('makes the name of the file plain, and takes another one', async () => {
    const file = join(folder, '2026 Tickets (März).csv')
    writeFileSync(file, 'a\n1\n')
    expect((await load(file)).table).toBe('t_2026_tickets_marz')
    expect((await load(file, { table: 'mine' })).table).toBe('mine')
    expect(await sentenceOf(load(file, { table: 'x; DROP' }))).toContain('is no name for a table')
  })

  it('says when there is no file, or one of another kind', async () => {
    expect(await sentenceOf(load(join(folder, 'missing.csv')))).toContain('there is no such file')
    expect(await refusal('xlsx', 'PK')).toContain('*.xlsx is not known')
    expect(await sentenceOf(load(folder))).toContain('it is a folder')
  })

  it('stops when it is told to, and leaves no table', async () => {
    const file = write('csv', `a,b\n${'1,some text of a row\n'.repeat(200_000)}`)
    const stop = new AbortController()
    const loading = load(file, {
      signal: stop.signal,
      onProgress: (rows) => rows >= 20_000 && stop.abort(new Error('stopped')),
    })
    await expect(loading).rejects.toThrow('stopped')
    expect((await sql.listTables(never)).map(({ name }) => name)).not.toContain(`file${n}`)
  })

  it('loads 200,000 rows in bounded memory', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i},"ticket ${i} ${'lorem ipsum '.repeat(10)}"`)
    const file = write('csv', `id,text\n${rows.join('\n')}\n`)
    const report = await load(file)
    expect(report.rows).toBe(200_000)
    const [ends] = await readObjects(
      await sql.run(
        { text: `SELECT min(id) AS first, max(id) AS last, count(DISTINCT id) AS ids FROM ${report.table}` },
        never,
      ),
    )
    expect(ends).toEqual({ first: 0, last: 199_999, ids: 200_000 })
  })
})
