// A playground as a visitor starts it: its own process, its page's address, its events, and what can be done in it.
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { PlaygroundDeed, PlaygroundEvent, PlaygroundView } from '../../src/playground/words.ts'
import { type Env, makeFolder, startCli } from '../cli/run-cli.ts'

export interface Heard {
  id: string
  event: PlaygroundEvent
}

/** A browser that listens to the events. */
export interface Browser {
  heard: Heard[]
  /** Waits for an event that the check takes. */
  until<T>(check: (event: PlaygroundEvent) => T | undefined, what: string, timeoutMs?: number): Promise<T>
  leave(): void
}

export interface Played {
  /** Without a slash at the end. */
  url: string
  child: ChildProcess
  folder: string
  out(): string
  err(): string
  post(deed: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }>
  deed(deed: PlaygroundDeed): Promise<Record<string, unknown>>
  view(): Promise<PlaygroundView>
  listen(lastId?: string): Promise<Browser>
  /** Waits until the bot takes questions. */
  ready(): Promise<void>
  stop(signal: NodeJS.Signals): Promise<number | null>
}

export const TOKENS = {
  slackToken: 'xoxb-playground-0123456789abcdef0123456789',
  slackSigningSecret: 'signing-secret-0123456789abcdef',
  teamsAppPassword: 'app-password-0123456789abcdef',
}

/** A folder whose playground needs no evaluations: what is tested here does without, and they take their time. */
export function makePlaygroundFolder(): { path: string; dispose(): void } {
  const { path, dispose } = makeFolder()
  const folder = join(path, 'playground')
  mkdirSync(folder)
  const done = ['first-night', 'teams-report', 'evaluate-v2']
  writeFileSync(join(folder, 'playground.json'), JSON.stringify({ tokens: TOKENS, done }))
  return { path: folder, dispose }
}

export function copyPlaygroundFolder(from: string): { path: string; dispose(): void } {
  const { path, dispose } = makeFolder()
  const folder = join(path, 'playground')
  cpSync(from, folder, { recursive: true })
  return { path: folder, dispose }
}

async function waitFor<T>(look: () => T | undefined, what: string, timeoutMs: number): Promise<T> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error(`never happened: ${what}`)
    await sleep(20)
  }
}

function readFrames(text: string): Heard[] {
  return text.split('\n\n').flatMap((frame) => {
    const id = /^id: (.*)$/m.exec(frame)?.[1]
    const data = /^data: (.*)$/m.exec(frame)?.[1]
    return id === undefined || data === undefined ? [] : [{ id, event: JSON.parse(data) as PlaygroundEvent }]
  })
}

export async function listenTo(url: string, lastId?: string): Promise<Browser> {
  const leaving = new AbortController()
  const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
  const response = await fetch(`${url}/api/events`, { headers, signal: leaving.signal })
  const heard: Heard[] = []
  const reading = async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk, { stream: true })
      const end = rest.lastIndexOf('\n\n')
      if (end === -1) continue
      heard.push(...readFrames(rest.slice(0, end)))
      rest = rest.slice(end + 2)
    }
  }
  reading().catch((error: unknown) => {
    // Leaving, and a playground that ends, both break the stream off.
    if (!leaving.signal.aborted && !(error instanceof TypeError)) throw error
  })
  return {
    heard,
    until: (check, what, timeoutMs = 45_000) =>
      waitFor(() => heard.flatMap(({ event }) => check(event) ?? [])[0] as never, what, timeoutMs),
    leave: () => leaving.abort(),
  }
}

/** Starts `lakedesk playground` on free ports, with the folder, and waits for the address. */
export async function startPlayground(folder: string, args: readonly string[] = [], env: Env = {}): Promise<Played> {
  const child = startCli(['--data', folder, 'playground', '--port', '0', ...args], env)
  let [out, err] = ['', '']
  child.stdout?.on('data', (data) => {
    out += data
  })
  child.stderr?.on('data', (data) => {
    err += data
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  void ended.then((code) => {
    out += `\n(ended with ${code})`
  })
  const look = () => {
    if (child.exitCode !== null) throw new Error(`the playground ended:\n${out}\n${err}`)
    return /Lakedesk playground: (http:\/\/\S+)\//.exec(out)?.[1]
  }
  const url = await waitFor(look, 'the address of the playground', 60_000)
  const played: Played = {
    url,
    child,
    folder,
    out: () => out,
    err: () => err,
    async post(deed, headers = {}) {
      const response = await fetch(`${url}/api/do`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url, ...headers },
        body: typeof deed === 'string' ? deed : JSON.stringify(deed),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json') ?? false
      return {
        status: response.status,
        body: isJson ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : { text },
      }
    },
    async deed(deed) {
      const { body } = await played.post(deed)
      if (body.ok !== true) throw new Error(`${JSON.stringify(deed)} was answered ${JSON.stringify(body)}`)
      return body
    },
    async view() {
      const browser = await played.listen()
      const view = await browser.until((event) => (event.kind === 'hello' ? event.view : undefined), 'the hello')
      browser.leave()
      return view
    },
    listen: (lastId) => listenTo(url, lastId),
    async ready() {
      const until = Date.now() + 200_000
      for (;;) {
        if (child.exitCode !== null) throw new Error(`the playground ended:\n${out}\n${err}`)
        const health = await (await fetch(`${url}/healthz`)).json()
        if (z.object({ bot: z.string() }).parse(health).bot === 'ready') return
        if (Date.now() > until) throw new Error(`the bot never got ready:\n${out}\n${err}`)
        await sleep(50)
      }
    },
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
  return played
}

/** Pid of the bot's own process. */
export function botPidOf(folder: string): number {
  return Number(readFileSync(join(folder, 'bot', 'store.db.lock.pid'), 'utf8').trim())
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export async function untilDead(pid: number, timeoutMs = 30_000): Promise<void> {
  await waitFor(() => (isAlive(pid) ? undefined : true), `process ${pid} ends`, timeoutMs)
}

export { waitFor }
