// Looks at alias and endpoint together, to tell what is found where a move stops, or to make sure of what it claims.
import type { Endpoint } from '../../platform/ports/serving.ts'
import { tellTraffic } from '../saga-traffic.ts'
import type { Walk } from '../saga-walk.ts'
import { requireEndpoint } from '../wait.ts'

export interface Found {
  alias: string | null
  endpoint: Endpoint
}

export async function look(walk: Walk, when: 'check' | 'resume'): Promise<Found> {
  const { registry, move, point } = walk
  const alias = await point(`${when}.alias`, () => registry.getAlias(move.model, move.alias))
  return { alias, endpoint: await point(`${when}.describe`, () => requireEndpoint(walk)) }
}

export function tellVersion(version: string | null): string {
  return version === null ? 'no version' : `v${version}`
}

/** Such as `alias Champion points at v3, support-llm-endpoint serves v2`. */
export function tellFound(walk: Walk, { alias, endpoint }: Found): string {
  const updating = endpoint.update === 'IN_PROGRESS' ? `, and is being updated to ${tellTraffic(endpoint.pending)}` : ''
  return `alias ${walk.move.alias} points at ${tellVersion(alias)}, ${endpoint.name} serves ${tellTraffic(endpoint.config)}${updating}`
}

export function tellForeignAlias({ move }: Walk, found: string | null): string {
  return `alias ${move.alias} points at ${tellVersion(found)}, which this move has not set (it was ${tellVersion(move.from)}, and becomes ${tellVersion(move.to)})`
}
