// The endpoint as a plan finds it: fit to be moved, or the sentence that says why it is not.
import type { Endpoint } from '../platform/ports/serving.ts'
import { findMainVersions, tellConfig } from './changes.ts'

/** `endpoint` is null where there is none of that name; null comes back where it can be moved. */
export function whyNotMovable(endpoint: Endpoint | null, name: string, model: string): string | null {
  if (!endpoint) {
    return `There is no endpoint ${name}, so no version could answer there and nothing was asked for. Create it, or correct endpoint in the policy.`
  }
  if (endpoint.update === 'IN_PROGRESS' || endpoint.pending) {
    const to = endpoint.pending ? ` to ${tellConfig(endpoint.pending)}` : ''
    return `${name} is being updated${to} right now, so what it will serve is not settled and nothing was asked for. Wait until that update ends, then ask again.`
  }
  const { config } = endpoint
  if (config && config.entities.length > 0 && !config.entities.some((entity) => entity.model === model)) {
    return `${name} serves no version of ${model} but ${tellConfig(config)}, so nothing was asked for. Correct endpoint or model in the policy.`
  }
  return null
}

/** Null where the endpoint gives Champion the most of its model's traffic, where it serves nothing yet, and where nothing is Champion. */
export function whyApart(
  { name, config }: Endpoint,
  { model, alias }: { model: string; alias: string },
  champion: string | null,
): string | null {
  const served = champion === null ? null : findMainVersions(config, model)
  const [main] = served ?? []
  if (main === undefined || served?.some((version) => version === champion)) return null
  return `${alias} of ${model} is v${champion}, but ${name} answers with ${tellConfig(config, model)}: one of them was moved outside Lakedesk. A version would be compared with one that nobody uses, so nothing was asked for. Set the alias to v${main}, or have ${name} serve v${champion}, then ask again.`
}

/** True where this version alone answers for its model. */
export function servesOnly({ config }: Endpoint, model: string, version: string): boolean {
  const own = config?.entities.filter((entity) => entity.model === model) ?? []
  return own.length > 0 && own.every((entity) => entity.version === version)
}
