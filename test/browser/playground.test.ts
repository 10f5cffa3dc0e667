// The playground through a visitor's eyes: a real browser over the real bots, from the first question to the nightly's button.
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  mentionInSlack,
  openChannel,
  openPlaygroundSite,
  slackSide,
  takeSeat,
  teamsSide,
  VIEWPORT,
  writeInSlack,
  writeInTeams,
} from './playground-site.ts'

const site = await openPlaygroundSite()
const suite = site === null ? describe.skip : describe
if (site === null) console.warn('NOT RUN: test/browser/playground.test.ts. No browser starts on this machine.')

/** Pictures are taken where asked: `LAKEDESK_TEST_PICTURES=docs/pictures`. */
const PICTURES = process.env.LAKEDESK_TEST_PICTURES

async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return
  mkdirSync(PICTURES, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.waitForTimeout(400)
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: null })
}

suite('the playground in a browser', { timeout: 240_000 }, () => {
  if (site === null) return
  let page: Page
  afterAll(() => site.close(), 60_000)
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      await page.screenshot({ path: join(tmpdir(), `lakedesk-${task.name.slice(0, 40).replaceAll(' ', '-')}.png`) })
  })

  it('is there at once, and says what it prepares', async () => {
    page = await site.open('Sam')
    await page
      .getByRole('heading', { name: /Lakedesk/ })
      .first()
      .waitFor()
    await site.until(/Ready\./)
  })

  it('answers a question in Slack, streamed and with its sources', async () => {
    await openChannel(page, 'support')
    await mentionInSlack(page, 'support', 'How do I reset my password?')
    const answer = slackSide(page).locator('article.message', { hasText: 'Settings' }).last()
    // It grows while it is written ...
    await slackSide(page).locator('article.message[data-stream=in_progress]').waitFor()
    // ... and ends with what it rests on.
    await slackSide(page).locator('article.message[data-stream=completed]').waitFor({ timeout: 60_000 })
    await expect.poll(() => answer.innerText()).toMatch(/\[1\]/)
    await expect.poll(() => answer.innerText()).toMatch(/Reset your password/i)
    expect(await answer.getByRole('link').first().getAttribute('href')).toMatch(/^https:\/\//)
    await picture(page, 'slack-answer')
  })

  it('answers a question in Teams, streamed and with its sources', async () => {
    await writeInTeams(page, 'How do I configure SSO with Okta?')
    const answer = teamsSide(page).locator('article.t-message[data-bot=true]').last()
    await expect.poll(() => answer.getAttribute('aria-busy'), { timeout: 30_000 }).toBe('true')
    await expect.poll(() => answer.getAttribute('aria-busy'), { timeout: 90_000 }).not.toBe('true')
    const text = await answer.innerText()
    expect(text).toMatch(/Okta/)
    expect(text).toMatch(/AI generated/)
    await answer
      .getByRole('button', { name: /source|\[1\]|^1$/i })
      .first()
      .click()
    await picture(page, 'teams-answer')
    await page.keyboard.press('Escape')
  })

  it('triages a message of a customer as a card that can be edited', async () => {
    await slackSide(page)
      .getByRole('button', { name: 'Close the thread' })
      .or(slackSide(page).getByRole('button', { name: 'Back to the channel' }))
      .first()
      .click()
    await writeInSlack(
      page,
      'support',
      'I was charged twice for the Growth plan. Please refund the second invoice urgently!',
    )
    const ticket = slackSide(page).locator('article.message', { hasText: 'charged twice' }).first()
    await ticket.hover()
    await ticket.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /Triage this thread/ }).click()
    await ticket.getByRole('button', { name: /repl/ }).click()
    const card = slackSide(page).getByRole('region', { name: 'Thread' }).locator('article.message').last()
    await expect.poll(() => card.innerText(), { timeout: 30_000 }).toMatch(/billing/i)
    await picture(page, 'slack-triage')
  })
})
