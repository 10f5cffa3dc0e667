// 10,000 tickets through ai_classify: calls, tokens and seconds of the local driver beside asking row by row, in one run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog } from '../src/core/log.ts'
import { createModelEngine } from '../src/platform/ai/create-model-engine.ts'
import { createLocalSql, type LocalSql } from '../src/platform/local/sql/create-local-sql.ts'
import { createOpenAiChatModel } from '../src/platform/openai/create-openai-chat-model.ts'
import type { AiCall, AiEngine } from '../src/platform/ports/ai-functions.ts'
import type { SqlUsage } from '../src/platform/ports/sql.ts'
import { describeMachine } from './lib/machine.ts'
import { startModelServer } from './lib/model-server.ts'
import { createSeededRandom } from './lib/seeded-random.ts'
import { toTable } from './lib/table.ts'

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '16' },
    'row-by-row': { type: 'string', default: '500' },
  },
})
const ROWS = Number(given.rows)
const CONCURRENCY = Number(given.concurrency)
/** Asking row by row takes minutes, so it is measured on the first rows and scaled. */
const SAMPLE = Math.min(ROWS, Number(given['row-by-row']))
const DUPLICATES = 0.3
const NEW_ROWS = 100
const LATENCY_MS = 50
const LABELS = ['billing', 'technical', 'account_access', 'feature_request', 'other']
const STATEMENT = `SELECT ticket_id, ai_classify(ticket_text, ARRAY(${LABELS.map((label) => `'${label}'`).join(', ')})) AS category FROM tickets`
const TARGET = 12

const never = new AbortController().signal

/** 30 % of the rows repeat the text of an earlier one. */
function makeTickets(count: number): string[] {
  const random = createSeededRandom(4)
  const words =
    'invoice charge login password export crash slow error page report sync app button missing twice refund'.split(' ')
  const pick = (): string => words[Math.floor(random.next() * words.length)] ?? ''
  const fresh = Math.round(count * (1 - DUPLICATES))
  const texts = Array.from({ length: fresh }, (_, i) => `Ticket ${i}: ${Array.from({ length: 30 }, pick).join(' ')}.`)
  while (texts.length < count) texts.push(texts[Math.floor(random.next() * fresh)] ?? '')
  // In any order, by the same seed.
  return texts
    .map((text) => ({ text, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text)
}

interface Measured {
  usage: SqlUsage | null
  seconds: number
  requests: number
}

async function loadTickets(sql: LocalSql, folder: string, texts: readonly string[]): Promise<void> {
  const file = path.join(folder, 'tickets.csv')
  writeFileSync(file, `ticket_id,ticket_text\n${texts.map((text, i) => `${i + 1},${text}`).join('\n')}\n`)
  await sql.load(file, { replace: true, signal: never })
}

async function measure(sql: LocalSql, countRequests: () => Promise<number>): Promise<Measured> {
  await countRequests()
  const started = performance.now()
  const result = await sql.run({ text: STATEMENT }, never)
  let rows = 0
  for await (const page of result.pages) rows += page.length
  const seconds = (performance.now() - started) / 1000
  if (rows < ROWS) throw new Error(`Only ${rows} rows came back.`)
  return { usage: result.usage, seconds, requests: await countRequests() }
}

/** The same engine asked for one row after another, duplicates and all. */
async function measureRowByRow(
  engine: AiEngine,
  texts: readonly string[],
): Promise<{ tokens: number; seconds: number }> {
  const started = performance.now()
  let tokens = 0
  for (const content of texts) {
    const call: AiCall = {
      function: 'ai_classify',
      content,
      labels: LABELS.map((label) => ({ label })),
      multilabel: false,
    }
    const [answer] = await engine.answer([call], never)
    if (!answer || answer.error !== null) throw new Error(`The endpoint answered ${answer?.error}.`)
    tokens += answer.usage.inputTokens + answer.usage.outputTokens
  }
  return { tokens, seconds: (performance.now() - started) / 1000 }
}

const folder = mkdtempSync(path.join(tmpdir(), 'lakedesk-bench-sql-'))
const server = await startModelServer(LATENCY_MS)
const engine = createModelEngine({
  name: 'bench-model',
  modelFor: (model, { temperature, maxTokens }) =>
    createOpenAiChatModel({
      baseUrl: server.baseUrl,
      model,
      timeoutMs: 30_000,
      streaming: false,
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    }).model,
  price: { input: 0.5, output: 1.5 },
  timeoutMs: 30_000,
})
const sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: CONCURRENCY, perMinute: null } })
try {
  const texts = makeTickets(ROWS + NEW_ROWS)
  await loadTickets(sql, folder, texts.slice(0, ROWS))
  const slow = await measureRowByRow(engine, texts.slice(0, SAMPLE))
  const first = await measure(sql, server.countRequests)
  const again = await measure(sql, server.countRequests)
  await loadTickets(sql, folder, texts)
  const more = await measure(sql, server.countRequests)

  const scale = ROWS / SAMPLE
  const line = (name: string, calls: number, tokens: number, seconds: number): string[] => {
    const usd = ((tokens / 1e6) * 0.5).toFixed(3)
    return [name, calls.toLocaleString('en-US'), Math.round(tokens).toLocaleString('en-US'), seconds.toFixed(1), usd]
  }
  const ofRun = (name: string, { usage, seconds, requests }: Measured): string[] =>
    line(name, requests, (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), seconds)
  const scaled = scale === 1 ? '' : `, ${SAMPLE} rows scaled by ${scale.toFixed(1)}`
  console.log(
    `${ROWS.toLocaleString('en-US')} tickets, ${DUPLICATES * 100} % duplicates, a model with ${LATENCY_MS} ms latency`,
  )
  console.log(`Machine: ${describeMachine()}`)
  console.log(
    toTable(
      ['', 'calls', 'tokens', 'seconds', 'US dollars at 0.50 per million'],
      [
        line(`row by row${scaled}`, ROWS, slow.tokens * scale, slow.seconds * scale),
        ofRun(`local driver, concurrency ${CONCURRENCY}`, first),
        ofRun('the same again', again),
        ofRun(`with ${NEW_ROWS} new rows`, more),
      ],
    ),
  )
  const sequential = SAMPLE / slow.seconds
  const ours = first.requests / first.seconds
  console.log(
    `calls per second: ${sequential.toFixed(1)} row by row, ${ours.toFixed(1)} local driver: ${(ours / sequential).toFixed(1)} times (mark: ${TARGET})`,
  )
  console.log(`whole statement: ${((slow.seconds * scale) / first.seconds).toFixed(1)} times as fast as row by row`)
  const met =
    ours / sequential >= TARGET &&
    again.requests === 0 &&
    more.requests <= NEW_ROWS &&
    first.requests <= ROWS * (1 - DUPLICATES) + NEW_ROWS
  console.log(met ? 'marks met' : 'marks NOT met')
  if (!met) process.exitCode = 1
} finally {
  await sql.close()
  server.close()
  rmSync(folder, { recursive: true })
}
