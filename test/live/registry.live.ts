// The registry driver against a real MLflow server.
import { DatabaseSync } from 'node:sqlite'
import { createMlflowRegistry } from '../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import { describeRegistryContract } from '../platform/registry-contract.ts'
import { describeLive } from './describe-live.ts'

describeLive('MLflow registry', ({ url, database }) => {
  describeRegistryContract('MLflow', async () => ({
    registry: createMlflowRegistry({ http: createMlflowHttp({ baseUrl: url }) }),
    makePending: async (model, version) => {
      const db = new DatabaseSync(database, { timeout: 5000 })
      const sql = `UPDATE model_versions SET status = 'PENDING_REGISTRATION' WHERE name = ? AND version = ?`
      db.prepare(sql).run(model, Number(version))
      db.close()
    },
    close: async () => {},
  }))
})
