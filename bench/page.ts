// How soon the playground's page takes words after a cold load, beside the same page without its script, in one run.
import type { Browser } from 'playwright-core'
import { findBrowser, openBrowser } from '../test/browser/open-browser.ts'
import { makePlaygroundFolder, startPlayground } from '../test/playground/played.ts'
import { describeMachine } from './lib/machine.ts'
import { median } from './lib/percentile.ts'
import { toTable } from './lib/table.ts'

const ROUNDS = 5
const MARK_MS = 2_000
/** Nothing may keep the page busy for longer than 50 ms at a time so long after it takes words. */
const CALM_MS = 1_000

interface Loaded {
  /** Milliseconds from the begin of the navigation: something is seen, the box takes words, the last long task ended. */
  painted: number
  takesWords: number
  interactive: number
  /** Long tasks, and the sum of their times. */
  longTasks: number
  longMs: number
}

/** One load in a context that has nothing kept. `withScript` false: the shell as the server sends it. */
async function load(browser: Browser, url: string, withScript: boolean): Promise<Loaded> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } })
  try {
    const page = await context.newPage()
    if (!withScript) await page.route('**/*.js', (route) => route.abort())
    await page.addInitScript((calmMs) => {
      const long: { start: number; end: number }[] = []
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries())
          long.push({ start: startTime, end: startTime + duration })
      }).observe({ type: 'longtask', buffered: true })
      const painted = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN
      const report = (takesWords: number) => {
        const isCalm = () => performance.now() - Math.max(takesWords, ...long.map(({ end }) => end)) > calmMs
        const timer = setInterval(() => {
          if (!isCalm()) return
          clearInterval(timer)
          const interactive = Math.max(takesWords, ...long.map(({ end }) => end))
          const longMs = long.reduce((sum, { start, end }) => sum + end - start, 0)
          Object.assign(globalThis, {
            loaded: { painted: painted(), takesWords, interactive, longTasks: long.length, longMs },
          })
        }, 50)
      }
      Object.assign(globalThis, { reportLoad: report })
    }, CALM_MS)
    await page.goto(url, { waitUntil: 'commit' })
    await page.evaluate(async (isWhole) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const takesWords = () => {
        if (!isWhole) return document.readyState === 'complete'
        const box = document.querySelector<HTMLTextAreaElement>('#slack-side textarea')
        if (!box) return false
        box.focus()
        document.execCommand('insertText', false, 'a')
        return box.value.endsWith('a')
      }
      while (!takesWords()) await frame()
      // What was typed stands there once a frame was drawn after it.
      await frame()
      ;(globalThis as unknown as { reportLoad: (at: number) => void }).reportLoad(performance.now())
    }, withScript)
    const handle = await page.waitForFunction(() => (globalThis as unknown as { loaded?: Loaded }).loaded, null, {
      timeout: 60_000,
    })
    const loaded = await handle.jsonValue()
    if (!loaded) throw new Error('The page told no times.')
    return loaded
  } finally {
    await context.close()
  }
}

const row = (name: string, all: readonly Loaded[]): string[] => {
  const of = (key: keyof Loaded) => {
    const value = median(all.map((one) => one[key]))
    return Number.isNaN(value) ? 'none' : value.toFixed(0)
  }
  const times = all.map(({ interactive }) => interactive)
  const spread = `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`
  return [name, of('painted'), of('takesWords'), of('interactive'), spread, of('longTasks'), of('longMs')]
}

async function main(): Promise<void> {
  const found = await findBrowser()
  if (found === null) {
    console.error('NOT RUN: bench:page. No browser starts on this machine.')
    process.exitCode = 1
    return
  }
  console.log(`bench:page on ${describeMachine()}`)
  const folder = makePlaygroundFolder()
  const played = await startPlayground(folder.path)
  const browser = await openBrowser(found)
  try {
    await played.ready()
    const [whole, floor]: [Loaded[], Loaded[]] = [[], []]
    // The first one warms the server and the browser's process, and counts for neither.
    await load(browser, played.url, true)
    for (let round = 0; round < ROUNDS; round++) {
      floor.push(await load(browser, played.url, false))
      whole.push(await load(browser, played.url, true))
    }
    console.log(
      `\n${ROUNDS} cold loads each, every one in a context of its own; milliseconds from the begin of the navigation, medians\n`,
    )
    console.log(
      toTable(
        ['page', 'first paint', 'takes words', 'interactive', 'spread', 'long tasks', 'their time'],
        [row('floor: the shell without its script', floor), row('the playground', whole)],
      ),
    )
    const figure = median(whole.map(({ interactive }) => interactive))
    console.log(
      `\nInteractive after ${figure.toFixed(0)} ms; mark: under ${MARK_MS}. ${figure < MARK_MS ? 'Met.' : 'MISSED.'}`,
    )
  } finally {
    await browser.close()
    await played.stop('SIGTERM')
    folder.dispose()
  }
}

await main()
