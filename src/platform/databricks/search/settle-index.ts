// Makes the search endpoint and the index where they are missing, starts a sync, and waits until what was written can be found.
import { LakedeskError } from '../../../core/errors.ts'
import { isAlreadyThere, isNotFound } from '../../mlflow/platform-errors.ts'
import { pause } from '../pause.ts'
import type { SearchCalls } from './search-calls.ts'
import { indexMissing, notReady } from './search-errors.ts'
import { phaseOf, type WireIndex } from './search-wire.ts'

/** One step of waiting, as people read it. */
export interface SearchProgress {
  label: string
  /** Rows that the index has, of those that it will have; null where nobody knows. */
  rows: number | null
  total: number | null
}

export interface NewIndex {
  endpointType?: 'STANDARD' | 'STORAGE_OPTIMIZED'
  /** Who pays for the endpoint. */
  budgetPolicyId?: string
  /** Body of the creation beside the names: kind, key and spec. */
  body: Readonly<Record<string, unknown>>
}

export interface Waiting {
  calls: SearchCalls
  index: string
  endpoint: string
  pollMs: number
  maxPollMs: number
  /** Until the endpoint is online; it is made in minutes. */
  endpointMs: number
  /** Until the index has all rows. */
  indexMs: number
  signal: AbortSignal
  onProgress?: (progress: SearchProgress) => void
}

/** Looks again and again, less often each time. Throws PLATFORM_FAILED at the limit. */
async function until<T>(
  waiting: Waiting,
  { limitMs, late }: { limitMs: number; late: string },
  look: () => Promise<T | null>,
): Promise<T> {
  const end = Date.now() + limitMs
  for (let waitMs = waiting.pollMs; ; waitMs = Math.min(waitMs * 1.5, waiting.maxPollMs)) {
    waiting.signal.throwIfAborted()
    const found = await look()
    if (found !== null) return found
    if (Date.now() + waitMs > end) throw new LakedeskError('PLATFORM_FAILED', late)
    await pause(waitMs, waiting.signal)
  }
}

const minutes = (ms: number): string => `${Math.max(1, Math.round(ms / 60_000))} minutes`

/** Creates the endpoint where it is missing, and waits until it is online. Somebody else may make it at the same time. */
export async function openEndpoint(waiting: Waiting, made: NewIndex): Promise<void> {
  const { calls, endpoint, signal, onProgress, endpointMs } = waiting
  const find = async () => {
    try {
      return await calls.getEndpoint(signal)
    } catch (error) {
      if (isNotFound(error)) return null
      throw error
    }
  }
  if ((await find()) === null) {
    const budget = made.budgetPolicyId ? { budget_policy_id: made.budgetPolicyId } : {}
    await makeOnce(() =>
      calls.createEndpoint({ endpoint_type: made.endpointType ?? 'STANDARD', ...budget }, signal).then(() => {}),
    )
  }
  const late = `The search endpoint ${endpoint} was not online after ${minutes(endpointMs)}. Look at it in the workspace; what is asked again goes on from there.`
  await until(waiting, { limitMs: endpointMs, late }, async () => {
    const state = (await find())?.endpoint_status.state ?? 'PROVISIONING'
    if (['ONLINE', 'YELLOW_STATE'].includes(state)) return true
    if (['OFFLINE', 'RED_STATE', 'DELETED'].includes(state)) {
      const fix = 'Repair or delete it in the workspace, or name another with LAKEDESK_INDEX_ENDPOINT.'
      throw new LakedeskError('INDEX_FAILED', `The search endpoint ${endpoint} is ${state}. ${fix}`)
    }
    onProgress?.({ label: `Starting the search endpoint ${endpoint}`, rows: null, total: null })
    return null
  })
}

/** Creates the index where it is missing. True where it was made now. */
export async function openIndex(waiting: Waiting, made: NewIndex): Promise<boolean> {
  const { calls, signal } = waiting
  try {
    await calls.getIndex(signal)
    return false
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return makeOnce(() => calls.createIndex(made.body, signal).then(() => {}))
}

/** False where it was there already: a try before this one, or somebody else. */
async function makeOnce(make: () => Promise<void>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    if (isAlreadyThere(error)) return false
    throw error
  }
}

/** Looks at an index that has settled: an update that was just asked for may not have begun yet. */
const CALM_LOOKS = 2

/**
 * Waits until the index has settled with `rows` rows (any number where null). Throws INDEX_MISSING, INDEX_FAILED where it went offline,
 * PLATFORM_FAILED at the limit.
 */
export async function untilSettled(waiting: Waiting, rows: number | null): Promise<WireIndex> {
  const { calls, index, endpoint, signal, onProgress, indexMs } = waiting
  const late = `The index ${index} had not taken up all rows after ${minutes(indexMs)}. It goes on by itself; ask again later.`
  let calm = 0
  return until(waiting, { limitMs: indexMs, late }, async () => {
    let described: WireIndex
    try {
      described = await calls.getIndex(signal)
    } catch (error) {
      throw isNotFound(error) ? indexMissing(index, endpoint, error) : error
    }
    const phase = phaseOf(described)
    if (phase === 'offline') throw notReady(index, described)
    const has = described.status.indexed_row_count ?? null
    const isWhole = phase === 'settled' && (rows === null || has === null || has === rows)
    calm = isWhole ? calm + 1 : 0
    if (calm >= CALM_LOOKS) return described
    if (!isWhole) onProgress?.({ label: `Syncing the index ${index}`, rows: has, total: rows })
    return null
  })
}
