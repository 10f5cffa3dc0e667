// Microsoft 365 Agents Playground in a browser against the real server; and what it sends, beside what our people send.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser, openBrowser } from '../browser/open-browser.ts'
import { makeFolder, runCli } from '../cli/run-cli.ts'
import { eventually, startServed } from '../end-to-end/served.ts'
import { pathsOf, RECORDED, recordOurPeople } from '../playground/teams/recorded-deeds.ts'
import { findFreePort } from './find-free-port.ts'
import { installNpm } from './install-npm.ts'
import { type RecordedActivity, recordActivities } from './record-activities.ts'
import { stopGroup } from './run-program.ts'

const PLAYGROUND = '@microsoft/m365agentsplayground@0.2.28'
const SUITE = 'the Agents Playground against the real server'
const sample = join(import.meta.dirname, '../../examples/tallyport')

async function prepare() {
  const installed = await installNpm(PLAYGROUND)
  if (installed.kind === 'missing') return installed
  const found = await findBrowser()
  if (found === null) return { kind: 'missing', why: 'no browser starts on this machine' } as const
  return { kind: 'ready', folder: installed.folder, found } as const
}

type Ready = Extract<Awaited<ReturnType<typeof prepare>>, { kind: 'ready' }>

async function open({ folder, found }: Ready) {
  const data = makeFolder()
  const env = {
    LAKEDESK_DATA: join(data.path, 'data'),
    LAKEDESK_POLICY: join(sample, 'policy.json'),
    LAKEDESK_TEAMS_INSECURE_LOCAL: 'true',
  }
  const ingested = await runCli(['ingest', join(sample, 'docs/account')], env)
  if (ingested.code !== 0) throw new Error(ingested.err)
  const served = await startServed(env)
  const recorder = await recordActivities(served.url)
  const port = await findFreePort()
  const options = ['-e', recorder.url, '-c', 'msteams', '-p', String(port), '--disable-telemetry']
  const child = spawn(process.execPath, [join(folder, 'cli.js'), ...options], {
    cwd: data.path,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      said += part
    })
  }
  await eventually(() => (/Listening/.test(said) ? true : undefined), `the Agents Playground listens: ${said}`)
  const browser = await openBrowser(found)
  const page = await browser.newPage({ viewport: { width: 1400, height: 2000 } })
  page.setDefaultTimeout(30_000)
  await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'domcontentloaded' })
  return {
    ...{ page, recorder },
    async close() {
      await browser.close()
      stopGroup(child.pid, 'SIGTERM')
      await recorder.close()
      await served.stop('SIGTERM')
      data.dispose()
    },
  }
}

const box = (page: Page) => page.locator('[role=textbox][data-lexical-editor=true]').first()

async function say(page: Page, text: string): Promise<void> {
  await box(page).click()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

/** Types an at sign and chooses the bot from the list. */
async function mention(page: Page, text: string): Promise<void> {
  await box(page).click()
  await page.keyboard.type('@', { delay: 50 })
  await page.locator('[role=option],[role=menuitem]').filter({ hasText: 'Test Bot' }).first().click()
  await say(page, ` ${text}`)
}

const prepared = await prepare()
if (prepared.kind === 'missing') console.warn(`not run: ${SUITE} (${prepared.why})`)

describe.skipIf(prepared.kind === 'missing')(SUITE, { timeout: 90_000 }, () => {
  let site: Awaited<ReturnType<typeof open>>
  const deeds: Record<string, RecordedActivity> = {}

  /** The first activity of that kind which came after the ones before. */
  async function heard(deed: string, is: (one: RecordedActivity['sent']) => boolean): Promise<void> {
    const known = new Set(Object.values(deeds))
    deeds[deed] = await eventually(
      () => site.recorder.recorded().find((one) => !known.has(one) && is(one.sent)),
      `${deed} in ${JSON.stringify(site.recorder.recorded().map(({ sent }) => [sent.type, sent.name, sent.text]))}`,
    )
    expect(deeds[deed]?.status).toBe(200)
  }

  beforeAll(async () => {
    if (prepared.kind === 'ready') site = await open(prepared)
  }, 90_000)
  afterAll(() => site?.close())

  it('is greeted, asks, and sees the answer that was streamed, labelled, with numbers of its sources', async () => {
    const { page } = site
    await page.getByText('Hello, I am').first().waitFor()
    await heard('installation', ({ type }) => type === 'installationUpdate')
    await say(page, 'How do I reset my password?')
    await page.getByText('AI generated').first().waitFor()
    await page.getByText('Reset password', { exact: false }).first().waitFor()
    // Its log names each activity of the bot: the stream begins with typing.
    await page
      .getByText(/^typing 20[12]$/)
      .first()
      .waitFor()
    await page.getByText('[1]', { exact: false }).first().waitFor()
    await heard('message', ({ text }) => text === 'How do I reset my password?')
  })

  it('takes a thumb with a reason', async () => {
    const { page } = site
    await page.getByRole('button', { name: 'Like', exact: true }).last().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').first().fill('good one')
    await dialog.getByRole('button', { name: 'Submit' }).click()
    await heard('feedback', ({ name }) => name === 'message/submitAction')
    await page.getByText('Close', { exact: true }).first().click()
    await dialog.waitFor({ state: 'hidden' })
  })

  it('has a ticket triaged, edits the card and saves it', async () => {
    const { page } = site
    await say(page, 'triage I was charged twice for March on Tallyport Billing, error PAY-402.')
    await page.getByText('is billing', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Edit' }).last().click()
    await page.getByRole('button', { name: 'Save' }).last().click()
    await heard('Action.Submit', ({ type, value }) => type === 'message' && value !== undefined)
  })

  it('presses Action.Execute on a card', async () => {
    const { page, recorder } = site
    const at = deeds.message?.sent
    if (at === undefined) throw new Error('nothing was asked before')
    await recorder.postCard(at)
    await page.getByRole('button', { name: 'Press me' }).click()
    await heard('Action.Execute', ({ name }) => name === 'adaptiveCard/action')
  })

  it('mentions the bot in a group and in a channel', async () => {
    const { page } = site
    await page.getByText('Group Chat', { exact: true }).last().click()
    await mention(page, 'How do I reset my password?')
    const isSaidIn = (kind: string) => (one: RecordedActivity['sent']) =>
      one.type === 'message' && one.conversation.conversationType === kind
    await heard('message in a group', isSaidIn('groupChat'))
    await page.getByText('General', { exact: true }).last().click()
    await mention(page, 'How do I reset my password?')
    await heard('message in a channel', isSaidIn('channel'))
  })

  it('sent what was recorded before, and nothing that our people leave out', async () => {
    const ours = await recordOurPeople()
    // What stands on a card is the card's own.
    const own = (path: string) =>
      !/^value\.(action\.data\.|note$|\w+$)/.test(path) || /^value\.(action|actionName)/.test(path)
    const compared = Object.entries(deeds).map(([deed, { sent }]) => {
      const paths = [...new Set(pathsOf(sent))].filter(own)
      const [before, here] = [new Set(RECORDED[deed]), new Set(pathsOf(ours[deed]))]
      return {
        deed,
        isNew: paths.filter((path) => !before.has(path)),
        missing: paths.filter((path) => !here.has(path)),
      }
    })
    expect(compared).toEqual(Object.keys(deeds).map((deed) => ({ deed, isNew: [], missing: [] })))
    expect(Object.keys(deeds)).toHaveLength(7)
  })
})
