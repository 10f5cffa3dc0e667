// Runs a program to its end, within a time limit, and keeps the end of what it said.
import { spawn } from 'node:child_process'

export interface Ended {
  /** Null where it never started, or was stopped at the limit. */
  exitCode: number | null
  stdout: string
  /** Its last words on one line: why it failed. */
  why: string
}

export function runProgram(file: string, args: readonly string[], limitMs: number, env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' })
    let stdout = ''
    let stderr = ''
    let stopped = false
    const timer = setTimeout(() => {
      stopped = true
      stopGroup(child.pid, 'SIGKILL')
    }, limitMs)
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString()
    })
    child.stderr.on('data', (part: Buffer) => {
      stderr = (stderr + part.toString()).slice(-4000)
    })
    const end = (exitCode: number | null, reason: string) => {
      clearTimeout(timer)
      resolve({ exitCode, stdout, why: reason || lastWords(stderr || stdout) })
    }
    child.on('error', (error) => end(null, error.message))
    child.on('close', (code) => end(stopped ? null : code, stopped ? `no end within ${limitMs / 1000} s` : ''))
  })
}

/** The process that was started, with all it started itself. One that has ended already is fine. */
export function stopGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1) ?? 'it said nothing'
  return telling.trim().slice(0, 300)
}
