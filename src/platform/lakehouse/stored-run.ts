// A run of the local lakehouse as it is kept.

export interface Point {
  key: string
  value: number | string
  timestamp: number
  step: number
}
export interface StoredRun {
  info: Record<string, unknown> & {
    run_id: string
    experiment_id: string
    status: string
    start_time: number
    run_name: string
  }
  params: Map<string, string>
  tags: Map<string, string>
  points: Point[]
}
