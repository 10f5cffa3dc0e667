// The colours of a chart as a canvas needs them: resolved from the page's own, for the theme that is shown now.

export interface ChartLook {
  series: readonly string[]
  text: string
  soft: string
  line: string
  surface: string
  font: string
}

export const SERIES_COLORS = 8

/** Name of the custom property of a series. */
export function toSeriesColor(at: number): string {
  return `--chart-${(at % SERIES_COLORS) + 1}`
}

/** A probe is asked, since a custom property itself stays as it was written. */
export function readLook(host: HTMLElement): ChartLook {
  const probe = document.createElement('span')
  host.append(probe)
  const resolve = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const look = {
    series: Array.from({ length: SERIES_COLORS }, (_, at) => resolve(toSeriesColor(at))),
    text: resolve('--text'),
    soft: resolve('--text-soft'),
    line: resolve('--line'),
    surface: resolve('--surface'),
    font: getComputedStyle(host).fontFamily,
  }
  probe.remove()
  return look
}

/** `rgb(1, 2, 3)` made see-through. */
export function fade(color: string, alpha: number): string {
  const numbers = color.match(/[\d.]+/g)?.slice(0, 3)
  return numbers?.length === 3 ? `rgba(${numbers.join(', ')}, ${alpha})` : color
}
