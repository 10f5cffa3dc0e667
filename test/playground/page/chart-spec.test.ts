// Charts of both platforms become the same neutral numbers, with words for who cannot see them.
import { describe, expect, test } from 'vitest'
import { renderTeamsChart } from '../../../src/bots/teams/teams-chart.ts'
import {
  type ChartSpec,
  isGate,
  toNumberText,
  toSummary,
  toTick,
} from '../../../src/playground/page/chart/chart-spec.ts'
import { TEAMS_CHARTS, toSpecFromTeams } from '../../../src/playground/page/chart/from-teams-chart.ts'

const NIGHTS = ['2026-11-20', '2026-11-21', '2026-11-22']

describe('a chart element of Teams', () => {
  test('is read back as the numbers that the bot has drawn, with its gaps where they were', () => {
    const [element] = renderTeamsChart({
      type: 'line',
      title: 'Faithfulness of 3 nights',
      labels: NIGHTS,
      unit: 'score',
      series: [
        { name: 'faithfulness', values: [0.9, null, 0.92] },
        { name: 'gate', values: [0.8, 0.8, 0.8] },
      ],
    })
    expect(toSpecFromTeams(element)).toEqual({
      type: 'line',
      title: 'Faithfulness of 3 nights',
      categories: NIGHTS,
      yLabel: 'score',
      series: [
        { name: 'faithfulness', values: [0.9, null, 0.92] },
        { name: 'gate', values: [0.8, 0.8, 0.8] },
      ],
    })
  })

  test('keeps its days in order where its first line has a gap at the first of them', () => {
    const [element] = renderTeamsChart({
      type: 'line',
      title: 'Two',
      labels: NIGHTS,
      series: [
        { name: 'a', values: [null, 2, 3] },
        { name: 'b', values: [1, 2, 3] },
      ],
    })
    expect(toSpecFromTeams(element)?.categories).toEqual(NIGHTS)
    expect(toSpecFromTeams(element)?.series[0]?.values).toEqual([null, 2, 3])
  })

  test('lies where it is a horizontal bar, and is named by its unit', () => {
    const labels = ['account_access_and_more', 'billing']
    const [element] = renderTeamsChart({
      ...{ type: 'bar', title: 'Tickets', labels, unit: 'tickets' },
      series: [{ name: 'n', values: [9, 8] }],
    })
    expect(toSpecFromTeams(element)).toEqual({
      ...{ type: 'bar', title: 'Tickets', lying: true, categories: labels, yLabel: 'tickets' },
      series: [{ name: 'tickets', values: [9, 8] }],
    })
  })

  test('is a pie, and bars in groups', () => {
    const pie = renderTeamsChart({
      type: 'pie',
      title: 'P',
      labels: ['a', 'b'],
      series: [{ name: 'n', values: [1, 3] }],
    })
    expect(toSpecFromTeams(pie[0])).toMatchObject({ type: 'pie', categories: ['a', 'b'], series: [{ values: [1, 3] }] })
    const series = [
      { name: 'v1', values: [1, 2] },
      { name: 'v2', values: [2, 1] },
    ]
    const grouped = renderTeamsChart({ type: 'bar', title: 'G', labels: ['a', 'b'], series })
    expect(toSpecFromTeams(grouped[0])).toMatchObject({ type: 'bar', categories: ['a', 'b'], series })
  })

  test('of a type that is not known, or without a number, is left to what the card says instead', () => {
    expect(toSpecFromTeams({ type: 'Chart.Gauge', title: 'x', value: 3 })).toBeNull()
    expect(toSpecFromTeams({ type: 'Chart.Line', data: [{ legend: 'a', values: [{ x: '1', y: 'no' }] }] })).toBeNull()
    for (const type of TEAMS_CHARTS) expect(toSpecFromTeams({ type, data: 'no list' })).toBeNull()
    for (const nothing of [null, 'text', [], {}]) expect(toSpecFromTeams(nothing)).toBeNull()
  })
})

describe('what a chart says in words', () => {
  const line: ChartSpec = {
    ...{ type: 'line', title: 'Faithfulness', categories: NIGHTS },
    series: [{ name: 'v3', values: [0.9, null, 0.95] }],
  }

  test('is its extremes and its last value, and a single point by itself', () => {
    expect(toSummary(line)).toBe(
      'Line chart: Faithfulness, 3 values. v3: lowest 0.9 (2026-11-20), highest 0.95 (2026-11-22), last 0.95.',
    )
    const one = { ...line, categories: ['2026-11-20'], series: [{ name: 'v3', values: [0.9] }] }
    expect(toSummary(one)).toBe('Line chart: Faithfulness, one value. v3: 0.9 at 2026-11-20.')
    const none = { ...line, series: [{ name: 'v3', values: [null, null, null] }] }
    expect(toSummary(none)).toContain('v3: no values')
  })

  test('is a gate where a line is named like one and never moves, or where it is said to be one', () => {
    expect(isGate({ name: 'Gate 0.8', values: [0.8, null, 0.8] })).toBe(true)
    expect(isGate({ name: 'gate', values: [0.8, 0.9] })).toBe(false)
    expect(isGate({ name: 'v3', values: [0.8, 0.8] })).toBe(false)
    expect(isGate({ name: 'navigate', values: [1, 1] })).toBe(false)
    expect(isGate({ name: 'gate', values: [null] })).toBe(false)
    expect(isGate({ name: 'floor', values: [1, 2], dashed: true })).toBe(true)
  })

  test('has figures as people read them, and days as days', () => {
    expect([12345.678, 0.91234, 0.004123, null, Number.NaN].map(toNumberText)).toEqual([
      ...['12,345.68', '0.912', '0.00412', '–', '–'],
    ])
    expect(toTick('2026-11-03')).toBe('Nov 3')
    expect(toTick('2026-99-99')).toBe('2026-99-99')
    expect(toTick('a label that is far too long for it')).toHaveLength(22)
  })
})
