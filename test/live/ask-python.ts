// Asks MLflow's own Python client, through read_back.py.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LiveServer } from './describe-live.ts'
import { runProgram } from './run-program.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), 'read_back.py')
const LIMIT_MS = 50_000

export async function askPython(
  { python, url }: LiveServer,
  action: 'read' | 'promoted' | 'said' | 'write',
  wanted: unknown,
): Promise<unknown> {
  const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true' }
  const ended = await runProgram(python, [script, action, url, JSON.stringify(wanted)], LIMIT_MS, env)
  if (ended.exitCode !== 0) throw new Error(`read_back.py ${action} failed: ${ended.why}`)
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
}
