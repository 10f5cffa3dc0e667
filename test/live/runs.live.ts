// The driver of runs, artifacts, traces and datasets against a real MLflow server.
import { createMlflowRuns } from '../../src/platform/mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import { describeRunsContract } from '../platform/runs-contract.ts'
import { describeLive } from './describe-live.ts'

describeLive('MLflow runs', ({ url }) => {
  describeRunsContract('MLflow', async () => ({
    runs: createMlflowRuns({ http: createMlflowHttp({ baseUrl: url }) }),
    close: async () => {},
  }))
})
