// Before the live tests: a real MLflow server on loopback with a database and files of its own. After them: it is gone again.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { findFreePort } from './find-free-port.ts'
import { installMlflow } from './install-mlflow.ts'
import { stopGroup } from './run-program.ts'

const keeper = join(dirname(fileURLToPath(import.meta.url)), 'keep_server.py')
const START_MS = 120_000
const STOP_MS = 5_000

export type LiveMlflow =
  | { kind: 'ready'; url: string; python: string; database: string }
  | { kind: 'missing'; why: string }

declare module 'vitest' {
  export interface ProvidedContext {
    mlflow: LiveMlflow
  }
}

interface Server {
  url: string
  stop(): Promise<void>
}

/** Named as vitest wants it; returns what is done at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-live-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  // Also where the run is stopped from outside.
  process.once('exit', removeFolder)
  const start = await installAndStart(folder)
  if (start.kind === 'missing') {
    project.provide('mlflow', start)
    return async () => {
      removeFolder()
      console.log(`\nnot run: mlflow (${start.why})`)
    }
  }
  project.provide('mlflow', {
    kind: 'ready',
    url: start.server.url,
    python: start.python,
    database: databaseIn(folder),
  })
  return async () => {
    await start.server.stop()
    removeFolder()
  }
}

const databaseIn = (folder: string): string => join(folder, 'mlflow.db')

type Started = { kind: 'ready'; server: Server; python: string } | { kind: 'missing'; why: string }

/** An old installation that no longer starts is made anew, once; a fresh one that does not start is a failure. */
async function installAndStart(folder: string): Promise<Started> {
  const first = await installMlflow(false)
  if (first.kind === 'missing') return first
  try {
    return { kind: 'ready', server: await startServer(first.python, folder), python: first.python }
  } catch (error) {
    console.log(`The installed MLflow does not start (${String(error)}). It is installed anew.`)
  }
  const second = await installMlflow(true)
  if (second.kind === 'missing') return second
  return { kind: 'ready', server: await startServer(second.python, folder), python: second.python }
}

async function startServer(python: string, folder: string): Promise<Server> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'server.log')
  const log = await open(logFile, 'a')
  const backend = ['--backend-store-uri', `sqlite:///${databaseIn(folder)}`]
  const artifacts = ['--serve-artifacts', '--artifacts-destination', join(folder, 'artifacts')]
  const address = ['--host', '127.0.0.1', '--port', String(port), '--workers', '1']
  const child = spawn(python, [keeper, python, '-m', 'mlflow', 'server', ...address, ...backend, ...artifacts], {
    cwd: folder,
    env: serverEnv(),
    stdio: ['pipe', log.fd, log.fd],
    detached: process.platform !== 'win32',
  })
  await log.close()
  const onExit = () => stopGroup(child.pid, 'SIGKILL')
  process.once('exit', onExit)
  const stop = async () => {
    await stopServer(child)
    process.off('exit', onExit)
  }
  const failure = await waitForHealth(url, child)
  if (failure === null) return { url, stop }
  const lastLines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n')
  await stop()
  throw new Error(`The MLflow server at ${url} did not start: ${failure}. Its log ends with:\n${lastLines}`)
}

/** Null once it answers. */
async function waitForHealth(url: string, child: ChildProcess): Promise<string | null> {
  const deadline = Date.now() + START_MS
  let last = 'no answer'
  while (Date.now() < deadline) {
    if (child.exitCode !== null) return `it ended with exit code ${child.exitCode}`
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
      if (response.ok) return null
      last = `HTTP ${response.status}`
    } catch (error) {
      last = String(error)
    }
    await sleep(200)
  }
  return `not healthy within ${START_MS / 1000} s (${last})`
}

async function stopServer(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  if (child.exitCode === null && child.signalCode === null) {
    stopGroup(child.pid, 'SIGTERM')
    await Promise.race([ended, sleep(STOP_MS)])
  }
  // Whatever of its group is left.
  stopGroup(child.pid, 'SIGKILL')
}

/** Without what the environment says about MLflow, and without its calls home. */
function serverEnv(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([key]) => !key.startsWith('MLFLOW_'))
  const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }
  return { ...Object.fromEntries(clean), ...quiet }
}
