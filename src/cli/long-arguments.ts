// Keeps the command line of the process short: onnxruntime reads /proc/self/cmdline with a recursive matcher, and one of
// 30,000 characters overflows its stack and ends the process without a word.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const VARIABLE = 'LAKEDESK_ARGUMENTS'
/** Well below what was seen to break (about 27,000), well above what people type. */
const LONGEST = 8_000

/** The arguments: of the command line, or those that a parent moved into the environment. */
export function readArguments(argv: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const moved = env[VARIABLE]
  delete env[VARIABLE]
  if (moved === undefined) return argv.slice(2)
  const parsed: unknown = JSON.parse(moved)
  return Array.isArray(parsed) ? parsed.map(String) : []
}

export function isTooLong(args: readonly string[], argv: readonly string[]): boolean {
  return argv.join(' ').length > LONGEST && args.length > 0
}

/** Runs the same command again with its arguments in the environment; its exit code. */
export function runAgain(args: readonly string[], argv: readonly string[]): Promise<number> {
  const env = { ...process.env, [VARIABLE]: JSON.stringify(args) }
  const child = spawn(process.execPath, [...process.execArgv, argv[1] ?? ''], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
