// AI functions in the embedded warehouse: asked together, once each, kept through stops, and told per row where one fails.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../../src/core/errors.ts'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects, type SqlProgress, type SqlStatement } from '../../../../src/platform/ports/sql.ts'
import { codeOf, sentenceOf } from '../../contract-basics.ts'
import { DAY_OF_TICKETS as SEED } from '../../sql/published-statements.ts'
import { createScriptedEngine, failed, type ScriptedEngine } from './scripted-engine.ts'

const LABELS = "array('billing', 'technical')"
const never = new AbortController().signal

describe('AI functions in the embedded warehouse', () => {
  let folder: string
  let engine: ScriptedEngine
  let sql: LocalSql
  const open = (waitMs?: number) =>
    createLocalSql({
      folder,
      engine,
      log: silentLog,
      rate: { concurrency: 8, perMinute: null },
      now: () => new Date('2026-11-22T12:00:00Z'),
      ...(waitMs === undefined ? {} : { waitMs }),
    })
  const run = async (statement: SqlStatement | string, signal = never) => {
    const result = await sql.run(typeof statement === 'string' ? { text: statement } : statement, signal)
    return {
      rows: await readObjects(result),
      usage: result.usage,
      notices: result.notices,
      truncated: result.truncated,
    }
  }
  /** Every third text is a duplicate of an earlier one. */
  const loadTickets = async (count: number) => {
    const rows = Array.from({ length: count }, (_, i) => {
      const topic = ['billing', 'technical', 'nothing'][i % 3]
      const text = i % 3 === 2 ? 'nothing again' : `${topic} ticket ${i}, error_code=E${i % 5}`
      return `${i},"${text}",2026-11-${i % 4 === 0 ? '01' : i % 2 ? '21' : '22'}`
    })
    const file = join(folder, 'raw_support_tickets.csv')
    writeFileSync(file, `ticket_id,ticket_text,created_date\n${rows.join('\n')}\n`)
    await sql.load(file, { replace: true, signal: never })
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-ai-sql-'))
    engine = createScriptedEngine()
    sql = open()
  })
  afterEach(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })

  it('runs the published statement unchanged over 500 tickets: only rows of the last day are asked for, each text once', async () => {
    await loadTickets(500)
    const { rows, usage } = await run(SEED)
    expect(rows).toHaveLength(375)
    expect(rows[0]).toEqual({
      ticket_id: 1,
      ticket_text: 'technical ticket 1, error_code=E1',
      category: 'technical',
      extracted_fields: { product_name: null, error_code: 'E1', urgency_level: null },
      short_summary: 'technical ticket 1, error_code=E1',
    })
    expect(rows.map(({ ticket_id: id }) => Number(id) % 4)).not.toContain(0)
    const texts = new Set(rows.map((row) => row.ticket_text))
    expect(usage).toMatchObject({ rows: 375 * 3, distinct: texts.size * 3, cached: 0, calls: texts.size * 3 })
    expect(engine.asked).toHaveLength(texts.size * 3)
    expect(usage?.usd).toBeCloseTo((texts.size * 3 * (10 + 5 * 2)) / 1e6, 9)
    const again = await run(SEED)
    expect(again.rows).toEqual(rows)
    expect(again.usage).toMatchObject({ calls: 0, cached: texts.size * 3, usd: 0 })
  })

  it('remembers answers in the folder, until prompt or rules are of another version', async () => {
    await loadTickets(12)
    const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
    await run(text)
    const asked = engine.asked.length
    await sql.close()
    sql = open()
    expect((await run(text)).usage?.calls).toBe(0)
    engine.version = 'v2'
    expect((await run(text)).usage?.calls).toBe(asked)
  })

  it('asks only for rows that are returned: LIMIT, sorting, ordinary predicates and CASE come first', async () => {
    await loadTickets(300)
    const calls = async (text: string, more: Partial<SqlStatement> = {}) => (await run({ text, ...more })).usage?.calls
    const gen = (mark: string) => `ai_gen(concat('${mark}', ticket_id))`
    expect(await calls(`SELECT ${gen('a')} AS v FROM raw_support_tickets ORDER BY ticket_id DESC LIMIT 3`)).toBe(3)
    expect(
      await calls(
        `SELECT ${gen('b')} AS v FROM raw_support_tickets WHERE ${gen('b')} LIKE '%b1' AND ticket_text LIKE '%E4%' AND ticket_id < 50`,
      ),
    ).toBe(7)
    expect(await calls(`SELECT CASE WHEN ticket_id = 7 THEN ${gen('c')} END AS v FROM raw_support_tickets`)).toBe(1)
    expect(await calls(`SELECT coalesce(ticket_text, ${gen('d')}) AS v FROM raw_support_tickets`)).toBe(0)
    expect(
      await calls(`SELECT ticket_id, ${gen('e')} AS v FROM raw_support_tickets`, { rowLimit: 5 }),
    ).toBeLessThanOrEqual(6)
  })

  it('answers calls that rest on others in turn, and bounds them from above beforehand', async () => {
    await loadTickets(30)
    const text = `SELECT ai_translate(ai_summarize(ticket_text, 3), 'de') AS v FROM raw_support_tickets WHERE ai_classify(ticket_text, ${LABELS}) = 'billing'`
    const estimate = await sql.estimate({ text }, never)
    expect(engine.asked).toHaveLength(0)
    expect(estimate.exact).toBe(false)
    const { rows, usage } = await run(text)
    expect(rows).toHaveLength(10)
    expect(rows[0]).toEqual({ v: 'de: billing ticket 0,' })
    expect(usage?.calls).toBe(21 + 10 + 10)
    expect(estimate.total.calls).toBeGreaterThanOrEqual(usage?.calls ?? 0)
    expect(estimate.sites.find((site) => site.function === 'ai_classify')).toMatchObject({
      rows: 30,
      distinct: 21,
      calls: 21,
    })
    expect((await sql.estimate({ text }, never)).total.calls).toBe(0)
  })

  it('asks once for what two statements want at the same time', async () => {
    await loadTickets(60)
    engine = createScriptedEngine({ latencyMs: 20 })
    await sql.close()
    sql = open()
    const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
    const both = await Promise.all([run(text), run(text)])
    expect(both[0].rows).toEqual(both[1].rows)
    const asked = engine.asked.map((call) => (call.function === 'ai_summarize' ? call.content : ''))
    expect(new Set(asked).size).toBe(asked.length)
    expect((both[0].usage?.calls ?? 0) + (both[1].usage?.calls ?? 0)).toBe(asked.length)
  })

  it('goes on for the others when the one that asked is stopped', async () => {
    await loadTickets(60)
    engine = createScriptedEngine({ latencyMs: 20 })
    await sql.close()
    sql = open()
    const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
    const stop = new AbortController()
    const first = run(text, stop.signal)
    const second = run(text)
    setTimeout(() => stop.abort(new Error('stopped')), 60)
    await expect(first).rejects.toThrow('stopped')
    expect((await second).rows.filter((row) => row.s !== null)).toHaveLength(60)
  })

  it('keeps what was answered before a stop, and tells progress', async () => {
    await loadTickets(90)
    const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
    const stop = new AbortController()
    const seen: SqlProgress[] = []
    const onProgress = (progress: SqlProgress) => {
      seen.push(progress)
      if (progress.done === 20) stop.abort(new Error('stopped'))
    }
    await expect(run({ text, onProgress }, stop.signal)).rejects.toThrow('stopped')
    const total = seen[0]?.total ?? 0
    expect(seen[0]?.done).toBe(0)
    const before = engine.asked.length
    expect(before).toBeLessThan(total)
    const { usage } = await run(text)
    expect(usage?.cached).toBeGreaterThanOrEqual(20)
    expect(usage?.calls).toBe(total - (usage?.cached ?? 0))
  })

  it('pays nothing twice after a kill', async () => {
    await loadTickets(300)
    await sql.close()
    const child = spawn(process.execPath, [join(import.meta.dirname, 'summarize-in-child.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = ''
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        told += data
        // Kill it once it has told some answers.
        if (told.split('\n').length > 40) child.kill('SIGKILL')
      })
      child.on('exit', () => resolve())
    })
    const answered = told.split('\n').filter((line) => line.startsWith('done ')).length
    expect(answered).toBeGreaterThan(30)
    sql = open()
    const { usage, rows } = await run(`SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`)
    expect(rows).toHaveLength(300)
    expect(usage?.cached).toBeGreaterThanOrEqual(answered)
    expect(engine.asked).toHaveLength((usage?.distinct ?? 0) - (usage?.cached ?? 0))
  })

  describe('faults', () => {
    it('stay in their rows, are told, and are asked again next time', async () => {
      await loadTickets(30)
      engine.script = (call) =>
        'content' in call && call.content.includes('ticket 4,') ? failed('The answer is no JSON.') : undefined
      const text = `SELECT ticket_id, ai_classify(ticket_text, '["billing","technical"]') AS v2, ai_classify(ticket_text, ${LABELS}) AS v1
        FROM raw_support_tickets WHERE ticket_id IN (3, 4) ORDER BY ticket_id`
      const { rows, notices } = await run(text)
      expect(rows[0]).toMatchObject({ v1: 'billing', v2: { response: ['billing'], error_message: null } })
      expect(rows[1]).toEqual({
        ticket_id: 4,
        v1: null,
        v2: { response: null, error_message: 'The answer is no JSON.' },
      })
      expect(notices).toEqual([{ function: 'ai_classify', rows: 2, message: 'The answer is no JSON.' }])
      engine.script = () => undefined
      const again = await run(text)
      expect(again.rows[1]).toMatchObject({ v1: 'technical' })
      expect(again.usage).toMatchObject({ calls: 1 })
      expect(again.notices).toEqual([])
    })

    it('of ai_query fail the statement with rows and cause, and the other answers are kept', async () => {
      await loadTickets(30)
      engine.script = (call) =>
        call.function === 'ai_query' && call.request.includes('nothing') ? failed('The endpoint said no.') : undefined
      const query = (more = '') =>
        `SELECT ai_query('m', ticket_text${more}) AS v FROM raw_support_tickets ORDER BY ticket_id`
      const told = await sentenceOf(run(query()))
      expect(told).toContain('10 rows')
      expect(told).toContain('ai_query failed')
      expect(told).toContain('The endpoint said no.')
      const before = engine.asked.length
      const { rows } = await run(query(', failOnError => false'))
      expect(engine.asked.length - before).toBe(1)
      expect(rows[0]).toMatchObject({ v: { errorMessage: null } })
      expect(rows[2]).toEqual({ v: { response: null, errorMessage: 'The endpoint said no.' } })
    })

    it('of a busy model are tried again, and of a model that refuses everybody end the statement', async () => {
      await loadTickets(6)
      let refusals = 2
      engine.script = () => {
        if (refusals-- > 0) throw new LakedeskError('MODEL_BUSY', 'The model is busy.')
        return undefined
      }
      const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
      expect((await run(text)).rows.filter((row) => row.s !== null)).toHaveLength(6)
      engine.version = 'v2'
      engine.script = () => {
        throw new LakedeskError('MODEL_UNAUTHORIZED', 'The key is wrong.')
      }
      expect(await codeOf(run(text))).toBe('MODEL_UNAUTHORIZED')
    })

    it('of arguments are told before anything is asked', async () => {
      await loadTickets(6)
      const labels = Array.from({ length: 501 }, (_, i) => `"l${i}"`).join(',')
      expect(await codeOf(run(`SELECT ai_classify(ticket_text, '[${labels}]') AS c FROM raw_support_tickets`))).toBe(
        'AI_FUNCTION_INVALID',
      )
      expect(await codeOf(run(`SELECT ai_classify(ticket_text, array('a', 'a')) AS c FROM raw_support_tickets`))).toBe(
        'AI_FUNCTION_INVALID',
      )
      expect(engine.asked).toHaveLength(0)
    })
  })

  it('counts the budget over all that waits, and spends nothing above it', async () => {
    await loadTickets(90)
    const text = `SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets`
    for (const budget of [{ rows: 89 }, { calls: 60 }, { tokens: 900 }, { usd: 0.001 }]) {
      expect(await codeOf(run({ text, budget }))).toBe('SQL_BUDGET')
    }
    expect(engine.asked).toHaveLength(0)
    expect(await sentenceOf(run({ text, budget: { calls: 60 } }))).toMatch(
      /90 rows, 61 calls and about 915 tokens.*limit of 60 calls/,
    )
    await run({ text, budget: { rows: 90, calls: 61, tokens: 915, usd: 0.01 } })
    expect((await run({ text, budget: { calls: 0 } })).usage?.cached).toBe(61)
  })

  it('refuses arguments that are others at each look', async () => {
    await loadTickets(3)
    const text = `CREATE TABLE made AS SELECT ai_gen(concat(uuid(), ticket_text)) AS g FROM raw_support_tickets`
    expect(await sentenceOf(run({ text, mode: 'create' }))).toContain('different each time')
    expect(engine.asked).toHaveLength(0)
  })

  it('waits for the tables while another process has them, and says who where that takes too long', async () => {
    await loadTickets(3)
    await sql.close()
    const hold = (ms: number) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-in-child.ts'), folder, String(ms)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      return new Promise<typeof child>((resolve) => child.stdout.once('data', () => resolve(child)))
    }
    sql = open(20_000)
    const short = await hold(700)
    expect((await run('SELECT count(*) AS n FROM raw_support_tickets')).rows).toEqual([{ n: 3 }])
    expect(short.signalCode).toBe(null)
    await sql.close()
    sql = open(500)
    const long = await hold(60_000)
    expect(await sentenceOf(run('SELECT 1 AS a'))).toMatch(new RegExp(`in use by process ${long.pid}`))
    long.kill('SIGKILL')
    await new Promise((resolve) => long.once('exit', resolve))
    expect((await run('SELECT 1 AS a')).rows).toEqual([{ a: 1 }])
  })
})
