// Waits at the endpoint: until it is free for a change, and until a change has arrived.
import { LakedeskError } from '../core/errors.ts'
import type { Endpoint, EndpointConfig } from '../platform/ports/serving.ts'
import { sameConfig, sameTraffic, tellTraffic } from './saga-traffic.ts'
import type { Walk } from './saga-walk.ts'

/** A platform may take this many looks until it shows an update that it has taken. */
const LOOKS_UNTIL_SEEN = 5

/** Looks at the endpoint. Throws PLATFORM_NOT_FOUND where there is none. */
export async function requireEndpoint(walk: Walk): Promise<Endpoint> {
  const endpoint = await walk.serving.describe(walk.move.endpoint)
  if (endpoint) return endpoint
  throw new LakedeskError(
    'PLATFORM_NOT_FOUND',
    `There is no serving endpoint ${walk.move.endpoint}. Create it, then ask again.`,
  )
}

/** The configs that this move has set or may set, and the one it began with: anything else is somebody else's. */
export function isOurs(walk: Walk, config: EndpointConfig | null): boolean {
  const { before, canary, after } = walk.move
  return [before, canary?.config ?? before, after].some((known) => sameConfig(config, known))
}

export function tellForeignEndpoint(walk: Walk, config: EndpointConfig | null): string {
  const { endpoint, before, after } = walk.move
  const settings = [before, after].some((known) => sameTraffic(known, config)) ? ' with other settings' : ''
  return `${endpoint} serves ${tellTraffic(config)}${settings}, which this move has not set (it was ${tellTraffic(before)}, and becomes ${tellTraffic(after)})`
}

function tooLong(walk: Walk, what: string): LakedeskError {
  const { endpoint, waitMinutes } = walk.move
  return new LakedeskError('ENDPOINT_BUSY', `${endpoint} ${what} after ${waitMinutes} minutes.`)
}

/**
 * Brings the endpoint to the target, or finds that it is there or on its way; waits with growing pauses while another
 * update runs. Gives a sentence, and writes nothing, where somebody else changed it. `journal` is called before a write.
 */
export async function changeEndpoint(
  walk: Walk,
  step: 'canary' | 'endpoint' | 'undo',
  target: EndpointConfig,
  journal: () => Promise<void>,
): Promise<string | null> {
  const until = walk.now() + walk.move.waitMinutes * 60_000
  for (let pause = walk.pollMs; ; pause = Math.min(pause * 2, walk.pollMs * 12)) {
    const found = await walk.point(`${step}.describe`, () => requireEndpoint(walk))
    const updating = found.update === 'IN_PROGRESS'
    if (updating && sameTraffic(found.pending, target)) return null
    if (!updating) {
      const settled = found.update === 'NOT_UPDATING' || (step === 'undo' && found.ready)
      if (settled && sameConfig(found.config, target)) return null
      if (!isOurs(walk, found.config)) return tellForeignEndpoint(walk, found.config)
      await journal()
      if (await tryUpdate(walk, step, target)) return null
    }
    if (walk.now() >= until) throw tooLong(walk, 'is still being updated by something else')
    await walk.pause(`${step}.busy`, pause)
  }
}

/** False where the endpoint is busy. */
async function tryUpdate(walk: Walk, step: 'canary' | 'endpoint' | 'undo', target: EndpointConfig): Promise<boolean> {
  try {
    await walk.point(`${step}.update`, () => walk.serving.updateConfig(walk.move.endpoint, target))
    return true
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'ENDPOINT_BUSY') return false
    throw error
  }
}

/** A look that may fail for a while: the platform's word counts, not that of one lost connection. */
async function tryLook(walk: Walk, name: `${'canary' | 'wait' | 'undo'}.poll`): Promise<Endpoint | null> {
  try {
    return await walk.point(name, () => requireEndpoint(walk))
  } catch (error) {
    if (!(error instanceof LakedeskError) || !/^PLATFORM_(UNREACHABLE|FAILED)$/.test(error.code)) throw error
    walk.log.warn('The endpoint could not be looked at; trying again', { error })
    return null
  }
}

/**
 * Polls until no update runs AND the endpoint is ready AND its config is the target: `ready` alone stays true during a
 * swap. Throws PLATFORM_FAILED with the platform's words where the update failed or was cancelled, ENDPOINT_BUSY after
 * waitMinutes. Gives a sentence where somebody else changed the endpoint meanwhile.
 */
export async function awaitConfig(
  walk: Walk,
  step: 'canary' | 'wait' | 'undo',
  target: EndpointConfig,
): Promise<string | null> {
  const until = walk.now() + walk.move.waitMinutes * 60_000
  for (let unseen = 0; ; ) {
    const found = await tryLook(walk, `${step}.poll`)
    if (found && found.update !== 'IN_PROGRESS') {
      const arrived = sameTraffic(found.config, target)
      // Going back, an endpoint that still tells of the update that failed has what it shall have.
      const settled = found.update === 'NOT_UPDATING' || step === 'undo'
      if (arrived && settled && found.ready) return null
      if (!settled) throw toUpdateFailure(walk, found)
      if (!isOurs(walk, found.config)) return tellForeignEndpoint(walk, found.config)
      if (!arrived && ++unseen >= LOOKS_UNTIL_SEEN) throw toUpdateFailure(walk, found)
    }
    if (walk.now() >= until) throw tooLong(walk, `does not serve ${tellTraffic(target)}`)
    await walk.pause(`${step}.pause`, walk.pollMs)
  }
}

function toUpdateFailure({ move }: Walk, { update, message, config }: Endpoint): LakedeskError {
  const why = message.trim().replace(/\.$/, '') || 'the platform gives no reason'
  const told =
    update === 'NOT_UPDATING'
      ? `${move.endpoint} did not take the update and still serves ${tellTraffic(config)}.`
      : `The update of ${move.endpoint} ${update === 'UPDATE_FAILED' ? 'failed' : 'was cancelled'}: ${why}.`
  return new LakedeskError('PLATFORM_FAILED', told)
}
