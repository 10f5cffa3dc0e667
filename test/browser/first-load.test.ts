// What a browser must fetch before the page can be used: little, and without the libraries that only cards and charts need.
import { brotliCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildPage } from '../../src/playground/build-page.ts'

/** Bytes as they are sent, packed by brotli: scripts and styles together. */
const BUDGET = 90_000

it('fetches a small bundle first, and draws cards and charts with others that follow when they are needed', async () => {
  const { files } = await buildPage()
  const html = files.get('/index.html')?.bytes.toString('utf8') ?? ''
  const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path = '']) => path)
  expect(first.length).toBeGreaterThan(1)
  const bytes = first.map((path) => files.get(path)?.bytes ?? Buffer.alloc(0))
  const packed = bytes.reduce((sum, each) => sum + brotliCompressSync(each).length, 0)
  expect(packed).toBeGreaterThan(10_000)
  expect(packed).toBeLessThan(BUDGET)
  // Words that each library's own code holds, whatever the names were shortened to.
  const words = { adaptivecards: 'ac-adaptiveCard', 'chart.js': 'easeInOutQuart' }
  const scripts = [...files].filter(([path]) => path.endsWith('.js'))
  for (const [library, word] of Object.entries(words)) {
    const holders = scripts.filter(([, file]) => file.bytes.includes(word)).map(([path]) => path)
    expect(holders, `some bundle holds ${library}`).not.toEqual([])
    expect(
      holders.filter((path) => first.includes(path)),
      `the first bundle without ${library}`,
    ).toEqual([])
  }
})
