// Many tickets as words, tables and pictures: complete, small enough for a card, and plain about what is left out.
import { describe, expect, it } from 'vitest'
import type { Block } from '../../src/core/reply.ts'
import type { TicketReport } from '../../src/tickets/triage.ts'
import { toResultSaying } from '../../src/tools/query-result.ts'
import { describeReport, toCategoryTable, toReportChart, toTicketTable } from '../../src/tools/ticket-blocks.ts'

const NONE = { missing: 0, failed: 0, failures: [], unsure: 0, tickets: [], truncated: false }

function report(from: string, until: string, days: Record<string, Record<string, number>>, more = {}): TicketReport {
  const counts = new Map<string, number>()
  for (const day of Object.values(days))
    for (const [name, n] of Object.entries(day)) counts.set(name, (counts.get(name) ?? 0) + n)
  const byCategory = [...counts].map(([category, count]) => ({ category, count })).sort((a, b) => b.count - a.count)
  const byDay = Object.entries(days).map(([day, each]) => ({ day, counts: each }))
  const total = byCategory.reduce((sum, { count }) => sum + count, 0)
  return { ...NONE, period: { from, until, words: 'then' }, total, byCategory, byDay, ...more }
}

function chartOf(blocks: Block[]): Extract<Block, { kind: 'chart' }> {
  const [chart] = blocks
  if (chart?.kind !== 'chart') throw new Error(JSON.stringify(blocks))
  return chart
}

const sumOf = (chart: Extract<Block, { kind: 'chart' }>) =>
  chart.series.flatMap(({ values }) => values).reduce((sum: number, value) => sum + (value ?? 0), 0)

describe('the chart of a period', () => {
  it('has every day, also those without tickets', () => {
    const chart = chartOf(
      toReportChart(report('2026-11-18', '2026-11-22', { '2026-11-19': { a: 2 }, '2026-11-21': { a: 1 } })),
    )
    expect(chart).toMatchObject({
      labels: ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21'],
      series: [{ name: 'a', values: [0, 2, 0, 1] }],
    })
  })

  it.each([
    ['2026-10-23', '2026-11-23', 31, /by day/],
    ['2026-10-22', '2026-11-23', 5, /by week/],
    ['2026-01-01', '2026-11-23', 11, /by month/],
    ['2018-05-01', '2026-11-23', 9, /by year/],
  ])('from %s until %s has %i points', (from, until, points, title) => {
    const chart = chartOf(toReportChart(report(from, until, { [from]: { a: 3 }, '2026-11-22': { a: 4 } })))
    expect(chart.labels).toHaveLength(points)
    expect(chart.title).toMatch(title)
    expect(chart.series[0]?.values).toMatchObject({ 0: 3, [points - 1]: 4 })
    expect(sumOf(chart)).toBe(7)
  })

  it('names weeks by their Monday', () => {
    const days = { '2026-10-19': { a: 1 }, '2026-10-25': { a: 1 }, '2026-10-26': { a: 1 } }
    const chart = chartOf(toReportChart(report('2026-10-18', '2026-11-23', days)))
    expect(chart.labels.slice(0, 3)).toEqual(['2026-10-12', '2026-10-19', '2026-10-26'])
    expect(chart.series[0]?.values.slice(0, 3)).toEqual([0, 2, 1])
  })

  it('loses no category: what does not fit stands together', () => {
    const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`c${i}`, 100 - i]))
    const lines = chartOf(toReportChart(report('2026-11-20', '2026-11-22', { '2026-11-20': many(12) })))
    expect(lines.series.map(({ name }) => name)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', '5 others'])
    expect(sumOf(lines)).toBe(1134)
    expect(chartOf(toReportChart(report('2026-11-20', '2026-11-22', { '2026-11-20': many(8) }))).series).toHaveLength(8)
    const bars = chartOf(toReportChart(report('2026-11-20', '2026-11-21', { '2026-11-20': many(40) })))
    expect(bars.labels).toHaveLength(30)
    expect(bars.labels.at(-1)).toBe('11 others')
    expect(sumOf(bars)).toBe(40 * 100 - 780)
    const [table] = toCategoryTable(report('2026-11-20', '2026-11-21', { '2026-11-20': many(40) }))
    expect(table).toMatchObject({ rows: { length: 20 } })
    expect(describeReport(report('2026-11-20', '2026-11-21', { '2026-11-20': many(12) }))).toContain(
      'c6 94, 5 others 455.',
    )
  })
})

describe('the words of a period', () => {
  it('count one as one', () => {
    const day = { '2026-11-20': { a: 1 } }
    const one = describeReport(report('2026-11-20', '2026-11-21', day, { missing: 1, failed: 1 }))
    expect(one).toContain('1 ticket could not be classified. 1 ticket has no result yet.')
    const two = describeReport(report('2026-11-20', '2026-11-21', day, { missing: 2 }))
    expect(two).toContain('2 tickets have no result yet.')
  })

  it('name what could not be classified, and why', () => {
    const failure = (n: number) => ({ id: `T-${n}`, error: 'The ticket has no text.' })
    const told = (failed: number) =>
      describeReport(
        report(
          '2026-11-20',
          '2026-11-21',
          { '2026-11-20': { a: 1 } },
          {
            failed,
            failures: [1, 2, 3].slice(0, failed).map(failure),
          },
        ),
      )
    expect(told(1)).toMatch(/ 1 ticket could not be classified: T-1 \(The ticket has no text\)\.$/)
    expect(told(1002)).toMatch(
      / 1,002 tickets could not be classified: T-1 \(.*\), T-2 \(.*\), T-3 \(The ticket has no text\) and 999 more\.$/,
    )
  })

  it('tell guesses from what is sure', () => {
    const days = { '2026-11-20': { billing: 3, other: 2 } }
    const sure = describeReport(report('2026-11-20', '2026-11-21', days))
    expect(sure).toBe('5 tickets of then: billing 3, other 2.')
    const some = describeReport(report('2026-11-20', '2026-11-21', days, { unsure: 2 }))
    expect(some).toBe('5 tickets of then: billing 3, other 2. 2 of these categories are unsure.')
    const ticket = (confidence: number | null, category: string | null = 'billing') => ({
      ...{ id: 'T-1', created: '', text: 'x', category, confidence, fields: {}, summary: null },
      ...{ error: category === null ? 'no' : null, correctedBy: null },
    })
    const tickets = [ticket(0.49), ticket(0.5), ticket(null), ticket(0.1, null)]
    const [table] = toTicketTable(tickets)
    if (table?.kind !== 'table') throw new Error('no table')
    expect(table.rows.map(([, category]) => category)).toEqual(['billing (unsure)', 'billing', 'billing', 'failed'])
  })

  it('say what a share is of', () => {
    const days = { '2026-11-20': { a: 1, b: 300 } }
    const [table] = toCategoryTable(report('2026-11-20', '2026-11-21', days, { total: 310, missing: 9 }))
    expect(table).toMatchObject({
      columns: ['Category', 'Tickets', 'Share of the 301 with a result'],
      rows: [
        ['b', '300', '100%'],
        ['a', '1', '<1%'],
        ['(no result yet)', '9', ''],
      ],
    })
  })
})

describe('the rows of a question', () => {
  const about = { title: 'x', id: 'abc' }
  const rows = (n: number) => Array.from({ length: n }, (_, i) => [i, `row ${i}`])

  it('are called whole only where they are', () => {
    const read = { columns: ['n', 'words'], rows: rows(200), truncated: true, notices: [] }
    const cut = toResultSaying(read, about)
    expect(cut.outcome).toBe('The first 200 rows; there are more, which were not read.')
    expect(cut.says?.text).toBe('The first 200 rows of the result of request abc; there are more, which were not read.')
    const whole = toResultSaying({ ...read, truncated: false }, about)
    expect(whole.outcome).toBe('200 rows.')
    expect(whole.says?.text).toBe('The whole result of request abc: 200 rows.')
  })

  it('keep negative numbers as numbers in the file', () => {
    const read = { columns: ['n', 'words'], rows: [...rows(30), [-1, '-x']], truncated: false, notices: [] }
    const [file] = toResultSaying(read, about).says?.blocks ?? []
    expect(file).toMatchObject({ text: expect.stringContaining("\r\n-1,'-x\r\n") })
  })

  it('by day have every day between the first and the last', () => {
    const counts = [
      ['2026-11-18', 2],
      ['2026-11-21', 1],
    ]
    const read = { columns: ['day', 'tickets'], rows: counts, truncated: false, notices: [] }
    const chart = toResultSaying(read, about).blocks.find(({ kind }) => kind === 'chart')
    expect(chart).toMatchObject({
      labels: ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21'],
      series: [{ values: [2, 0, 0, 1] }],
    })
    const averages = toResultSaying({ ...read, columns: ['day', 'hours'] }, about)
    expect(averages.blocks.find(({ kind }) => kind === 'chart')).toMatchObject({ labels: ['2026-11-18', '2026-11-21'] })
  })
})
