// A suite that needs a real MLflow server: where there is none it is skipped by name, with the reason.
import { describe, inject, it } from 'vitest'

export interface LiveServer {
  url: string
  /** The Python that has MLflow's own client. */
  python: string
  /** The server's SQLite file, for states that its API cannot make. */
  database: string
}

export function describeLive(name: string, suite: (server: LiveServer) => void): void {
  const live = inject('mlflow')
  if (live.kind === 'ready') {
    suite(live)
    return
  }
  console.warn(`not run: ${name} (${live.why})`)
  describe.skip(name, () => {
    it('needs a real MLflow server', () => {})
  })
}
