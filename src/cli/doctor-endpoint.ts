// What `doctor` says of the serving endpoint: its state, what it serves, and what Lakedesk may do there.
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import { endpointSchema, toEndpoint } from '../platform/databricks/endpoint-wire.ts'
import type { MlflowHttp } from '../platform/mlflow/mlflow-http.ts'
import { isNotFound } from '../platform/mlflow/platform-errors.ts'

/** What the API tells of the caller's own right; asking for the whole list of rights needs the highest of them. */
const levelSchema = endpointSchema.extend({ permission_level: z.string().nullish() })

/** Promotions change the config, which is CAN MANAGE. */
const NEEDED = 'CAN_MANAGE'

function provisioned(settings: Readonly<Record<string, unknown>>): string {
  const { provisioned_model_units: units, max_provisioned_throughput: tokens } = settings
  if (units !== undefined) return `, ${String(units)} units of provisioned throughput`
  return tokens === undefined ? '' : `, up to ${String(tokens)} tokens a second of provisioned throughput`
}

/** Throws PLATFORM_*. */
export async function describeServing(http: MlflowHttp, name: string): Promise<string> {
  const path = `/2.0/serving-endpoints/${encodeURIComponent(name)}`
  const about = `serving endpoint ${name}`
  const wire = await http.json({ method: 'GET', path, about, answer: levelSchema }).catch((error: unknown) => {
    if (isNotFound(error)) return null
    throw error
  })
  if (!wire) return `no endpoint ${name} yet; docs/promotion.md says how the first version is served`
  const { id, ready, update, config, message } = toEndpoint(wire)
  const level = wire.permission_level ?? null
  if (level !== null && level !== NEEDED) {
    throw new LakedeskError(
      'PLATFORM_UNAUTHORIZED',
      `Lakedesk has ${level.replace('_', ' ')} on the endpoint ${name}, and a promotion changes its config, which needs CAN MANAGE. Whoever manages it gives it in its permissions (PATCH /api/2.0/permissions/serving-endpoints/${id}).`,
    )
  }
  if (message !== '') {
    throw new LakedeskError('PLATFORM_FAILED', `The last update of the endpoint ${name} failed: ${message}.`)
  }
  const serves = config?.entities.map((entity) => `${entity.name}${provisioned(entity.settings)}`).join('; ')
  return `${name} (id ${id}) is ${ready ? 'ready' : 'not ready'}, ${update}, ${level?.replace('_', ' ') ?? 'right unknown'}, serves ${serves || 'nothing'}`
}
