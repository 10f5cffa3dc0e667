// The roles of the platform that stands behind Lakedesk, as the composition root hands them on.
import type { Catalog } from './catalog.ts'
import type { Registry } from './registry.ts'
import type { Runs } from './runs.ts'
import type { Serving } from './serving.ts'

export interface Platform {
  /** Name as people know it, such as `local`, `mlflow` or `databricks`. */
  readonly name: string
  readonly registry: Registry
  readonly runs: Runs
  readonly serving: Serving
  readonly catalog: Catalog
  close(): Promise<void>
}
