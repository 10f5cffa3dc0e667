// What a person does and sees in the Slack workspace of the page.
import type { Locator, Page } from 'playwright-core'

export const slackSide = (page: Page): Locator => page.locator('#slack-side')

/** The channel that is open, without the thread beside it. */
export const channelPane = (page: Page, name: string): Locator =>
  slackSide(page).getByRole('region', { name: `Channel ${name}` })

/** The thread that is open beside its channel. */
export const threadPane = (page: Page): Locator => slackSide(page).getByRole('region', { name: 'Thread', exact: true })

/** Opens a channel by its name, or the app. */
export async function openChannel(page: Page, name: string): Promise<void> {
  await slackSide(page)
    .getByRole('navigation')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
  if (name !== 'Lakedesk') await channelPane(page, name).waitFor()
}

/** Writes into the box of the channel that is open, and sends it: words, or a command. */
export async function writeInSlack(page: Page, channel: string, text: string): Promise<void> {
  const box = channelPane(page, channel).getByLabel(`Message #${channel}`)
  await box.fill(text)
  // A command is completed while it is typed: Escape leaves the words as they are.
  if (text.startsWith('/')) await box.press('Escape')
  await box.press('Enter')
}

/** Asks the bot by its name, which the button beside the box puts there. The thread of the answer opens by itself. */
export async function mentionInSlack(page: Page, channel: string, text: string): Promise<void> {
  const box = channelPane(page, channel).getByLabel(`Message #${channel}`)
  await box.click()
  await channelPane(page, channel)
    .getByRole('button', { name: /^Mention/ })
    .click()
  await box.pressSequentially(text)
  await box.press('Enter')
}

/** Messages of the bot in the thread that is open: those above which nothing more is written. */
export const repliesInThread = (page: Page): Locator =>
  threadPane(page).locator('article.message', { has: page.locator('.badge', { hasText: 'App' }) })

/** The message of a channel that holds these words; the newest where there are several. */
export const messageInChannel = (page: Page, channel: string, words: string | RegExp): Locator =>
  channelPane(page, channel).locator('article.message', { hasText: words }).last()

/** Opens the thread of a message by the row under it. */
export async function openThreadOf(page: Page, message: Locator): Promise<void> {
  await message.locator('.thread-row').click({ timeout: 60_000 })
  await threadPane(page).waitFor()
}

/** Where the thread covers the channel, its button leads back. */
export async function closeThread(page: Page): Promise<void> {
  const thread = threadPane(page)
  if (!(await thread.isVisible())) return
  await thread.getByRole('button', { name: /^(Close the thread|Back to the channel)$/ }).click()
  await thread.waitFor({ state: 'detached' })
}

/** Takes an entry of the menu of a message. */
export async function pickFromMenu(message: Locator, entry: RegExp): Promise<void> {
  await message.hover()
  await message.getByRole('button', { name: 'More actions' }).click()
  await message.getByRole('menuitem', { name: entry }).click()
}
