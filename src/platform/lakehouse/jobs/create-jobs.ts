// Jobs of the local lakehouse: their settings, kept under the paths of Jobs 2.2 and 2.1.
import type { State } from '../state.ts'
import { asValues, type Call, invalid, type Route, required, route, text, toPage, type Values, whole } from '../wire.ts'
import { readTasks } from './read-job.ts'

export interface StoredJob {
  jobId: number
  creator: string
  createdAt: number
  settings: Values
}

export const JOB_ROOTS = ['/api/2.2/jobs', '/api/2.1/jobs']

export function createJobSettings({ state, now, newId }: { state: State; now(): number; newId(): number }) {
  const jobs = state.table<StoredJob>('jobs')

  function requireJob(args: Values): StoredJob {
    const id = required(args, 'job_id')
    const job = jobs.get(id)
    if (!job) throw invalid(`Job ${id} does not exist.`)
    return job
  }
  const toSettings = (args: Values): Values => {
    const { access_control_list: _, ...settings } = args
    readTasks(settings)
    return { name: 'Untitled', max_concurrent_runs: 1, timeout_seconds: 0, format: 'MULTI_TASK', ...settings }
  }
  const toWire = ({ jobId, creator, createdAt, settings }: StoredJob, withTasks: boolean) => {
    const { tasks, ...short } = settings
    return {
      job_id: jobId,
      creator_user_name: creator,
      created_time: createdAt,
      settings: withTasks ? { ...short, tasks } : short,
    }
  }

  function create(call: Call): unknown {
    const settings = toSettings(call.args)
    const jobId = newId()
    jobs.put(String(jobId), { jobId, creator: call.caller, createdAt: now(), settings })
    return { job_id: jobId }
  }
  function list({ args }: Call): unknown {
    const limit = whole(args, 'limit', 20)
    if (limit < 1 || limit > 100) throw invalid(`Invalid limit: ${limit}. It is between 1 and 100.`)
    const name = text(args, 'name').toLowerCase()
    const found = jobs
      .values()
      .filter((job) => name === '' || text(job.settings, 'name').toLowerCase() === name)
      .reverse()
    const { items, ...next } = toPage(found, args, limit)
    const withTasks = args.expand_tasks === true || args.expand_tasks === 'true'
    const page = items.map((job) => toWire(job, withTasks))
    return { ...(page.length > 0 ? { jobs: page } : {}), has_more: 'next_page_token' in next, ...next }
  }
  function update({ args }: Call): unknown {
    const job = requireJob(args)
    const settings: Record<string, unknown> = { ...job.settings, ...asValues(args.new_settings) }
    for (const field of Array.isArray(args.fields_to_remove) ? args.fields_to_remove : [])
      delete settings[String(field)]
    jobs.put(String(job.jobId), { ...job, settings: toSettings(settings) })
    return {}
  }
  function reset({ args }: Call): unknown {
    const job = requireJob(args)
    jobs.put(String(job.jobId), { ...job, settings: toSettings(asValues(args.new_settings)) })
    return {}
  }

  const routes: Route[] = JOB_ROOTS.flatMap((root) => [
    route(`POST ${root}/create`, create),
    route(`GET ${root}/get`, ({ args }) => {
      const job = requireJob(args)
      return { ...toWire(job, true), run_as_user_name: job.creator }
    }),
    route(`GET ${root}/list`, list),
    route(`POST ${root}/update`, update),
    route(`POST ${root}/reset`, reset),
    route(`POST ${root}/delete`, ({ args }) => {
      jobs.delete(String(requireJob(args).jobId))
      return {}
    }),
  ])
  return { routes, requireJob }
}
