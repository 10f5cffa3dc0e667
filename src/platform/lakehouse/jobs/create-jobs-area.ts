// The Jobs API of the local lakehouse, versions 2.2 and 2.1: settings, runs, and what carries them out.
import type { Route } from '../wire.ts'
import { route } from '../wire.ts'
import { createJobRuns, type JobRunsParts } from './create-job-runs.ts'
import { createJobSettings, JOB_ROOTS } from './create-jobs.ts'
import { createRunViews } from './show-runs.ts'

export interface JobsParts extends Omit<JobRunsParts, 'newId' | 'requireJob'> {
  /** Address of this lakehouse, for the pages of runs. */
  host(): string
}

/** `resume` is called once the lakehouse answers, `close` before its state is closed. */
export function createJobs(parts: JobsParts) {
  const counter = parts.state.table<number>('job-counter')
  const control = {
    /** How often a run is seen at work before its end is shown. */
    pollsBeforeEnd: 1,
  }
  const newId = (): number => {
    const next = (counter.get('last') ?? 454) + 1
    counter.put('last', next)
    return next
  }
  const settings = createJobSettings({ state: parts.state, now: parts.now, newId })
  const jobRuns = createJobRuns({ ...parts, newId, requireJob: settings.requireJob })
  const views = createRunViews({ jobRuns, control, host: parts.host })
  const routes: Route[] = JOB_ROOTS.flatMap((root) => [
    route(`POST ${root}/run-now`, jobRuns.runNow),
    route(`POST ${root}/runs/submit`, jobRuns.submit),
    route(`GET ${root}/runs/get`, views.get),
    route(`GET ${root}/runs/get-output`, views.output),
    route(`GET ${root}/runs/list`, views.list),
    route(`POST ${root}/runs/cancel`, jobRuns.cancel),
    route(`POST ${root}/runs/cancel-all`, jobRuns.cancelAll),
    route(`POST ${root}/runs/delete`, jobRuns.remove),
    route(`POST ${root}/runs/repair`, jobRuns.repair),
  ])
  return { routes: [...settings.routes, ...routes], control, resume: jobRuns.resume, close: jobRuns.close }
}
