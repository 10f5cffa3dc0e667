// The shapes of Model Serving: an endpoint's config as it goes over the wire, and as the port speaks of it.
import { z } from 'zod'
import type { Endpoint, EndpointConfig, Route, ServedEntity } from '../ports/serving.ts'

/** Samples of the documentation show numbers as text: both are taken. */
const percentageSchema = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])

const entitySchema = z.looseObject({
  name: z.string(),
  entity_name: z.string().default(''),
  entity_version: z.union([z.string(), z.number()]).default('').transform(String),
  state: z
    .looseObject({ deployment: z.string().default(''), deployment_state_message: z.string().default('') })
    .optional(),
})
const configSchema = z.object({
  served_entities: z.array(entitySchema).default([]),
  auto_capture_config: z.looseObject({}).optional(),
  traffic_config: z
    .object({
      routes: z
        .array(
          z.object({
            served_entity_name: z.string().optional(),
            served_model_name: z.string().optional(),
            traffic_percentage: percentageSchema,
          }),
        )
        .default([]),
    })
    .optional(),
})
type WireConfig = z.infer<typeof configSchema>

export const endpointSchema = z.object({
  name: z.string(),
  id: z.string().default(''),
  state: z
    .object({ ready: z.string().default('NOT_READY'), config_update: z.string().default('NOT_UPDATING') })
    .default({ ready: 'NOT_READY', config_update: 'NOT_UPDATING' }),
  config: configSchema.optional(),
  pending_config: configSchema.optional(),
})
type WireEndpoint = z.infer<typeof endpointSchema>

/** Fields the server adds itself and would refuse or ignore in a config that is sent. */
const SERVER_FIELDS = new Set([
  'state',
  'creator',
  'creation_timestamp',
  'model_name',
  'model_version',
  'foundation_model',
])
const OWN_FIELDS = new Set(['name', 'entity_name', 'entity_version'])

function toEntity(wire: z.infer<typeof entitySchema>): ServedEntity {
  const settings = Object.entries(wire).filter(([key]) => !SERVER_FIELDS.has(key) && !OWN_FIELDS.has(key))
  return {
    name: wire.name,
    model: wire.entity_name,
    version: wire.entity_version,
    settings: Object.fromEntries(settings),
  }
}

function toRoutes(config: WireConfig): Route[] {
  const routes = config.traffic_config?.routes ?? []
  const [only, ...more] = config.served_entities
  // One entity alone gets everything, whether the server says so or not.
  if (routes.length === 0 && only && more.length === 0) return [{ entity: only.name, percentage: 100 }]
  return routes.map((route) => ({
    entity: route.served_entity_name ?? route.served_model_name ?? '',
    percentage: route.traffic_percentage,
  }))
}

function toConfig(config: WireConfig | undefined): EndpointConfig | null {
  if (!config || config.served_entities.length === 0) return null
  return { entities: config.served_entities.map(toEntity), routes: toRoutes(config) }
}

const UPDATES = ['NOT_UPDATING', 'IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_CANCELED'] as const

/** What is wrong with the entities, in the platform's words. */
function toMessage(endpoint: WireEndpoint): string {
  return [...(endpoint.pending_config?.served_entities ?? []), ...(endpoint.config?.served_entities ?? [])]
    .filter((entity) => /FAILED|ABORTED/.test(entity.state?.deployment ?? ''))
    .map((entity) => `${entity.name}: ${entity.state?.deployment_state_message || entity.state?.deployment}`)
    .join('; ')
}

export function toEndpoint(wire: WireEndpoint): Endpoint {
  const update = UPDATES.find((state) => state === wire.state.config_update)
  const failed = update === 'UPDATE_FAILED' || update === 'UPDATE_CANCELED'
  return {
    name: wire.name,
    id: wire.id,
    ready: wire.state.ready === 'READY',
    // A state that is not known here may mean that something is going on.
    update: update ?? 'IN_PROGRESS',
    config: toConfig(wire.config),
    // A config that failed may stay in sight there, and is rolled out no more.
    pending: (update ?? 'IN_PROGRESS') === 'IN_PROGRESS' ? toConfig(wire.pending_config) : null,
    message: failed ? toMessage(wire) || `the update ended as ${update}` : '',
  }
}

/** What PUT …/config and the create call take. */
export function toWireConfig(config: EndpointConfig): Record<string, unknown> {
  return {
    served_entities: config.entities.map(({ name, model, version, settings }) => ({
      ...settings,
      name,
      // An external model has neither.
      ...(model === '' ? {} : { entity_name: model, entity_version: version }),
    })),
    traffic_config: {
      routes: config.routes.map(({ entity, percentage }) => ({
        served_entity_name: entity,
        traffic_percentage: percentage,
      })),
    },
  }
}

/** Fields of a served entity that an endpoint of provisioned throughput takes. Source: `PtServedModel` of the official SDKs. */
const PROVISIONED_FIELDS = ['provisioned_model_units', 'burst_scaling_enabled', 'pt_term', 'pt_auto_renew'] as const

/**
 * True where every served entity runs on model units: such an endpoint has calls of its own. Tokens a second
 * (`max_provisioned_throughput`) are ordinary settings, and go along as they are.
 */
export function isProvisioned({ entities }: EndpointConfig): boolean {
  return entities.length > 0 && entities.every(({ settings }) => settings.provisioned_model_units !== undefined)
}

/** What the calls of provisioned throughput take as `config`. The units go along from the entity that was there before. */
export function toProvisionedConfig(config: EndpointConfig): Record<string, unknown> {
  const { traffic_config } = toWireConfig(config)
  const served_entities = config.entities.map(({ name, model, version, settings }) => ({
    ...{ name, entity_name: model, entity_version: version },
    ...Object.fromEntries(
      PROVISIONED_FIELDS.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
    ),
  }))
  return { served_entities, traffic_config }
}
