// A chart of neutral numbers.
export interface ChartSpec {
  type: 'line' | 'bar' | 'area' | 'pie'
  title: string
  categories: readonly string[]
  series: readonly { name: string; values: readonly (number | null)[] }[]
  /** Of the values, such as `score`. */
  yLabel?: string
}

export function Chart({ spec }: { spec: ChartSpec }) {
  return <p>{spec.title}</p>
}
