// A chart of neutral numbers: a picture with words and a table for those who do not see it.
import { useEffect, useRef, useState } from 'preact/hooks'
import { isDark } from '../state/layout.ts'
import './chart.css'
import { readLook, toSeriesColor } from './chart-look.ts'
import { type ChartSpec, isGate, toNumberText, toSummary } from './chart-spec.ts'
import type { DrawnChart } from './draw-chart.ts'

export type { ChartSpec } from './chart-spec.ts'

const LYING_ROW = 34

function heightOf(spec: ChartSpec): number {
  if (spec.lying) return Math.max(120, spec.categories.length * LYING_ROW * Math.max(1, spec.series.length * 0.7) + 56)
  return spec.type === 'pie' ? 180 : 220
}

export function Chart({ spec }: { spec: ChartSpec }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [isBroken, setBroken] = useState(false)
  const dark = isDark.value
  const told = JSON.stringify(spec)

  // Drawn anew when the numbers or the theme are others, not when the object is.
  useEffect(() => {
    let drawn: DrawnChart | null = null
    let isGone = false
    import('./draw-chart.ts')
      .then(({ drawChart }) => {
        const host = canvas.current?.parentElement
        if (isGone || !canvas.current || !host) return
        drawn = drawChart(canvas.current, spec, readLook(host))
      })
      .catch(() => setBroken(true))
    return () => {
      isGone = true
      drawn?.destroy()
    }
  }, [told, dark])

  return (
    <figure class="chart" data-type={spec.type}>
      <figcaption>{spec.title}</figcaption>
      <div class="chart-body">
        <div
          class="chart-picture"
          role="img"
          aria-label={toSummary(spec)}
          style={{ height: `${heightOf(spec)}px` }}
          hidden={isBroken}
        >
          <canvas ref={canvas} />
        </div>
        <Legend spec={spec} />
      </div>
      <NumberTable spec={spec} isShown={isBroken} />
    </figure>
  )
}

/** One line needs no name beside it: the title says what it is. */
function Legend({ spec }: { spec: ChartSpec }) {
  const isPie = spec.type === 'pie'
  if (!isPie && spec.series.length < 2) return null
  const values = spec.series[0]?.values ?? []
  const total = values.reduce((sum: number, value) => sum + (value ?? 0), 0)
  const entries = isPie
    ? spec.categories.map((name, at) => ({
        name,
        note: `${toNumberText(values[at])}${total > 0 ? ` · ${Math.round(((values[at] ?? 0) / total) * 100)}%` : ''}`,
        gate: false,
      }))
    : spec.series.map((series) => ({ name: series.name, note: '', gate: isGate(series) }))
  return (
    <ul class="chart-legend" aria-hidden="true">
      {entries.map(({ name, note, gate }, at) => (
        <li key={name} data-gate={gate}>
          <span class="chart-swatch" style={{ color: gate ? 'var(--text-soft)' : `var(${toSeriesColor(at)})` }} />
          <span>{name}</span>
          {note !== '' && <span class="chart-note">{note}</span>}
        </li>
      ))}
    </ul>
  )
}

function NumberTable({ spec, isShown }: { spec: ChartSpec; isShown: boolean }) {
  return (
    <div class={isShown ? 'chart-table' : 'hidden-words'}>
      <table>
        <caption>{spec.title}: the numbers</caption>
        <thead>
          <tr>
            <th scope="col">{spec.xLabel ?? 'At'}</th>
            {spec.series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {spec.categories.map((category, at) => (
            <tr key={category}>
              <th scope="row">{category}</th>
              {spec.series.map(({ name, values }) => (
                <td key={name}>{toNumberText(values[at])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
