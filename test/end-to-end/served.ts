// The whole server as its own process, with stand-ins of Slack and Teams around it.
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Env, makeFolder, runCli, startCli } from '../cli/run-cli.ts'
import type { SlackStandIn } from '../stand-ins/slack.ts'

export const BOT_TOKEN = 'xoxb-1111-2222-bot-token-value'

const PAGES: Record<string, string> = {
  'rotate-keys.md':
    '---\ntitle: Rotate API keys\nurl: https://docs.acme.example/rotate-keys\n---\n# Rotate API keys\n\nTo rotate an API key, open **Console > Keys** and press **Rotate**. The old key keeps working for 24 hours.\n',
  'backups.md':
    '---\ntitle: Backups\nurl: https://docs.acme.example/backups\n---\n# Backups\n\nBackups run every night at 02:00 UTC and are kept for 35 days.\n',
}

export interface Site {
  env: Env
  docs: string
  dispose(): void
}

/** A data folder with two ingested pages. */
export async function makeSite(): Promise<Site> {
  const folder = makeFolder()
  const docs = join(folder.path, 'docs')
  mkdirSync(docs)
  for (const [name, text] of Object.entries(PAGES)) writeFileSync(join(docs, name), text)
  const env = { LAKEDESK_DATA: join(folder.path, 'data') }
  const result = await runCli(['ingest', docs], env)
  if (result.code !== 0) throw new Error(result.err)
  return { env, docs, dispose: folder.dispose }
}

export function slackEnv(slack: SlackStandIn): Env {
  return { SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: slack.signingSecret, SLACK_API_URL: slack.apiUrl }
}

export interface Served {
  url: string
  child: ChildProcess
  /** Everything it logged so far. */
  log(): string
  /** Sends the signal and waits for the end; the exit code. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts `lakedesk serve` on a free port and waits until it says that it is ready. */
export async function startServed(env: Env, options: readonly string[] = []): Promise<Served> {
  const child = startCli(['serve', ...options], { LAKEDESK_LOG_LEVEL: 'debug', ...env, LAKEDESK_PORT: '0' })
  let log = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr?.on('data', (data) => {
      log += data
      const ready = /"port":(\d+).*Lakedesk is ready/.exec(log)
      if (ready) resolve(Number(ready[1]))
    })
    void ended.then(() => reject(new Error(`the server ended before it was ready:\n${log}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    log: () => log,
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Waits until `look` gives something other than undefined. */
export async function eventually<T>(look: () => T | undefined, what: string, timeoutMs = 30_000): Promise<T> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error(`never happened: ${what}`)
    await sleep(25)
  }
}

/** Equally spread numbers in [0, 1) from a fixed seed, so that a failure can be repeated. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
