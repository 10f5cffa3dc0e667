// Takes a move back in reverse order: the endpoint's config, then the alias. What somebody else changed stays as it is.
import { LakedeskError } from '../../core/errors.ts'
import { sameTraffic, tellTraffic } from '../saga-traffic.ts'
import type { Walk } from '../saga-walk.ts'
import { awaitConfig, changeEndpoint, isOurs, requireEndpoint, tellForeignEndpoint } from '../wait.ts'
import { tellForeignAlias, tellVersion } from './look.ts'

const LATE_LOOKS = 5

/** How the undo went. `putBack`: each part that was, in words. `told`: what somebody else did, which was left. */
export type Undone =
  | { kind: 'undone'; putBack: readonly string[] }
  | { kind: 'foreign'; told: string; putBack: readonly string[] }

/**
 * Tries with growing pauses for waitMinutes; then throws the platform's last error with a sentence that says that the
 * undo is not complete. The journal stays in `undoing`, so the next run goes on.
 */
export async function undo(walk: Walk): Promise<Undone> {
  const { move, journal } = walk
  if (journal.touched.length === 0) return toUndone(walk, [], [])
  const until = walk.now() + move.waitMinutes * 60_000
  for (let pause = walk.pollMs; ; pause = Math.min(pause * 2, walk.pollMs * 12)) {
    try {
      return await putBack(walk)
    } catch (error) {
      if (walk.lost) throw error
      walk.signal.throwIfAborted()
      if (isFinal(error)) {
        return { kind: 'foreign', told: `it could not be put back: ${error.userMessage}`, putBack: [] }
      }
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

/** Each part that stands as this move wrote it goes back; what is foreign stays, and is told. */
async function putBack(walk: Walk): Promise<Undone> {
  const { move, journal } = walk
  const touched = { alias: journal.touched.includes('alias'), endpoint: journal.touched.includes('endpoint') }
  await walk.show('Undo: putting everything back', 0)
  const alias = await readAliasLate(walk, touched.alias)
  const aliasIsOurs = alias === move.from || (touched.alias && alias === move.to)
  const foreign = aliasIsOurs ? [] : [tellForeignAlias(walk, alias)]
  const told: string[] = []
  const endpoint = touched.endpoint ? await putEndpointBack(walk) : null
  // Where the endpoint cannot go back although nobody changed it, the alias stays with it.
  if (endpoint?.kind === 'stuck') return { kind: 'foreign', told: [...foreign, endpoint.told].join('; '), putBack: [] }
  if (endpoint?.kind === 'foreign') foreign.push(endpoint.told)
  if (endpoint?.kind === 'back') told.push(`${move.endpoint} serves ${tellTraffic(move.before)}`)
  if (touched.alias && aliasIsOurs) {
    await writeAliasBack(walk)
    told.push(`alias ${move.alias} points at ${tellVersion(move.from)}`)
  }
  await makeSure(walk, { alias: aliasIsOurs, endpoint: endpoint?.kind === 'back' })
  return toUndone(walk, told, foreign)
}

/** A change that stopped the move on its way is told even where it has gone again: somebody must know of it. */
function toUndone({ journal: { failure } }: Walk, putBack: readonly string[], foreign: readonly string[]): Undone {
  const told = [...new Set(failure?.foreign ? [failure.why, ...foreign] : foreign)]
  return told.length === 0 ? { kind: 'undone', putBack } : { kind: 'foreign', told: told.join('; '), putBack }
}

/** Where the alias points. One that reads as before although it was perhaps written may still change: looks a while. */
async function readAliasLate(walk: Walk, touched: boolean): Promise<string | null> {
  const { move, registry, point } = walk
  for (let look = 0; ; look++) {
    const alias = await point('undo.read-alias', () => registry.getAlias(move.model, move.alias))
    if (!touched || alias !== move.from || look >= LATE_LOOKS) return alias
    await walk.pause('undo.pause', walk.pollMs)
  }
}

type EndpointBack = { kind: 'back' } | { kind: 'foreign' | 'stuck'; told: string }

async function putEndpointBack(walk: Walk): Promise<EndpointBack> {
  const { before, endpoint } = walk.move
  const found = await walk.point('undo.look', () => walk.serving.describe(endpoint))
  if (!found) return { kind: 'foreign', told: `there is no serving endpoint ${endpoint} any more` }
  if (!isOurs(walk, found.config)) return { kind: 'foreign', told: tellForeignEndpoint(walk, found.config) }
  if (before === null) {
    if (found.config === null && found.update !== 'IN_PROGRESS') return { kind: 'back' }
    return { kind: 'stuck', told: `${endpoint} had no config before and cannot be emptied` }
  }
  if (found.update === 'NOT_UPDATING' && sameTraffic(found.config, before)) await awaitLateWrite(walk)
  const told = (await changeEndpoint(walk, 'undo', before, async () => {})) ?? (await awaitConfig(walk, 'undo', before))
  return told === null ? { kind: 'back' } : { kind: 'foreign', told }
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

async function makeSure(walk: Walk, ours: { alias: boolean; endpoint: boolean }): Promise<void> {
  const { move, registry, point } = walk
  if (ours.alias) {
    const alias = await point('undo.check-alias', () => registry.getAlias(move.model, move.alias))
    if (alias !== move.from) {
      throw new LakedeskError('PLATFORM_FAILED', `After the undo ${move.alias} points at ${tellVersion(alias)}.`)
    }
  }
  if (!ours.endpoint) return
  const { config, update } = await point('undo.check-endpoint', () => requireEndpoint(walk))
  if (update !== 'IN_PROGRESS' && sameTraffic(config, move.before)) return
  throw new LakedeskError('PLATFORM_FAILED', `After the undo ${move.endpoint} serves ${tellTraffic(config)}.`)
}
