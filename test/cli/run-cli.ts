// Runs the real command line as its own process, as a person or a script would.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'cli.ts')

export interface CliResult {
  code: number | null
  out: string
  err: string
}

export type Env = Record<string, string>

/** The machine's own environment without anything that configures Lakedesk. */
function cleanEnv(env: Env): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(LAKEDESK_|SLACK_|Microsoft|NODE_OPTIONS|VITEST)/.test(name),
  )
  return { ...Object.fromEntries(kept), ...env }
}

export function startCli(args: readonly string[], env: Env): ChildProcess {
  return spawn(process.execPath, [cli, ...args], { env: cleanEnv(env), stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Runs a command to its end. */
export function runCli(args: readonly string[], env: Env, input = ''): Promise<CliResult> {
  const child = startCli(args, env)
  let out = ''
  let err = ''
  child.stdout?.on('data', (data) => {
    out += data
  })
  child.stderr?.on('data', (data) => {
    err += data
  })
  child.stdin?.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

/** A folder that `dispose` removes. */
export function makeFolder(): { path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lakedesk-test-'))
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) }
}
