// Refuses a config of an endpoint that cannot be, before it is sent.
import { LakedeskError } from '../../core/errors.ts'
import type { EndpointConfig } from '../ports/serving.ts'

/** Throws PLATFORM_REFUSED. Whether the versions exist is the platform's to say. */
export function checkConfig(endpoint: string, { entities, routes }: EndpointConfig): void {
  const refuse = (why: string): never => {
    throw new LakedeskError(
      'PLATFORM_REFUSED',
      `The endpoint ${endpoint} cannot be set so: ${why}. Correct the config.`,
    )
  }
  const names = new Set(entities.map(({ name }) => name))
  if (entities.length === 0) refuse('it serves no version')
  if (names.size < entities.length) refuse('two served entities have the same name')
  for (const name of names) {
    if (!/^[A-Za-z0-9_-]+$/.test(name)) refuse(`the name "${name}" holds more than letters, digits, - and _`)
  }
  for (const { entity, percentage } of routes) {
    if (!names.has(entity)) refuse(`a route leads to "${entity}", which is not served`)
    if (!Number.isInteger(percentage) || percentage < 0) refuse(`${percentage} % is no share of traffic`)
  }
  const sum = routes.reduce((total, { percentage }) => total + percentage, 0)
  if (sum !== 100) refuse(`its routes sum to ${sum} %, and must sum to 100 %`)
}
