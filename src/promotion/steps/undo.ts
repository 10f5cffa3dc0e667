// Takes a move back in reverse order: the endpoint's config, then the alias. Never writes over somebody else's change.
import { LakedeskError } from '../../core/errors.ts'
import { sameTraffic, tellTraffic } from '../saga-traffic.ts'
import type { Walk } from '../saga-walk.ts'
import { awaitConfig, changeEndpoint, isOurs, requireEndpoint, tellForeignEndpoint } from '../wait.ts'
import { tellForeignAlias, tellVersion } from './look.ts'

const LATE_LOOKS = 3

/** How the undo went: `undone` tells what was put back, `foreign` what stands in its way. */
export type Undone = { kind: 'undone'; told: string } | { kind: 'foreign'; told: string }

/**
 * Tries with growing pauses for waitMinutes; then throws the platform's last error with a sentence that says that the
 * undo is not complete. The journal stays in `undoing`, so the next run goes on.
 */
export async function undo(walk: Walk): Promise<Undone> {
  const { move, journal } = walk
  if (journal.touched.length === 0) return { kind: 'undone', told: 'Nothing was changed.' }
  const until = walk.now() + move.waitMinutes * 60_000
  for (let pause = walk.pollMs; ; pause = Math.min(pause * 2, walk.pollMs * 12)) {
    try {
      return await putBack(walk)
    } catch (error) {
      if (walk.lost) throw error
      walk.signal.throwIfAborted()
      if (isFinal(error)) return { kind: 'foreign', told: `it could not be put back: ${error.userMessage}` }
      walk.log.error('A move could not be undone yet', { error })
      if (walk.now() >= until) throw toIncomplete(walk, error)
      await walk.show('The undo is not complete: the platform does not answer; trying again', 0)
      await walk.pause('undo.retry', pause)
    }
  }
}

/** What is gone, or refused as wrong, is so at the next try too: somebody else took away what the undo needs. */
function isFinal(error: unknown): error is LakedeskError {
  return error instanceof LakedeskError && (error.code === 'PLATFORM_NOT_FOUND' || error.code === 'PLATFORM_REFUSED')
}

function toIncomplete({ move, journal }: Walk, error: unknown): LakedeskError {
  const code = error instanceof LakedeskError ? error.code : 'PLATFORM_FAILED'
  const why = error instanceof LakedeskError ? error.userMessage : 'The platform failed.'
  return new LakedeskError(
    code,
    `The ${move.kind} of v${move.to} failed (${journal.failure?.why ?? 'unknown'}) and the undo is NOT complete: ${why} Alias ${move.alias} and ${move.endpoint} may disagree until then. Lakedesk goes on trying.`,
    error,
  )
}

async function putBack(walk: Walk): Promise<Undone> {
  const { move, registry, point, journal } = walk
  const [aliasTouched, endpointTouched] = [journal.touched.includes('alias'), journal.touched.includes('endpoint')]
  await walk.show('Undo: putting everything back', 0)
  const alias = await point('undo.read-alias', () => registry.getAlias(move.model, move.alias))
  if (alias !== move.from && !(aliasTouched && alias === move.to)) {
    return { kind: 'foreign', told: tellForeignAlias(walk, alias) }
  }
  const told: string[] = []
  if (endpointTouched) {
    const foreign = await putEndpointBack(walk)
    if (foreign) return { kind: 'foreign', told: foreign }
    told.push(`${move.endpoint} serves ${tellTraffic(move.before)}`)
  }
  if (aliasTouched) {
    await writeAliasBack(walk)
    told.push(`alias ${move.alias} points at ${tellVersion(move.from)}`)
  }
  await makeSure(walk, endpointTouched)
  return { kind: 'undone', told: `Put back: ${told.join(', ')}.` }
}

async function putEndpointBack(walk: Walk): Promise<string | null> {
  const { before, endpoint } = walk.move
  const found = await walk.point('undo.look', () => requireEndpoint(walk))
  if (!isOurs(walk, found.config)) return tellForeignEndpoint(walk, found.config)
  if (before === null) {
    if (found.config === null && found.update !== 'IN_PROGRESS') return null
    return `${endpoint} had no config before and cannot be emptied`
  }
  if (found.update === 'NOT_UPDATING' && sameTraffic(found.config, before)) await awaitLateWrite(walk)
  return (await changeEndpoint(walk, 'undo', before, async () => {})) ?? (await awaitConfig(walk, 'undo', before))
}

/** An update that timed out on the way may still arrive: looks a while whether it does. */
async function awaitLateWrite(walk: Walk): Promise<void> {
  for (let look = 0; look < LATE_LOOKS; look++) {
    await walk.pause('undo.pause', walk.pollMs)
    const { update } = await walk.point('undo.poll', () => requireEndpoint(walk))
    if (update !== 'NOT_UPDATING') return
  }
}

/** Writes even where the alias reads as before: a write that timed out may arrive after the look. */
async function writeAliasBack({ move, registry, point }: Walk): Promise<void> {
  const { model, alias, from } = move
  await point('undo.write-alias', () =>
    from === null ? registry.deleteAlias(model, alias) : registry.setAlias(model, alias, from),
  )
}

async function makeSure(walk: Walk, endpointTouched: boolean): Promise<void> {
  const { move, registry, point } = walk
  const alias = await point('undo.check-alias', () => registry.getAlias(move.model, move.alias))
  if (alias !== move.from) {
    throw new LakedeskError('PLATFORM_FAILED', `After the undo ${move.alias} points at ${tellVersion(alias)}.`)
  }
  if (!endpointTouched) return
  const { config, update } = await point('undo.check-endpoint', () => requireEndpoint(walk))
  if (update !== 'IN_PROGRESS' && sameTraffic(config, move.before)) return
  throw new LakedeskError('PLATFORM_FAILED', `After the undo ${move.endpoint} serves ${tellTraffic(config)}.`)
}
