// Streaming tables: every source row gets its result once, through new rows, faults and kills.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../../../src/platform/ports/sql.ts'
import { codeOf } from '../../contract-basics.ts'
import { STREAM_OF_REVIEWS as SEED } from '../../sql/published-statements.ts'
import { createScriptedEngine, failed, type ScriptedEngine } from './scripted-engine.ts'

const never = new AbortController().signal

function toCsv(from: number, to: number): string {
  const words = ['positive', 'negative', 'neutral']
  const rows = Array.from(
    { length: to - from },
    (_, i) => `${from + i},${i % 7},"review ${from + i}, ${words[(from + i) % 3]}",${(i % 5) + 1}`,
  )
  return `review_id,product_id,review_text,rating\n${rows.join('\n')}\n`
}

describe('streaming tables', () => {
  let folder: string
  let engine: ScriptedEngine
  let sql: LocalSql

  const open = () => createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 8, perMinute: null } })
  const loadReviews = async (rows: number, start = 0) => {
    const file = join(folder, 'raw_product_reviews.csv')
    writeFileSync(file, toCsv(start, start + rows))
    await sql.load(file, { replace: true, signal: never })
  }
  const rowsOf = async (text: string) => readObjects(await sql.run({ text }, never))

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-stream-'))
    engine = createScriptedEngine()
    sql = open()
  })
  afterEach(async () => {
    await sql.close()
    rmSync(folder, { recursive: true })
  })

  it('enriches what is there, then new rows only, each once', async () => {
    await loadReviews(20)
    const result = await sql.run({ text: SEED, mode: 'create' }, never)
    expect(await readObjects(result)).toEqual([{ num_affected_rows: 20 }])
    expect(engine.asked).toHaveLength(40)
    expect(await sql.refreshStreams(never)).toEqual([{ table: 'product_reviews_enriched', rows: 0, fault: null }])
    await loadReviews(25)
    expect(await sql.refreshStreams(never)).toEqual([{ table: 'product_reviews_enriched', rows: 5, fault: null }])
    expect(engine.asked).toHaveLength(50)
    const rows = await rowsOf(
      'SELECT review_id, sentiment_label, llm_analysis FROM product_reviews_enriched ORDER BY review_id',
    )
    expect(rows.map(({ review_id }) => review_id)).toEqual(Array.from({ length: 25 }, (_, i) => i))
    expect(rows[1]).toMatchObject({ sentiment_label: 'negative' })
    expect(String(rows[1]?.llm_analysis)).toContain('review 1, negative')
    expect(await sql.listStreams(never)).toMatchObject([{ source: 'raw_product_reviews', taken: 25 }])
  })

  it('says what all waiting rows would cost before it creates anything', async () => {
    await loadReviews(1_500)
    const refused = sql.run({ text: SEED, mode: 'create', budget: { calls: 2_999 } }, never)
    expect(await codeOf(refused)).toBe('SQL_BUDGET')
    expect(engine.asked).toHaveLength(0)
    expect(await codeOf(rowsOf('SELECT * FROM product_reviews_enriched'))).toBe('SQL_INVALID')
  })

  it('keeps the batch back whose function failed, and takes it the next time', async () => {
    await loadReviews(10)
    await sql.run({ text: SEED, mode: 'create' }, never)
    await loadReviews(12)
    engine.script = (call) =>
      call.function === 'ai_query' && call.request.includes('review 11')
        ? failed('The endpoint had no answer.')
        : undefined
    const [fault] = await sql.refreshStreams(never)
    expect(fault?.rows).toBe(0)
    expect(fault?.fault?.code).toBe('AI_FUNCTION_FAILED')
    engine.script = () => undefined
    const before = engine.asked.length
    expect(await sql.refreshStreams(never)).toMatchObject([{ rows: 2, fault: null }])
    expect(engine.asked.length - before).toBe(1)
  })

  it('refuses to guess when the source was replaced by other rows', async () => {
    await loadReviews(10)
    await sql.run({ text: SEED, mode: 'create' }, never)
    await loadReviews(30, 100)
    const [told] = await sql.refreshStreams(never)
    expect(told?.fault?.userMessage).toContain('no longer begins with the 10 rows')
    expect(await rowsOf('SELECT count(*) AS n FROM product_reviews_enriched')).toEqual([{ n: 10 }])
  })

  it('gives every row one result although the process is killed again and again', async () => {
    await loadReviews(3_000)
    await sql.close()
    const child = join(import.meta.dirname, 'refresh-in-child.ts')
    let kills = 0
    for (;;) {
      const run = spawn(process.execPath, [child, folder, Buffer.from(SEED).toString('base64')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let out = ''
      run.stdout.on('data', (data) => (out += data))
      const timer = kills < 5 ? setTimeout(() => run.kill('SIGKILL'), 500 + kills * 150) : undefined
      const code = await new Promise((resolve) => run.on('exit', resolve))
      clearTimeout(timer)
      if (code === 0) break
      expect(out).not.toContain('failed')
      kills += 1
    }
    expect(kills).toBeGreaterThan(0)
    sql = open()
    const [all] = await rowsOf(
      'SELECT count(*) AS n, count(DISTINCT review_id) AS ids, count(llm_analysis) AS told FROM product_reviews_enriched',
    )
    expect(all).toEqual({ n: 3_000, ids: 3_000, told: 3_000 })
    expect(engine.asked).toHaveLength(0)
  })
})
