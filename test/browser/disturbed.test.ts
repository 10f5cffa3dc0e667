// What goes wrong while people look: reloads, two browsers, doubled and refused calls, a killed bot, a form that is too old, a missing handler.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../cli/run-cli.ts'
import { copyPlaygroundFolder, makePlaygroundFolder } from '../playground/played.ts'
import { type OpenAiStandIn, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { expectAccessible } from './accessible.ts'
import { findBrowser } from './open-browser.ts'
import { pictureOfFailure } from './pictures.ts'
import { openPlaygroundSite, PATIENCE, type PlaygroundSite, untilBotIsReady } from './playground-site.ts'
import {
  closeThread,
  mentionInSlack,
  messageInChannel,
  openChannel,
  repliesInThread,
  slackSide,
  writeInSlack,
} from './slack-page.ts'
import { botInTeams, writeInTeams } from './teams-page.ts'
import { watchGrowth } from './watch-growth.ts'

const found = await findBrowser()
const suite = found === null ? describe.skip : describe
if (found === null) console.warn('NOT RUN: test/browser/disturbed.test.ts. No browser starts on this machine.')

const soon = { timeout: PATIENCE, interval: 100 }
const QUESTION = 'How do I reset my password?'
/** Written slowly, as a model does, so that there is a middle in which something can go wrong. */
const ANSWER = `${'Open Settings, go to Security, and press Reset password. [1] '.repeat(8)}That was the last sentence. [1]`
const LAST = 'That was the last sentence.'
const ROOT = join(import.meta.dirname, '..', '..')

/** Sources of Lakedesk in which some lines are taken out. */
function copyWithout(lines: Readonly<Record<string, string>>): { path: string; dispose(): void } {
  const copy = makeFolder()
  for (const name of ['src', 'manifest', 'examples', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, name), join(copy.path, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'))
  for (const [file, text] of Object.entries(lines)) {
    const path = join(copy.path, file)
    const whole = readFileSync(path, 'utf8')
    if (!whole.includes(text)) throw new Error(`${file} does not hold: ${text}`)
    writeFileSync(path, whole.replace(text, ''))
  }
  return copy
}

const HANDLERS = {
  'src/bots/slack/read-slack-event.ts': `    case 'app_mention':
    case 'message':
      return readMessage(envelope, me)
`,
  'src/bots/teams/read-teams-activity.ts': `    case 'message':
      return readMessage(activity, options)
`,
}

async function askInSlack(page: Page): Promise<void> {
  await closeThread(page)
  await openChannel(page, 'support')
  await mentionInSlack(page, 'support', QUESTION)
}

const answerInSlack = (page: Page) => repliesInThread(page).last()

/** The checks that pass with the real bot, and must not without its handlers. */
async function expectAnswerInSlack(page: Page, timeout = PATIENCE): Promise<void> {
  await askInSlack(page)
  await answerInSlack(page).getByText(LAST).waitFor({ timeout })
}

async function expectAnswerInTeams(page: Page, timeout = PATIENCE): Promise<void> {
  const before = await botInTeams(page).count()
  await writeInTeams(page, QUESTION)
  await botInTeams(page).nth(before).getByText(LAST).waitFor({ timeout })
}

/** Once it is complete and nothing more comes, there is one answer, and it says everything once. */
async function expectOneWholeAnswer(page: Page): Promise<void> {
  await repliesInThread(page).and(page.locator('[data-stream=completed]')).getByText(LAST).waitFor()
  await untilQuiet(page)
  const said = await repliesInThread(page).allTextContents()
  expect(said.filter((text) => text.includes('Open Settings'))).toHaveLength(1)
  expect(said.join('').split(LAST)).toHaveLength(2)
}

/** Nothing new on the wire for a while. */
async function untilQuiet(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const last = { at: performance.now() }
    const source = new EventSource('/api/events')
    source.onmessage = () => {
      last.at = performance.now()
    }
    while (performance.now() - last.at < 1500) await new Promise((resolve) => setTimeout(resolve, 50))
    source.close()
  })
}

const faults = (page: Page) => page.getByRole('complementary', { name: 'Faults' })

async function openFaults(page: Page): Promise<void> {
  if (!(await faults(page).isVisible())) await page.getByRole('button', { name: 'Faults', exact: true }).click()
  await faults(page).waitFor()
}

/** Done by the page's own server, as the buttons of the page ask for it. */
function deed(page: Page, body: unknown): Promise<unknown> {
  return page.evaluate(async (told) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch('/api/do', { method: 'POST', headers, body: JSON.stringify(told) })
    return await response.json()
  }, body)
}

/** An open form covers the drawer. */
const bot = (page: Page, action: 'kill' | 'restart') => deed(page, { do: 'bot', action })

suite('a playground in which something goes wrong', { timeout: 300_000 }, () => {
  let folder: { path: string; dispose(): void }
  let model: OpenAiStandIn
  let site: PlaygroundSite
  let page: Page

  const env = () => ({ LAKEDESK_MODEL: 'scripted', LAKEDESK_MODEL_BASE_URL: model.baseUrl })

  beforeAll(async () => {
    if (found === null) return
    model = await startOpenAiStandIn((request) =>
      request.messages.at(-1)?.role === 'user'
        ? { toolCalls: [{ name: 'search-docs', arguments: { query: 'reset password' } }], delayMs: 100 }
        : { text: ANSWER, pieceChars: 8, pieceDelayMs: 40, delayMs: 100 },
    )
    folder = makePlaygroundFolder()
    site = await openPlaygroundSite(found, { folder: folder.path, env: env() })
    page = await site.open('Sam')
    await untilBotIsReady(page)
  }, 300_000)

  afterAll(async () => {
    await site?.close()
    await model?.close()
    folder?.dispose()
  }, 60_000)

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await pictureOfFailure(page, task.name)
  })

  it('shows an answer growing while it is written, in Slack and in Teams', async () => {
    const lengths = await watchGrowth(page, '[data-growing=true]')
    await expectAnswerInSlack(page)
    const inSlack = await lengths()
    expect(new Set(inSlack).size).toBeGreaterThan(3)
    const growing = await watchGrowth(page, '.t-prose-growing')
    await expectAnswerInTeams(page)
    expect(new Set(await growing()).size).toBeGreaterThan(1)
  })

  it('shows to two people in two browsers at once what each of them writes', async () => {
    const ana = await site.open('Ana')
    await openChannel(ana, 'support')
    await closeThread(page)
    await writeInSlack(ana, 'support', 'Does anybody know the customer from Bergen?')
    await messageInChannel(page, 'support', 'the customer from Bergen').waitFor()
    await writeInSlack(page, 'support', 'Yes, they called this morning.')
    await messageInChannel(ana, 'support', 'they called this morning').waitFor()
    await ana.context().close()
  })

  it('shows the whole answer once to somebody who reloads in the middle of it', async () => {
    await askInSlack(page)
    await answerInSlack(page).getByText('Open Settings').first().waitFor()
    await page.reload()
    await slackSide(page).waitFor()
    expect(await slackSide(page).textContent()).not.toContain(LAST)
    await expectOneWholeAnswer(page)
  })

  it('gives one answer to what is delivered twice', async () => {
    await openFaults(page)
    const twice = faults(page).getByRole('switch', { name: 'Deliver every event twice' })
    await twice.check()
    await askInSlack(page)
    await expectOneWholeAnswer(page)
    await twice.uncheck()
  })

  it('answers although the platform refuses calls for being too many', async () => {
    const refused = faults(page).getByRole('spinbutton', { name: 'Calls still to refuse' })
    await refused.fill('3')
    await refused.press('Tab')
    await expect.poll(() => refused.inputValue(), soon).toBe('3')
    await askInSlack(page)
    await expectOneWholeAnswer(page)
    expect(await refused.inputValue()).toBe('0')
  })

  it('gives one whole answer where the bot is killed while it writes, and is started again', async () => {
    const drawer = faults(page).getByRole('region', { name: 'Kill and restart the bot' })
    await askInSlack(page)
    await answerInSlack(page).getByText('Open Settings').first().waitFor()
    await drawer.getByRole('button', { name: 'Kill', exact: true }).click()
    await page.locator('.bot-state[data-state=stopped]').waitFor()
    expect(await slackSide(page).textContent()).not.toContain(LAST)
    await drawer.getByRole('button', { name: 'Start again' }).click()
    await untilBotIsReady(page)
    await expectOneWholeAnswer(page)
  })

  it('leaves a question alone while no bot runs: the page and its server answer nothing by themselves', async () => {
    const drawer = faults(page).getByRole('region', { name: 'Kill and restart the bot' })
    await drawer.getByRole('button', { name: 'Kill', exact: true }).click()
    await page.locator('.bot-state[data-state=stopped]').waitFor()
    await askInSlack(page)
    await untilQuiet(page)
    expect(await repliesInThread(page).count()).toBe(0)
    await drawer.getByRole('button', { name: 'Start again' }).click()
    await untilBotIsReady(page)
    await expectOneWholeAnswer(page)
    await page.getByRole('button', { name: 'Close the panel' }).click()
  })

  it('keeps what was written into a form while no bot runs, says so, and says of a form that is gone what happened', async () => {
    await answerInSlack(page)
      .getByRole('button', { name: /did not help/ })
      .click()
    const form = page.getByRole('dialog', { name: 'What went wrong?' })
    await form.waitFor()
    await expectAccessible(page, 'an open form')
    await form.getByRole('textbox').fill('The link is missing.')
    await bot(page, 'kill')
    await page.locator('.bot-state[data-state=stopped]').waitFor()
    await form.getByRole('button', { name: 'Send' }).click()
    await page.getByText('We had some trouble connecting').first().waitFor()
    expect(await form.getByRole('textbox').inputValue()).toBe('The link is missing.')
    await bot(page, 'restart')
    await untilBotIsReady(page)
    await form.getByRole('button', { name: 'Send' }).click()
    await form.waitFor({ state: 'detached' })
    const late = await deed(page, { do: 'slack-submit', as: 'sam', modal: 'V0', state: {} })
    expect(late).toMatchObject({ ok: false, error: expect.stringMatching(/not there any more/) })
  })

  it('leaves questions unanswered where the handlers of the bots are taken out, and nothing else is changed', async () => {
    if (found === null) return
    const copied = copyPlaygroundFolder(folder.path)
    const changed = copyWithout(HANDLERS)
    const mute = await openPlaygroundSite(found, { folder: copied.path, root: changed.path, env: env() })
    try {
      const visitor = await mute.open('Sam')
      await untilBotIsReady(visitor)
      // The same checks, and twice the time that they took a moment ago.
      await expect(expectAnswerInSlack(visitor, 12_000)).rejects.toThrow(/Timeout/)
      expect(await repliesInThread(visitor).count()).toBe(0)
      const before = await botInTeams(visitor).count()
      await expect(expectAnswerInTeams(visitor, 12_000)).rejects.toThrow(/Timeout/)
      expect(await botInTeams(visitor).count()).toBe(before)
      // It is the handler alone that is missing: commands of Slack go another way, and work.
      await closeThread(visitor)
      await writeInSlack(visitor, 'support', '/versions')
      await messageInChannel(visitor, 'support', /v3/).waitFor()
    } finally {
      await mute.close()
      changed.dispose()
      copied.dispose()
    }
  })
})
