// What a person does and sees in the Teams client of the page.
import type { Locator, Page } from 'playwright-core'

export const teamsSide = (page: Page): Locator => page.locator('#teams-side')

/** Opens a chat or a channel by its name; the chat with the bot is `Lakedesk`. */
export async function openChat(page: Page, name: string): Promise<void> {
  await teamsSide(page)
    .getByRole('navigation')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
  await teamsSide(page).getByRole('region', { name, exact: true }).waitFor()
}

/** Writes to the bot in the one-to-one chat that is open, and sends it. */
export async function writeInTeams(page: Page, text: string): Promise<void> {
  const box = teamsSide(page).getByLabel('Message Lakedesk')
  await box.fill(text)
  await box.press('Escape')
  await box.press('Enter')
}

/** Messages of the bot in the chat that is open. */
export const botInTeams = (page: Page): Locator => teamsSide(page).locator('article.t-message[data-bot=true]')
