// The Databricks workspace as the platform: Unity Catalog registry and grants, MLflow tracking, Model Serving.
import { readBaseUrl } from '../mlflow/base-url.ts'
import { createMlflowRuns } from '../mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../mlflow/mlflow-http.ts'
import type { Platform } from '../ports/platform.ts'
import { createDatabricksArtifacts } from './create-databricks-artifacts.ts'
import { createDatabricksServing } from './create-databricks-serving.ts'
import { createDatabricksSpans } from './create-databricks-spans.ts'
import { createUcCatalog } from './create-uc-catalog.ts'
import { createUcRegistry } from './create-uc-registry.ts'
import { createClientToken } from './databricks-token.ts'

export interface DatabricksOptions {
  /** Such as `https://adb-1.2.azuredatabricks.net`. */
  host: string
  auth: { kind: 'token'; token: string } | { kind: 'client'; clientId: string; clientSecret: string }
  /** Milliseconds for one call of the REST API; default 30,000. */
  timeoutMs?: number
}

/** Model Serving breaks a request off after 297 s. */
const INVOCATION_MS = 300_000

/** Connects at the first call. */
export function createDatabricksPlatform({ host, auth, timeoutMs }: DatabricksOptions): Platform {
  const { address } = readBaseUrl(host)
  const timeout = timeoutMs ? { timeoutMs } : {}
  const token = auth.kind === 'token' ? auth.token : createClientToken({ host: address, ...auth, ...timeout })
  const common = { baseUrl: address, token, platform: 'Databricks' }
  const http = createMlflowHttp({ ...common, ...timeout })
  const invocations = createMlflowHttp({ ...common, apiPrefix: '', timeoutMs: INVOCATION_MS })
  return {
    name: 'databricks',
    registry: createUcRegistry({ http }),
    runs: createMlflowRuns({
      http,
      artifacts: createDatabricksArtifacts({ http }),
      spans: createDatabricksSpans({ http }),
    }),
    serving: createDatabricksServing({ http, invocations }),
    catalog: createUcCatalog({ http }),
    async close() {},
  }
}
