// Runs a statement with AI functions in a process of its own and tells each answer, to be killed by the test.
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const [, , folder = ''] = process.argv
const engine = createScriptedEngine({ latencyMs: 10 })
const sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 2, perMinute: null } })
const text = 'SELECT ai_summarize(ticket_text) AS s FROM raw_support_tickets'
await sql.run({ text, onProgress: ({ done }) => done > 0 && console.log(`done ${done}`) }, new AbortController().signal)
await sql.close()
