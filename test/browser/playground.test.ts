// A day in the playground through a visitor's eyes: a real browser over the real bots, from the first question to the nightly's button.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { findBrowser } from './open-browser.ts'
import { picture, pictureOfFailure } from './pictures.ts'
import {
  openPlaygroundSite,
  PATIENCE,
  type PlaygroundSite,
  takeSeat,
  untilBotIsReady,
  untilSampleIsWhole,
} from './playground-site.ts'
import {
  channelPane,
  closeThread,
  mentionInSlack,
  messageInChannel,
  openChannel,
  openThreadOf,
  pickFromMenu,
  repliesInThread,
  threadPane,
  writeInSlack,
} from './slack-page.ts'
import { botInTeams, openChat, teamsSide, writeInTeams } from './teams-page.ts'
import { watchGrowth } from './watch-growth.ts'

const found = await findBrowser()
const suite = found === null ? describe.skip : describe
if (found === null) console.warn('NOT RUN: test/browser/playground.test.ts. No browser starts on this machine.')

const soon = { timeout: PATIENCE, interval: 100 }

suite('a day in the playground', { timeout: 300_000 }, () => {
  let site: PlaygroundSite
  let page: Page

  beforeAll(async () => {
    if (found) site = await openPlaygroundSite(found)
  }, 180_000)
  afterAll(() => site?.close(), 60_000)
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await pictureOfFailure(page, task.name)
  })

  it('is there at once, and says what it prepares', async () => {
    page = await site.open('Sam')
    expect(await page.title()).toBe('Lakedesk playground')
    await expectAccessible(page, 'the first page')
    await untilBotIsReady(page)
  })

  it('answers a question in Slack with its sources, streamed in the thread', async () => {
    await openChannel(page, 'support')
    await mentionInSlack(page, 'support', 'How do I reset my password?')
    const answer = repliesInThread(page).last()
    await expect.poll(() => answer.textContent(), soon).toMatch(/Settings.*\[1\]/s)
    await answer.and(page.locator('[data-stream=completed]')).waitFor()
    expect(await answer.textContent()).toMatch(/product-docs-rag v1/)
    expect(
      await answer
        .getByRole('link', { name: /Reset your password/ })
        .first()
        .getAttribute('href'),
    ).toMatch(/^https:/)
    await expectAccessible(page, 'an answer in Slack')
  })

  it('answers a question in Teams with its sources, saying first what it does', async () => {
    const informed = await watchGrowth(page, '.t-informative, .t-prose-growing')
    await writeInTeams(page, 'How do I configure SSO with Okta?')
    const answer = botInTeams(page).last()
    await expect.poll(() => answer.textContent(), soon).toMatch(/product-docs-rag v1/)
    expect((await informed()).length).toBeGreaterThan(0)
    expect(await answer.getAttribute('aria-busy')).toBe('false')
    expect(await answer.textContent()).toMatch(/AI generated.*Okta/s)
    const sources = answer.getByRole('list', { name: 'Sources' })
    expect(await sources.getByRole('link').first().getAttribute('href')).toMatch(/^https:/)
    await answer.locator('.t-cite').first().click()
    await teamsSide(page).getByRole('dialog').getByText(/Okta/).first().waitFor()
    await expectAccessible(page, 'an answer in Teams, with an open source')
    await teamsSide(page).getByRole('button', { name: 'Close the source' }).click()
    await picture(page, 'overview')
  })

  it('triages the message of a customer from its menu, as a card that can be corrected', async () => {
    await closeThread(page)
    const words = 'I was charged twice for the Growth plan. Please refund the second invoice urgently!'
    await writeInSlack(page, 'support', words)
    const ticket = messageInChannel(page, 'support', words)
    await pickFromMenu(ticket, /^Triage this thread/)
    await openThreadOf(page, ticket)
    const card = repliesInThread(page).first()
    await expect.poll(() => card.textContent(), soon).toMatch(/is billing/)
    await picture(page, 'triage')
    await card.getByLabel(/Product name/).fill('Growth plan')
    await card.getByLabel(/Urgency level/).selectOption('medium')
    await card.getByRole('button', { name: 'Save corrections' }).click()
    await expect.poll(() => card.textContent(), soon).toMatch(/corrected.* to "Growth plan" by Sam Okafor/)
    await closeThread(page)
  })

  describe('a promotion that needs two people', () => {
    let bo: Page

    it('is refused by the gate for the version that is worse', async () => {
      await untilSampleIsWhole(page)
      await takeSeat(page, 'Ana')
      await openChannel(page, 'ml-releases')
      await writeInSlack(page, 'ml-releases', '/promote v2')
      const answer = messageInChannel(page, 'ml-releases', '/promote v2')
      await expect.poll(() => answer.textContent(), soon).toMatch(/v2 does not pass the gate, so it cannot be approved/)
      expect(await answer.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    })

    it('is asked for in Slack, and its asker cannot approve it', async () => {
      await writeInSlack(page, 'ml-releases', '/promote v3')
      const card = messageInChannel(page, 'ml-releases', 'Promote product_docs_rag v3 to Champion')
      await expect.poll(() => card.textContent(), soon).toMatch(/All 6 gated metrics pass/)
      await card.getByRole('button', { name: 'Approve' }).click()
      const question = page.getByRole('dialog')
      await question.getByRole('button', { name: 'Approve' }).waitFor()
      await expectAccessible(page, 'the question before an approval')
      await question.getByRole('button', { name: 'Approve' }).click()
      await expect
        .poll(() => channelPane(page, 'ml-releases').textContent(), soon)
        .toMatch(/You may not decide on request \w+\. These may: bo@/)
    })

    it('is approved by another in Teams, before the eyes of the asker', async () => {
      bo = await site.open('Bo')
      await openChat(bo, 'ML releases')
      await openChannel(bo, 'ml-releases')
      const approve = teamsSide(bo).getByRole('button', { name: 'Approve' }).last()
      await approve.waitFor()
      await expectAccessible(bo, 'the card of a promotion on both sides')
      await picture(bo, 'promotion')
      await approve.click()
      const card = messageInChannel(page, 'ml-releases', '/promote v3')
      await expect.poll(() => card.textContent(), soon).toMatch(/Done on .*approved by Bo Tanaka/)
      expect(await card.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    })

    it('is what answers rest on from then on, as every step on their way shows', async () => {
      await takeSeat(page, 'Sam')
      await page.getByRole('button', { name: 'Wire and steps' }).click()
      const panel = page.getByRole('complementary', { name: 'Wire and steps' })
      await panel.getByRole('button', { name: 'Clear' }).click()
      await openChannel(page, 'support')
      await mentionInSlack(page, 'support', 'How do I reset my password?')
      await expect.poll(() => repliesInThread(page).last().textContent(), soon).toMatch(/product-docs-rag v3/)
      const turn = panel.locator('.w-group', { hasText: 'How do I reset my password?' }).first()
      const head = turn.locator('.w-group-head')
      // The newest one is open by itself.
      if ((await head.getAttribute('aria-expanded')) === 'false') await head.click()
      for (const step of ['app_mention', 'search-docs', 'chat.startStream', 'chat.stopStream'])
        await turn.locator('.w-entries').getByText(step, { exact: true }).first().waitFor()
      await expectAccessible(page, 'the wire panel')
      await picture(page, 'wire')
      await panel.getByRole('button', { name: 'Close the panel' }).click()
      await closeThread(page)
      await takeSeat(page, 'Ana')
    })

    it('is rolled back when somebody asks and another one approves', async () => {
      await openChannel(page, 'ml-releases')
      await writeInSlack(page, 'ml-releases', '/rollback')
      const card = messageInChannel(page, 'ml-releases', '/rollback')
      await expect.poll(() => card.textContent(), soon).toMatch(/Roll back product_docs_rag from v3 to v1\?/)
      await teamsSide(bo).getByRole('button', { name: 'Approve' }).last().click()
      await expect.poll(() => card.textContent(), soon).toMatch(/Done on .*approved by Bo Tanaka/)
      await takeSeat(page, 'Sam')
      await writeInTeams(page, 'How do I reset my password?')
      await expect.poll(() => botInTeams(page).last().textContent(), soon).toMatch(/product-docs-rag v1/)
    })

    it('is asked for again by the button of the nightly report, and rejected', async () => {
      await takeSeat(page, 'Ana')
      await openChannel(page, 'nightly')
      const report = channelPane(page, 'nightly')
        .locator('article.message', { has: page.getByRole('button', { name: 'Promote v3' }) })
        .first()
      // The verdict in one sentence, the nights before as a chart, what was measured, and what it cost.
      await expect.poll(() => report.textContent(), soon).toMatch(/Champion v1 holds/)
      expect(await report.textContent()).toMatch(/60 questions of tallyport\/questions, judge offline · no cost/)
      await report.locator('.chart, img').first().waitFor()
      await openChat(page, 'Nightly')
      await teamsSide(page).locator('.chart').first().waitFor()
      await expectAccessible(page, 'the nightly report with its chart')
      await picture(page, 'nightly')
      await report.getByRole('button', { name: 'Promote v3' }).click()
      // What comes of it stands in the report's own thread.
      await openThreadOf(page, report)
      const card = repliesInThread(page).last()
      await expect
        .poll(() => card.textContent(), soon)
        .toMatch(/Promote product_docs_rag v3 to Champion.*Asked by Ana Lindqvist/s)
      await teamsSide(bo).getByRole('button', { name: 'Reject' }).last().click()
      await expect.poll(() => card.textContent(), soon).toMatch(/rejected by Bo Tanaka/i)
      await bo.context().close()
      await closeThread(page)
    })
  })

  it('shows the report of another night: what got worse, with its cases, and as a file for the browser', async () => {
    const day = new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10)
    await writeInSlack(page, 'nightly', `/report ${day}`)
    const report = messageInChannel(page, 'nightly', `/report ${day}`)
    await expect.poll(() => report.textContent(), soon).toMatch(/Champion v2 got worse.*What got worse/s)
    await mentionInSlack(page, 'nightly', `report ${day} html`)
    const file = threadPane(page)
      .locator('a.file', { hasText: `nightly-${day}.html` })
      .first()
    await file.waitFor()
    const html = await page.evaluate(
      async (url) => await (await fetch(url)).text(),
      (await file.getAttribute('href')) ?? '',
    )
    expect(html).toMatch(/<!doctype html>.*Champion v2 got worse/is)
    await closeThread(page)
  })

  it('can be used by everybody where faults are made', async () => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByRole('complementary', { name: 'Faults' }).waitFor()
    await expectAccessible(page, 'the drawer of faults')
    await picture(page, 'faults')
  })
})
