// Charts of the nightly report in Teams: a gate line, one point alone, gaps; each taken by the stand-in's check of cards.
import { describe, expect, it } from 'vitest'
import { renderTeamsChart } from '../../../src/bots/teams/teams-chart.ts'
import type { Chart } from '../../../src/core/reply.ts'
import { checkCard } from '../../../src/playground/teams/check-card.ts'

type Json = Record<string, unknown>

const nights = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `2026-11-${String(i + 1).padStart(2, '0')}`)

/** A measured line with the gate beside it. */
function toNights(values: (number | null)[]): Chart {
  return {
    title: 'Faithfulness of the last nights',
    type: 'line',
    labels: nights(values.length),
    series: [
      { name: 'Champion v3', values },
      { name: 'Gate', values: values.map(() => 0.8) },
    ],
  }
}

function shown(chart: Chart): Json[] {
  const body = renderTeamsChart(chart)
  checkCard({ type: 'AdaptiveCard', version: '1.5', body })
  return body
}

interface Drawn {
  legend: string
  color: string
  values: Json[]
}

function linesOf(chart: Json | undefined): Drawn[] {
  return (chart?.data ?? []) as Drawn[]
}

describe('a chart of nights', () => {
  it('has the gate as a line of its own, as long as the measured one', () => {
    const [chart] = shown(toNights([0.9, 0.91, 0.89, 0.92]))
    expect(chart).toMatchObject({ type: 'Chart.Line', data: [{ legend: 'Champion v3' }, { legend: 'Gate' }] })
    const [, gate] = linesOf(chart)
    expect(gate?.values).toEqual(nights(4).map((x) => ({ x, y: 0.8 })))
    expect(new Set(linesOf(chart).map(({ color }) => color)).size).toBe(2)
  })

  it('of one night is bars, since a line of one point is not seen', () => {
    const [chart] = shown(toNights([0.9]))
    expect(chart).toMatchObject({
      type: 'Chart.VerticalBar.Grouped',
      data: [{ values: [{ x: '2026-11-01', y: 0.9 }] }, { values: [{ y: 0.8 }] }],
    })
    const alone: Chart = { ...toNights([0.9]), series: [{ name: 'Champion v3', values: [0.9] }] }
    expect(shown(alone)[0]).toMatchObject({ type: 'Chart.VerticalBar', data: [{ x: '2026-11-01', y: 0.9 }] })
  })

  it('with nights that were not measured leaves them out of the line, and names them', () => {
    const [chart, note] = shown(toNights([0.9, null, 0.88, null, null, null, 0.9]))
    const [line, gate] = linesOf(chart)
    expect(line?.values.map(({ x }) => x)).toEqual(['2026-11-01', '2026-11-03', '2026-11-07'])
    expect(gate?.values).toHaveLength(7)
    expect(note).toMatchObject({ type: 'TextBlock' })
    expect(String(note?.text).replaceAll('\\', '')).toBe('No value: 2026-11-02, 2026-11-04, 2026-11-05 and 1 more.')
  })

  it('of a version that was never measured shows the gate alone, and of nothing the facts', () => {
    const [chart] = shown(toNights([null, null]))
    expect(chart).toMatchObject({ type: 'Chart.Line', data: [{ legend: 'Gate' }] })
    expect(shown({ ...toNights([null]), series: [{ name: 'v3', values: [null] }] })[0]).toMatchObject({
      type: 'Container',
    })
  })
})
