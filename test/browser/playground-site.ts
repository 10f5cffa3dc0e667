// The playground as a visitor has it: `lakedesk playground` as its own process, and a browser that looks at it.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Env, makeFolder } from '../cli/run-cli.ts'
import { eventually } from '../end-to-end/served.ts'
import { openBrowser } from './open-browser.ts'

type Found = Parameters<typeof openBrowser>[0]

export interface SiteOptions {
  /** What the playground keeps; a fresh folder, removed at the end, where it is left out. */
  folder?: string
  /** Sources that are run; those of this repository where it is left out. */
  root?: string
  /** Settings of the bot, such as a model on this machine. */
  env?: Env
}

export interface PlaygroundSite {
  url: string
  browser: Browser
  /** A page of its own, looked at by that person. */
  open(seat: string, looks?: Looks): Promise<Page>
  /** Waits for words of its output. */
  until(what: RegExp, timeoutMs?: number): Promise<void>
  /** Ends the playground in order, and the browser. */
  close(): Promise<void>
}

export interface Looks {
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
}

export const VIEWPORT = { width: 1600, height: 1000 }
/** Everything that waits for an answer waits at most so long: this machine may be busy. */
export const PATIENCE = 90_000
const REPOSITORY = join(import.meta.dirname, '..', '..')

/** Nothing of the visitor's own that configures Lakedesk. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(LAKEDESK_|SLACK_|Microsoft|NODE_OPTIONS|VITEST)/.test(name),
  )
  return Object.fromEntries(kept)
}

export async function openPlaygroundSite(found: Found, options: SiteOptions = {}): Promise<PlaygroundSite> {
  const own = options.folder === undefined ? makeFolder() : null
  const folder = options.folder ?? join(own?.path ?? '', 'playground')
  const cli = join(options.root ?? REPOSITORY, 'src', 'cli.ts')
  const child: ChildProcess = spawn(process.execPath, [cli, 'playground', '--port', '0', '--data', folder], {
    env: { ...cleanEnv(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += part))
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const until = async (what: RegExp, timeoutMs: number) => {
    const look = () => {
      if (child.exitCode !== null) throw new Error(`the playground ended: ${said}`)
      return what.exec(said) ?? undefined
    }
    return await eventually(look, `${what} in what the playground says`, timeoutMs)
  }
  const [, url = ''] = await until(/playground: (http\S+)/, 120_000)
  const browser = await openBrowser(found)
  return {
    url,
    browser,
    async open(seat, looks = {}) {
      const context: BrowserContext = await browser.newContext({ viewport: VIEWPORT, ...looks })
      const page = await context.newPage()
      page.setDefaultTimeout(PATIENCE)
      await page.goto(url)
      await takeSeat(page, seat)
      return page
    },
    until: async (what, timeoutMs = 240_000) => void (await until(what, timeoutMs)),
    async close() {
      await browser.close()
      child.kill('SIGTERM')
      await gone
      own?.dispose()
    },
  }
}

/** Looks through that person's eyes from now on. */
export async function takeSeat(page: Page, name: string): Promise<void> {
  const seat = page.locator('label.seat', { has: page.locator('.seat-name', { hasText: new RegExp(`^${name}\\b`) }) })
  await seat.click()
  await seat.and(page.locator('[data-on=true]')).waitFor()
}

/** Waits until the bot takes questions. */
export async function untilBotIsReady(page: Page): Promise<void> {
  await page.locator('.bot-state[data-state=ready]').waitFor({ timeout: 240_000 })
}

/** Waits until the sample is whole: every version is evaluated, and the first night is measured. */
export async function untilSampleIsWhole(page: Page): Promise<void> {
  await page.locator('.bot-state[title="Ready."]').waitFor({ timeout: 240_000 })
}
