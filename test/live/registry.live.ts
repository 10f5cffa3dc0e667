// The registry driver against a real MLflow server.
import { createMlflowRegistry } from '../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import { describeRegistryContract } from '../platform/registry-contract.ts'
import { describeLive } from './describe-live.ts'

describeLive('MLflow registry', ({ url }) => {
  describeRegistryContract('MLflow', async () => ({
    registry: createMlflowRegistry({ http: createMlflowHttp({ baseUrl: url }) }),
    close: async () => {},
  }))
})
