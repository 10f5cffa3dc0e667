// The playground as a visitor has it: `lakedesk playground` as its own process, and a browser that looks at it.
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { makeFolder, startCli } from '../cli/run-cli.ts'
import { eventually } from '../end-to-end/served.ts'
import { findBrowser, openBrowser } from './open-browser.ts'

export interface PlaygroundSite {
  url: string
  browser: Browser
  /** Everything it printed so far. */
  said(): string
  /** A page of its own, looked at by that person; Sam where none is named. */
  open(
    seat?: string,
    options?: { colorScheme?: 'light' | 'dark'; viewport?: { width: number; height: number } },
  ): Promise<Page>
  /** Waits for a sentence of its output. */
  until(what: RegExp, timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export const VIEWPORT = { width: 1600, height: 1000 }

/** Null where this machine has no browser: the suite says so by name. */
export async function openPlaygroundSite(): Promise<PlaygroundSite | null> {
  const found = await findBrowser()
  if (found === null) return null
  const folder = makeFolder()
  const child: ChildProcess = startCli(['playground', '--port', '0', '--data', join(folder.path, 'playground')], {})
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => {
      said += part
    })
  }
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = await eventually(() => /playground: (http\S+)/.exec(said)?.[1], `an address: ${said}`, 60_000)
  const browser = await openBrowser(found)
  const contexts: BrowserContext[] = []
  return {
    url,
    browser,
    said: () => said,
    async open(seat = 'Sam', options = {}) {
      const context = await browser.newContext({ viewport: VIEWPORT, ...options })
      contexts.push(context)
      const page = await context.newPage()
      page.setDefaultTimeout(30_000)
      await page.goto(url)
      await takeSeat(page, seat)
      return page
    },
    until: (what, timeoutMs = 120_000) =>
      eventually(() => (what.test(said) ? true : undefined), `${what} in: ${said}`, timeoutMs).then(() => {}),
    async close() {
      await browser.close()
      child.kill('SIGTERM')
      await gone
      folder.dispose()
    },
  }
}

/** Looks through that person's eyes from now on. */
export async function takeSeat(page: Page, name: string): Promise<void> {
  const seat = page.locator('label.seat', { has: page.locator('.seat-name', { hasText: new RegExp(`^${name}\\b`) }) })
  await seat.click()
  await seat.and(page.locator('[data-on=true]')).waitFor()
}

export const slackSide = (page: Page): Locator => page.locator('#slack-side')
export const teamsSide = (page: Page): Locator => page.locator('#teams-side')

/** Opens a channel of the Slack workspace. */
export async function openChannel(page: Page, name: string): Promise<void> {
  await slackSide(page)
    .getByRole('navigation')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
  await slackSide(page).getByLabel(`Message #${name}`).waitFor()
}

/** Writes into the box of the Slack channel that is open, and sends it. */
export async function writeInSlack(page: Page, channel: string, text: string): Promise<void> {
  const box = slackSide(page).getByLabel(`Message #${channel}`)
  await box.fill(text)
  // A command is completed while it is typed: Escape leaves the words as they are.
  if (text.startsWith('/')) await box.press('Escape')
  await box.press('Enter')
}

/** Asks the bot by its name. */
export async function mentionInSlack(page: Page, channel: string, text: string): Promise<void> {
  const box = slackSide(page).getByLabel(`Message #${channel}`)
  await box.click()
  await slackSide(page)
    .getByRole('button', { name: /^Mention/ })
    .click()
  await box.pressSequentially(text)
  await box.press('Enter')
}

/** Writes to the bot in the one-to-one chat of Teams. */
export async function writeInTeams(page: Page, text: string): Promise<void> {
  const box = teamsSide(page).getByLabel('Message Lakedesk')
  await box.fill(text)
  await box.press('Escape')
  await box.press('Enter')
}
