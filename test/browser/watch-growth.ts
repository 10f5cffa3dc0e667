// Looks at each change of the page, so that nothing which stands there for a moment only is missed.
import type { Page } from 'playwright-core'

/** From now on, remembers how long every text was that stood in what the selector finds. */
export async function watchGrowth(page: Page, selector: string): Promise<() => Promise<number[]>> {
  await page.evaluate((wanted) => {
    const lengths: number[] = []
    const look = () => {
      for (const element of document.querySelectorAll(wanted)) {
        const { length } = element.textContent ?? ''
        if (length > 0 && lengths.at(-1) !== length) lengths.push(length)
      }
    }
    new MutationObserver(look).observe(document.body, {
      ...{ subtree: true, childList: true, characterData: true, attributes: true },
    })
    look()
    Object.assign(globalThis, { lengthsSeen: lengths })
  }, selector)
  return () => page.evaluate(() => (globalThis as unknown as { lengthsSeen: number[] }).lengthsSeen)
}
