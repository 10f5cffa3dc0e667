// Gives the new version a share of the traffic first, asks it directly, and watches it for a while.

import { probe } from '../probe.ts'
import { sameTraffic } from '../saga-traffic.ts'
import type { Walk } from '../saga-walk.ts'
import { awaitConfig, changeEndpoint, isOurs, requireEndpoint, tellForeignEndpoint } from '../wait.ts'
import { noteTouched } from './touched.ts'

/** Rounds of questions while it is observed. */
const ROUNDS = 10

/** A sentence where somebody else changed the endpoint; throws where the canary fails. */
export async function runCanary(walk: Walk): Promise<string | null> {
  const { canary } = walk.move
  if (!canary) return null
  // After a crash behind this step the endpoint may be past it already.
  if (walk.journal.step !== 'lock' && walk.journal.step !== 'canary') return null
  await walk.show(`Canary: ${canary.percentage}% of the traffic`, 1)
  const foreign =
    (await changeEndpoint(walk, 'canary', canary.config, () =>
      walk.save('canary.journal', 'canary', noteTouched(walk, 'endpoint')),
    )) ?? (await awaitConfig(walk, 'canary', canary.config))
  if (foreign) return foreign
  const served = canary.config.entities.find(
    ({ model, version }) => model === walk.move.model && version === walk.move.to,
  )
  await probe(walk, 'canary', served?.name)
  return observe(walk, canary.observeSeconds * 1000, served?.name)
}

/** At least one round, also where the time ran out while the process was down. */
async function observe(walk: Walk, ms: number, entity: string | undefined): Promise<string | null> {
  if (ms === 0) return null
  if (walk.journal.observedSince === null) {
    const observedSince = new Date(walk.now()).toISOString()
    await walk.save('canary.observe-journal', 'canary', { observedSince })
  }
  const until = Date.parse(walk.journal.observedSince ?? '') + ms
  const between = Math.max(ms / ROUNDS, walk.pollMs)
  do {
    await walk.show(`Observing the canary until ${new Date(until).toISOString().slice(11, 19)} UTC`, 1)
    await walk.pause('canary.observe-pause', Math.min(between, Math.max(0, until - walk.now())))
    const { config, update } = await walk.point('canary.observe-poll', () => requireEndpoint(walk))
    if (!isOurs(walk, config)) return tellForeignEndpoint(walk, config)
    if (!sameTraffic(config, walk.move.canary?.config ?? null) || update === 'IN_PROGRESS') {
      return `${walk.move.endpoint} was changed by somebody else while the canary was observed`
    }
    await probe(walk, 'canary', entity)
  } while (walk.now() < until)
  return null
}
