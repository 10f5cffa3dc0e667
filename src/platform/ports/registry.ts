// The port of the model registry: versions of a registered model, and the aliases that point at them.

export interface ModelVersion {
  /** Registered model; on Unity Catalog the full name `catalog.schema.model`. */
  model: string
  /** A whole number as text, such as `3`. */
  version: string
  status: 'PENDING' | 'READY' | 'FAILED'
  /** Why, where the status is not READY; else empty. */
  statusMessage: string
  description: string
  /** URI of the files. */
  source: string
  runId: string | null
  /** ISO 8601. */
  createdAt: string
  tags: Readonly<Record<string, string>>
  /** Sorted. */
  aliases: readonly string[]
}

export interface NewVersion {
  model: string
  source: string
  runId: string | null
  description?: string
  tags?: Readonly<Record<string, string>>
}

/** Every driver passes test/platform/registry-contract.ts. Throws PLATFORM_*. */
export interface Registry {
  /** Registers the next version, and the model itself where it is new. READY when it resolves (PENDING where the platform takes its time). */
  createVersion(version: NewVersion): Promise<ModelVersion>
  /** Null where model or version do not exist. */
  getVersion(model: string, version: string): Promise<ModelVersion | null>
  /** Newest first; empty where the model does not exist. */
  listVersions(model: string): Promise<ModelVersion[]>
  /** The version that the alias points at; null where there is none. Case is kept. */
  getAlias(model: string, alias: string): Promise<string | null>
  /** Points the alias at a version that exists, wherever it pointed before: idempotent. Throws PLATFORM_NOT_FOUND. */
  setAlias(model: string, alias: string, version: string): Promise<void>
  /** Idempotent. */
  deleteAlias(model: string, alias: string): Promise<void>
}
