// Runs the contract suites and the tests of our drivers against the local lakehouse, and reads who asked what.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCallRecord, type SeenCall } from './call-record.ts'
import { runProgram } from './run-program.ts'

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
/** Every driver's contract suite, and the official clients of npm. */
const SUITES = [
  'test/platform/databricks',
  'test/platform/lakehouse/foundation',
  'test/platform/lakehouse/jobs',
  'test/platform/lakehouse/search/official-client.test.ts',
  'test/platform/lakehouse/secrets.test.ts',
  'test/platform/lakehouse/volumes',
  'test/cli/chunk-program.test.ts',
  'test/cli/doctor-databricks.test.ts',
  'test/cli/ingest-lakehouse.test.ts',
]

/** Throws where one of them fails. `limitMs`: for all. */
export async function recordSuites(limitMs: number): Promise<{ passed: number; calls: SeenCall[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-calls-'))
  const file = join(folder, 'calls.jsonl')
  try {
    // A run of its own: nothing of the one that starts it.
    const clean = Object.entries(process.env).filter(([key]) => !/^(VITEST|DATABRICKS_|LAKEDESK_)/.test(key))
    const env = { ...Object.fromEntries(clean), LAKEDESK_RECORD_CALLS: file }
    const args = [vitest, 'run', '--reporter=tap-flat', ...SUITES]
    const ended = await runProgram(process.execPath, args, limitMs, env)
    if (ended.exitCode !== 0) throw new Error(`The suites failed: ${ended.why}`)
    const record = createCallRecord()
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const { spec, agent } = JSON.parse(line) as { spec: string | null; agent: string }
      record.add(spec, agent)
    }
    const passed = ended.stdout.split('\n').filter((line) => /^ok (?!.*# (?:SKIP|TODO))/.test(line)).length
    return { passed, calls: record.calls() }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
