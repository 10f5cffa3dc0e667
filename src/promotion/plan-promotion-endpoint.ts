// The endpoint as a plan finds it: fit to be moved, or the sentence that says why it is not.
import type { Endpoint, Serving } from '../platform/ports/serving.ts'
import { tellConfig } from './changes.ts'

export type ReadEndpoint = { kind: 'endpoint'; endpoint: Endpoint } | { kind: 'refused'; why: string }

/** Throws PLATFORM_* where the serving platform does not answer. */
export async function readEndpoint(serving: Serving, name: string, model: string): Promise<ReadEndpoint> {
  const endpoint = await serving.describe(name)
  if (!endpoint) {
    return refused(
      `There is no endpoint ${name}, so no version could answer there and nothing was asked for. Create it, or correct endpoint in the policy.`,
    )
  }
  if (endpoint.update === 'IN_PROGRESS' || endpoint.pending) {
    const to = endpoint.pending ? ` to ${tellConfig(endpoint.pending)}` : ''
    return refused(
      `${name} is being updated${to} right now, so what it will serve is not settled and nothing was asked for. Wait until that update ends, then ask again.`,
    )
  }
  const { config } = endpoint
  if (config && config.entities.length > 0 && !config.entities.some((entity) => entity.model === model)) {
    return refused(
      `${name} serves no version of ${model} but ${tellConfig(config)}, so nothing was asked for. Correct endpoint or model in the policy.`,
    )
  }
  return { kind: 'endpoint', endpoint }
}

/** True where this version alone answers for its model. */
export function servesOnly({ config }: Endpoint, model: string, version: string): boolean {
  const own = config?.entities.filter((entity) => entity.model === model) ?? []
  return own.length > 0 && own.every((entity) => entity.version === version)
}

function refused(why: string): ReadEndpoint {
  return { kind: 'refused', why }
}
