// Accessibility, checked by axe: in both themes, and on a narrow screen.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { VIEWPORT } from './playground-site.ts'

const NARROW = { width: 390, height: 844 }
const LOOKS = [
  { colorScheme: 'light', viewport: VIEWPORT },
  { colorScheme: 'dark', viewport: VIEWPORT },
  { colorScheme: 'light', viewport: NARROW },
] as const

/** What axe calls serious or critical, each with the first element that has it. */
async function findBarriers(page: Page): Promise<string[]> {
  // The legacy mode runs in this page alone: the other one opens a second page, which a packed Chromium may lack.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 160)}`)
}

/** Colours and widths change over some frames; axe would see them half way. */
async function untilStill(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    await Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
        .map((one) => one.finished),
    )
  })
}

/** Fails where somebody could not use what the page shows now. The page is left as it was. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const found: string[] = []
  for (const { colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    await untilStill(page)
    found.push(...(await findBarriers(page)).map((barrier) => `${colorScheme}, ${viewport.width} px: ${barrier}`))
  }
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize(VIEWPORT)
  expect(found, what).toEqual([])
}
