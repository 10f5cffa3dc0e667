// Charts as PNG files: the right size, no markup out of labels, and nothing that a strange chart could break.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Chart, chartSchema } from '../../src/core/reply.ts'
import { toChartSentence, toChartText } from '../../src/core/text/chart-text.ts'
import { drawChartSvg } from '../../src/reports/draw-chart.ts'
import { renderChartPng } from '../../src/reports/render-chart.ts'

const SIZE = { width: 900, height: 480 }

function chart(more: Partial<Chart>): Chart {
  const labels = more.labels ?? ['billing', 'outage']
  const series = more.series ?? [{ name: 'tickets', values: labels.map((_, i) => i + 1) }]
  return chartSchema.parse({ type: 'bar', title: 'Tickets by category', ...more, labels, series })
}

function sizeOf(png: Uint8Array): { width: number; height: number } {
  const view = new DataView(png.buffer, png.byteOffset)
  expect([...png.slice(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `label ${i}`)

describe('the picture', () => {
  it.each(['bar', 'line', 'pie'] as const)(
    'draws a %s chart of 1, 8 and 50 labels in the size asked for',
    async (type) => {
      for (const count of [1, 8, 50]) {
        const { width, height } = sizeOf(await renderChartPng(chart({ type, labels: many(count) }), SIZE))
        expect(width).toBe(SIZE.width)
        expect(height).toBeGreaterThanOrEqual(SIZE.height)
      }
    },
  )

  it('grows with many bars, so that no label is dropped', async () => {
    const svg = await drawChartSvg(chart({ labels: many(50) }), SIZE)
    for (const label of many(50)) expect(svg).toContain(`>${label}<`)
  })

  it.each(['bar', 'line', 'pie'] as const)('draws a %s chart of zeros, gaps and nothing else', async (type) => {
    for (const values of [
      [0, 0],
      [null, null],
      [0, null],
      [-3, 2],
      [1e-9, 0.001],
      [1e300, 1],
      [Number.MAX_VALUE, -Number.MAX_VALUE],
    ]) {
      sizeOf(await renderChartPng(chart({ type, series: [{ name: 'n', values }] }), SIZE))
    }
  })

  it('draws a series that is shorter than the labels with gaps', async () => {
    const svg = await drawChartSvg(chart({ labels: ['a', 'b', 'c'], series: [{ name: 'n', values: [7] }] }), SIZE)
    expect(svg).toContain('>7<')
    expect(svg).toContain('>–<')
  })

  it('shows words of a ticket as words, in labels, title and unit', async () => {
    const hostile = [
      '<script>x</script>',
      '</text><image href="http://x"/>',
      '"],datum["',
      "'+alert(1)+'",
      '\u0000\u2028',
    ]
    const svg = await drawChartSvg(chart({ title: hostile[1], unit: hostile[0], labels: hostile }), SIZE)
    expect(svg).not.toMatch(/<script|<image|<[^>]*\shref="/)
    expect(svg).toContain('&lt;script&gt;')
    sizeOf(await renderChartPng(chart({ title: hostile[1], unit: hostile[0], labels: hostile }), SIZE))
  })

  it('cuts a label of 200,000 characters', async () => {
    const svg = await drawChartSvg(chart({ labels: ['x'.repeat(200_000), 'b'] }), SIZE)
    expect(svg.length).toBeLessThan(40_000)
  })

  it('refuses what is no chart, and draws the next one all the same', async () => {
    await expect(renderChartPng({ ...chart({}), labels: [] }, SIZE)).rejects.toThrow()
    sizeOf(await renderChartPng(chart({}), SIZE))
  })

  const children = `/proc/${process.pid}/task/${process.pid}/children`
  it.skipIf(!existsSync(children))('draws the next chart where the drawing process was killed', async () => {
    const drawing = renderChartPng(chart({ labels: many(50) }), SIZE)
    for (const pid of readFileSync(children, 'utf8').trim().split(' ')) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('chart-process')) process.kill(Number(pid), 'SIGKILL')
    }
    await expect(drawing).rejects.toMatchObject({ code: 'INTERNAL' })
    sizeOf(await renderChartPng(chart({}), SIZE))
  })

  it('draws several at once and gives each its own', async () => {
    const sizes = [600, 700, 800].map((width) => renderChartPng(chart({}), { width, height: 400 }))
    expect((await Promise.all(sizes)).map((png) => sizeOf(png).width)).toEqual([600, 700, 800])
  })
})

describe('the chart in words', () => {
  it('has a line a value, with bars in proportion', () => {
    const text = toChartText(
      chart({ unit: 'tickets', labels: ['billing', 'outage', 'login'], series: [{ name: 'n', values: [2, null, 4] }] }),
    )
    expect(text.split('\n')).toEqual([
      'Tickets by category (tickets)',
      'billing  2  ████████████',
      'outage   –',
      'login    4  ████████████████████████',
    ])
  })

  it('names every series', () => {
    const series = [
      { name: 'low', values: [1] },
      { name: 'high', values: [2] },
    ]
    expect(toChartText(chart({ labels: ['billing'], series }))).toMatch(/billing {2}low .*\n.*high/)
    expect(toChartSentence(chart({ labels: ['billing'], series }), 500)).toBe(
      'Tickets by category. billing, low: 1; billing, high: 2.',
    )
  })

  it('is one short sentence for who cannot see it', () => {
    expect(toChartSentence(chart({ labels: many(50) }), 100).length).toBeLessThanOrEqual(100)
  })
})
