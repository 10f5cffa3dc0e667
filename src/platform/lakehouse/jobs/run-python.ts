// A task that nobody here knows: its Python file is run by a real Python on this machine, as the user of the job.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'

/** The end of what a script may say: outputs of runs are cut at 5 MB. */
const LOG_LIMIT = 5 * 1024 * 1024

export class ScriptFailed extends Error {
  readonly trace: string
  constructor(message: string, trace: string) {
    super(message)
    this.trace = trace
  }
}

export interface Script {
  /** Path of the Python interpreter. */
  python: string
  name: string
  source: Uint8Array
  parameters: readonly string[]
  /** The whole environment of the process, beside PATH. */
  environment: Readonly<Record<string, string>>
  signal: AbortSignal
  log(line: string): void
}

/** Resolves when it ends with 0. Throws ScriptFailed with the last line of its error output; the reason of the signal, where it was killed. */
export async function runPython({ python, name, source, parameters, environment, signal, log }: Script): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lakehouse-job-'))
  try {
    const file = join(folder, basename(name))
    writeFileSync(file, source)
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, PYTHONUNBUFFERED: '1', ...environment }
    const child = spawn(python, [file, ...parameters], { cwd: folder, env, signal, killSignal: 'SIGKILL' })
    let errors = ''
    createInterface(child.stdout).on('line', log)
    createInterface(child.stderr).on('line', (line) => {
      errors = `${errors}${line}\n`.slice(-LOG_LIMIT)
      log(line)
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (code === 0) return
    const last = errors.trimEnd().split('\n').at(-1) ?? ''
    throw new ScriptFailed(last || `The script ended with exit code ${code}`, errors)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
