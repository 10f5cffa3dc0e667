// The port of model serving: an endpoint pins versions, splits traffic between them, and is changed by replacing its config.

export interface ServedEntity {
  /** Unique in the endpoint: letters, digits, `-` and `_`. */
  name: string
  /** Registered model. */
  model: string
  version: string
  /** Everything else that the platform keeps about it (workload size, throughput, environment); carried over untouched. */
  settings: Readonly<Record<string, unknown>>
}

export interface Route {
  /** Name of a served entity. */
  entity: string
  /** Whole number; those of all routes sum to 100. */
  percentage: number
}

export interface EndpointConfig {
  entities: readonly ServedEntity[]
  routes: readonly Route[]
}

export interface Endpoint {
  name: string
  /** Not the name: permissions hang on the id. */
  id: string
  /** True while some config answers; stays true during a swap. */
  ready: boolean
  update: 'NOT_UPDATING' | 'IN_PROGRESS' | 'UPDATE_FAILED' | 'UPDATE_CANCELED'
  /** What answers now; null before the first config is ready. */
  config: EndpointConfig | null
  /** What is being rolled out; null where nothing is. */
  pending: EndpointConfig | null
  /** Why the last update failed, in the platform's words; empty otherwise. */
  message: string
}

/** Every driver passes test/platform/serving-contract.ts. Throws PLATFORM_*. */
export interface Serving {
  /** Null where there is no endpoint of that name. */
  describe(name: string): Promise<Endpoint | null>
  /** Creates an endpoint; it answers once it is ready. Throws PLATFORM_REFUSED where it exists. */
  create(name: string, config: EndpointConfig): Promise<void>
  /**
   * Replaces the config and returns at once; the old one answers until the new one is ready. Throws ENDPOINT_BUSY while
   * an update runs, PLATFORM_NOT_FOUND where there is no such endpoint, PLATFORM_REFUSED for a config that cannot be
   * (no entity, a version that does not exist, routes that do not sum to 100).
   */
  updateConfig(name: string, config: EndpointConfig): Promise<void>
  /**
   * Sends records (`{question}`) and gives one prediction each. With `entity` that served entity answers whatever the
   * traffic split, so that a canary can be probed.
   */
  invoke(
    name: string,
    records: readonly Readonly<Record<string, unknown>>[],
    options?: { entity?: string; signal?: AbortSignal },
  ): Promise<unknown[]>
}
