// The Databricks workspace as the platform: Unity Catalog registry and grants, MLflow tracking, Model Serving.
import { createMlflowRuns } from '../mlflow/create-mlflow-runs.ts'
import type { Platform } from '../ports/platform.ts'
import { connectWorkspace, type WorkspaceOptions } from './connect-workspace.ts'
import { createDatabricksArtifacts } from './create-databricks-artifacts.ts'
import { createDatabricksServing } from './create-databricks-serving.ts'
import { createDatabricksSpans } from './create-databricks-spans.ts'
import { createUcCatalog } from './create-uc-catalog.ts'
import { createUcRegistry } from './create-uc-registry.ts'

export type DatabricksOptions = WorkspaceOptions

/** Connects at the first call. */
export function createDatabricksPlatform(options: DatabricksOptions): Platform {
  const { http, root } = connectWorkspace(options)
  return {
    name: 'databricks',
    registry: createUcRegistry({ http }),
    runs: createMlflowRuns({
      http,
      artifacts: createDatabricksArtifacts({ http }),
      spans: createDatabricksSpans({ http }),
    }),
    serving: createDatabricksServing({ http, invocations: root }),
    catalog: createUcCatalog({ http }),
    async close() {},
  }
}
