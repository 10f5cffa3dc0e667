// Endpoints that the local lakehouse has of itself, such as those of the Foundation Model APIs; and who answers for served versions.
import type { ServedEntity } from './endpoint-config.ts'
import type { Call, Values } from './wire.ts'

/** An endpoint that nobody created: its creator is null. It is made anew at each start, and never stored. */
export interface SystemEndpoint {
  /** Such as `databricks-gte-large-en`. */
  name: string
  /** Such as `llm/v1/chat`. */
  task: string
  /** Such as `system.ai.gte_large_en_v1_5`. */
  entity: string
  /** More fields of its served entity, such as foundation_model. */
  details?: Values
  /** Answers `/serving-endpoints/{name}/invocations`: a JSON object, a raw answer or a stream. Throws refusals. */
  invoke(call: Call): unknown
}

/** Asked before the records of a request are read; undefined leaves the request to others. */
export type ServedHandler = (entity: ServedEntity, call: Call) => unknown

export interface SystemEndpoints {
  add(endpoint: SystemEndpoint): void
  get(name: string): SystemEndpoint | undefined
  /** By the entity that it serves: provisioned throughput serves the same one under another name. */
  ofEntity(entity: string): SystemEndpoint | undefined
  list(): SystemEndpoint[]
  /** Handlers of served versions are asked in the order in which they came. */
  addHandler(handler: ServedHandler): void
  handlers(): readonly ServedHandler[]
}

export function createSystemEndpoints(): SystemEndpoints {
  const endpoints = new Map<string, SystemEndpoint>()
  const handlers: ServedHandler[] = []
  return {
    add: (endpoint) => void endpoints.set(endpoint.name, endpoint),
    get: (name) => endpoints.get(name),
    ofEntity: (entity) => [...endpoints.values()].find((one) => one.entity === entity),
    list: () => [...endpoints.values()],
    addHandler: (handler) => void handlers.push(handler),
    handlers: () => handlers,
  }
}

const CREATED = 1_720_000_000_000

/** As Model Serving tells one. */
export function showSystem({ name, task, entity, details = {} }: SystemEndpoint) {
  const served = {
    name: `${name}-1`,
    entity_name: entity,
    entity_version: '1',
    ...details,
    state: { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' },
    creator: null,
    creation_timestamp: CREATED,
  }
  const routes = [{ served_model_name: served.name, served_entity_name: served.name, traffic_percentage: 100 }]
  return {
    ...{ name, id: null, creator: null, creation_timestamp: CREATED, last_updated_timestamp: CREATED },
    state: { ready: 'READY', config_update: 'NOT_UPDATING' },
    ...{ permission_level: 'CAN_QUERY', route_optimized: false, task, tags: [], description: '' },
    config: { config_version: 1, served_entities: [served], traffic_config: { routes } },
  }
}
