// Compares configs of an endpoint by what they mean, because a platform adds settings of its own to what it was given.
import { canonicalJson } from '../core/digest.ts'
import type { EndpointConfig, ServedEntity } from '../platform/ports/serving.ts'

function shareOf(config: EndpointConfig, entity: ServedEntity): number {
  return config.routes.filter((route) => route.entity === entity.name).reduce((sum, route) => sum + route.percentage, 0)
}

function toShares(config: EndpointConfig): string[] {
  return config.entities.map((entity) => `${entity.model} v${entity.version} ${shareOf(config, entity)}%`).sort()
}

/** True where the same versions get the same shares of the traffic; names and settings of entities do not count. */
export function sameTraffic(one: EndpointConfig | null, other: EndpointConfig | null): boolean {
  if (!one || !other) return one === other
  return canonicalJson(toShares(one)) === canonicalJson(toShares(other))
}

/** As sameTraffic, and no setting that both name differs. What only one of them names was added by the platform. */
export function sameConfig(one: EndpointConfig | null, other: EndpointConfig | null): boolean {
  if (!one || !other || !sameTraffic(one, other)) return one === other
  return one.entities.every((entity) => {
    const twins = other.entities.filter(({ model, version }) => model === entity.model && version === entity.version)
    const twin = twins.find(({ name }) => name === entity.name) ?? twins[0]
    const shared = Object.entries(entity.settings).filter(([key]) => twin && key in twin.settings)
    return shared.every(([key, value]) => canonicalJson(value) === canonicalJson(twin?.settings[key]))
  })
}

/** Such as `v3`, or `v2 90%, v3 10%`; with the entity's name where several models are served; `nothing` for null. */
export function tellTraffic(config: EndpointConfig | null): string {
  const served = config?.entities.map((entity) => ({ ...entity, share: shareOf(config, entity) })) ?? []
  const [only] = served
  if (!only) return 'nothing'
  if (served.length === 1) return `v${only.version}`
  const mixed = served.some(({ model }) => model !== only.model)
  return served.map(({ name, version, share }) => `${mixed ? `${name} ` : ''}v${version} ${share}%`).join(', ')
}
