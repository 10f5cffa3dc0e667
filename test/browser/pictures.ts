// Screenshots for the documentation, taken where asked: `LAKEDESK_TEST_PICTURES=docs/pictures`.
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const FOLDER = process.env.LAKEDESK_TEST_PICTURES

/** In both themes, with the mouse out of the way. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!FOLDER) return
  mkdirSync(FOLDER, { recursive: true })
  await page.mouse.move(0, 0)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // Charts are drawn anew in the other theme.
    await page.waitForTimeout(700)
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: null })
}

/** What stood there when a test failed. */
export async function pictureOfFailure(page: Page | undefined, test: string): Promise<void> {
  const name = test.slice(0, 60).replaceAll(/\W+/g, '-')
  await page?.screenshot({ path: join(tmpdir(), `lakedesk-${name}.png`) })
}
