// Creates a streaming table and enriches its rows in a process of its own, to be killed by the test.
import { silentLog } from '../../../../src/core/log.ts'
import { createLocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { createScriptedEngine } from './scripted-engine.ts'

const [, , folder = '', statement = ''] = process.argv
const engine = createScriptedEngine({ latencyMs: 2 })
const sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 8, perMinute: null } })
const signal = new AbortController().signal
try {
  await sql.run({ text: Buffer.from(statement, 'base64').toString(), mode: 'create' }, signal)
  const [told] = await sql.refreshStreams(signal)
  if (told?.fault) throw told.fault
} catch (error) {
  console.log('failed', error)
  process.exitCode = 2
} finally {
  await sql.close()
}
