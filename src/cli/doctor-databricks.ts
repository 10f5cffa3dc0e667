// What `doctor` checks of a Databricks workspace: who Lakedesk is there, what it finds, and each privilege that is missing. Changes nothing.
import { z } from 'zod'
import type { Settings, WorkspaceSettings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { connectWorkspace, type Workspace } from '../platform/databricks/connect-workspace.ts'
import { createDatabricksVolumes } from '../platform/databricks/create-databricks-volumes.ts'
import { readMe } from '../platform/databricks/create-uc-catalog.ts'
import { createReadPrivileges } from '../platform/databricks/effective-privileges.ts'
import { findMissing } from '../platform/databricks/find-missing-grants.ts'
import {
  chooseChatModel,
  describeThroughput,
  explainMissing,
  type ListedModel,
  listModels,
} from '../platform/databricks/list-models.ts'
import { createSearchCalls } from '../platform/databricks/search/search-calls.ts'
import { isNotFound } from '../platform/mlflow/platform-errors.ts'
import { nothingSchema } from '../platform/mlflow/wire.ts'
import type { Principal } from '../platform/ports/catalog.ts'
import { workspaceOptions } from './databricks-auth.ts'
import { listNeeds, type NeedGroup } from './databricks-needs.ts'
import { describeServing } from './doctor-endpoint.ts'
import type { Check } from './doctor-promotion.ts'
import { loadPolicy } from './load-policy.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'

const TIMEOUT_MS = 15_000
/** Tokens and signed addresses live for minutes: a clock that is further off than this will fail them. */
const MAX_SKEW_S = 60

interface Session {
  workspace: Workspace
  settings: Settings
  /** Milliseconds that the clock of the workspace is ahead of ours; null before its first answer. */
  skewMs(): number | null
  me(): Promise<Principal>
}

function open(settings: Settings, chosen: WorkspaceSettings): Session {
  let skew: number | null = null
  const workspace = connectWorkspace({
    ...workspaceOptions(chosen, silentLog),
    ...{ timeoutMs: TIMEOUT_MS, retryMs: TIMEOUT_MS },
    onAnswer(answer) {
      const date = Date.parse(answer.headers.get('date') ?? '')
      if (!Number.isNaN(date)) skew ??= date - Date.now()
    },
  })
  let asked: Promise<Principal> | undefined
  const me = (): Promise<Principal> => {
    asked ??= readMe(workspace.http)
    return asked
  }
  return { workspace, settings, skewMs: () => skew, me }
}

async function describeSignIn({ me, workspace, settings }: Session): Promise<string> {
  const { name, active, groups } = await me()
  if (!active) {
    throw new LakedeskError(
      'PLATFORM_UNAUTHORIZED',
      `${name} is switched off at ${workspace.address}. Use other credentials, or have it switched on.`,
    )
  }
  const { platform } = settings
  const kind =
    platform.kind === 'databricks' && platform.auth.kind === 'client' ? 'OAuth as a service principal' : 'token'
  const also = platform.kind === 'databricks' && platform.workspaceId ? `, workspace ${platform.workspaceId}` : ''
  return `${workspace.address}${also}: ${name} (${kind}), ${groups.length} groups`
}

async function describeClock({ me, skewMs }: Session): Promise<string> {
  await me()
  const skew = skewMs()
  if (skew === null) return 'the workspace tells no time'
  const seconds = Math.round(Math.abs(skew) / 1000)
  if (seconds <= MAX_SKEW_S) return `within ${seconds} s of the workspace`
  throw new LakedeskError(
    'CONFIG_INVALID',
    `The clock of this machine is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} that of the workspace, by which tokens and signed addresses end too early or too late. Set it by NTP.`,
  )
}

async function describeModels({ workspace, settings }: Session): Promise<string> {
  const models = await listModels(workspace.http)
  const ofTask = (task: string): ListedModel[] => models.filter((model) => model.task === task)
  const count = (task: string): string => `${ofTask(task).length} for ${task}`
  const provisioned = models.flatMap(({ name, throughput }) =>
    throughput ? [`${name}: ${describeThroughput(throughput)}`] : [],
  )
  const { model, embeddings, evaluation, sql } = settings
  const named = [
    model.workspace ? model.name : 'offline',
    model.workspace ? evaluation.judge : 'offline',
    model.workspace ? sql.model : 'offline',
    embeddings.workspace ? embeddings.name : 'offline',
  ].filter((name) => name !== 'offline')
  const unknown = [...new Set(named)].filter((name) => !models.some((one) => one.name === name && one.ready))
  if (unknown.length > 0) {
    const why = unknown.map((name) => `${name}: ${explainMissing(name, models)}`).join(' ')
    throw new LakedeskError('MODEL_NOT_FOUND', `Not every model of the settings can be asked. ${why}`)
  }
  const first = chooseChatModel(models)
  const choice = first ? `first choice ${first.name}` : 'none that is ready for chat'
  return [`${count('chat')}, ${count('embeddings')}, ${choice}`, ...provisioned].join('; ')
}

const warehouseSchema = z.looseObject({ name: z.string().default(''), state: z.string().default('') })

async function describeWarehouse({ workspace }: Session, id: string): Promise<string> {
  const path = `/2.0/sql/warehouses/${encodeURIComponent(id)}`
  const found = await workspace.http.json({ method: 'GET', path, about: `warehouse ${id}`, answer: warehouseSchema })
  const { name, state } = found
  if (!/^DELET/.test(state))
    return `${name || id} is ${state}${state === 'STOPPED' ? '; the first statement starts it' : ''}`
  const fix = 'Set DATABRICKS_WAREHOUSE_ID to another; doctor needs CAN USE on it.'
  throw new LakedeskError('PLATFORM_NOT_FOUND', `The warehouse ${name || id} was deleted. ${fix}`)
}

async function describeIndex({ workspace }: Session, name: string, endpoint: string): Promise<string> {
  const calls = createSearchCalls({ http: workspace.http, endpoint, index: name })
  const state = await calls.getEndpoint().catch((error: unknown) => {
    if (isNotFound(error)) return null
    throw error
  })
  if (!state) return `no search endpoint ${endpoint} yet (lakedesk ingest makes it, and the index)`
  const index = await calls.getIndex().catch((error: unknown) => {
    if (isNotFound(error)) return null
    throw error
  })
  if (!index) return `${endpoint} is ${state.endpoint_status.state}; no index ${name} yet (lakedesk ingest makes it)`
  const { ready, detailed_state = '', indexed_row_count: rows, message } = index.status
  if (ready) return `${name} is ${detailed_state || 'ready'} on ${endpoint}, ${rows ?? 'unknown'} rows`
  throw new LakedeskError(
    'INDEX_FAILED',
    `The index ${name} is not ready (${detailed_state || 'no state'}${message ? `: ${message}` : ''}). Wait until it is ONLINE, or look at its sync in the workspace.`,
  )
}

async function describeVolume({ workspace }: Session, folder: string): Promise<string> {
  const entries = await createDatabricksVolumes({ root: workspace.root }).list(folder)
  return `${folder} can be listed: ${entries.length} entries`
}

async function describeJobs({ workspace }: Session): Promise<string> {
  const call = { method: 'GET', path: '/2.2/jobs/list', query: { limit: 1 }, about: 'the list of jobs' } as const
  await workspace.http.json({ ...call, answer: nothingSchema })
  return 'can be listed; whether one may start its compute shows when it runs'
}

async function listGroups({ workspace, settings }: Session): Promise<NeedGroup[]> {
  const isThere = async (path: string, about: string): Promise<boolean> => {
    try {
      await workspace.http.json({ method: 'GET', path: `/2.1/unity-catalog/${path}`, about, answer: nothingSchema })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      // What may not be looked at is there.
      if (error instanceof LakedeskError && error.code === 'PLATFORM_UNAUTHORIZED') return true
      throw error
    }
  }
  return listNeeds({
    settings,
    model: loadPolicy(settings.policy).model,
    tickets: loadTicketPlan(settings.sql.tickets),
    existing: {
      model: (name) => isThere(`models/${encodeURIComponent(name)}`, `model ${name}`),
      table: (name) => isThere(`tables/${encodeURIComponent(name)}`, `table ${name}`),
    },
  })
}

/** One sentence with every GRANT that is missing. */
async function describeRights({ workspace, me }: Session, { needs }: NeedGroup): Promise<string> {
  const who = await me()
  const { grants, absent, hidden } = await findMissing(createReadPrivileges(workspace), who, needs)
  if (grants.length === 0)
    return `${who.name} has all ${needs.flatMap(({ privileges }) => privileges).length} that are needed`
  const lines = grants.map((grant) => `\n        ${grant};`).join('')
  const unseen =
    absent.length > 0
      ? ` Not there, or not to be seen: ${absent.join(', ')}. What is not there yet is made first: an index and its table by lakedesk ingest, a volume by CREATE VOLUME.`
      : ''
  const unread =
    hidden.length > 0 ? ` Its privileges may not be read, so nobody can tell from here: ${hidden.join(', ')}.` : ''
  throw new LakedeskError(
    'PLATFORM_UNAUTHORIZED',
    `${who.name} lacks ${grants.length === 1 ? 'a privilege' : `${grants.length} privileges`}.${unseen}${unread} Their owners give them with:${lines}`,
  )
}

/** The rights are found out only when the workspace answers, so their checks are made then. Empty without a workspace. */
export async function databricksChecks(settings: Settings): Promise<Check[]> {
  const { platform, sql, index, volume } = settings
  if (platform.kind !== 'databricks') return []
  const session = open(settings, platform)
  const signIn: Check = { name: 'workspace', run: () => describeSignIn(session) }
  try {
    await session.me()
  } catch {
    // The check itself says why; nothing else could be looked at.
    return [signIn]
  }
  const found: Check[] = [
    signIn,
    { name: 'clock', run: () => describeClock(session) },
    { name: 'models of the workspace', run: () => describeModels(session) },
    {
      name: 'serving endpoint',
      run: async () => describeServing(session.workspace.http, loadPolicy(settings.policy).endpoint),
    },
    { name: 'jobs', run: () => describeJobs(session) },
  ]
  if (sql.warehouse) {
    const { id } = sql.warehouse
    found.push({ name: 'warehouse', run: () => describeWarehouse(session, id) })
  }
  if (index.kind === 'databricks') {
    found.push({ name: 'search index', run: () => describeIndex(session, index.name, index.endpoint) })
  }
  if (volume !== undefined) found.push({ name: 'volume', run: () => describeVolume(session, volume) })
  return [...found, ...(await rightsChecks(session))]
}

async function rightsChecks(session: Session): Promise<Check[]> {
  try {
    const groups = await listGroups(session)
    return groups.map((group) => ({ name: group.name, run: () => describeRights(session, group) }))
  } catch (error) {
    return [{ name: 'rights', run: () => Promise.reject(error) }]
  }
}
