// The Databricks driver keeps the contracts of its four roles, against the stand-in of a workspace.
import { z } from 'zod'
import { describeCatalogContract } from '../catalog-contract.ts'
import { describeRegistryContract } from '../registry-contract.ts'
import { describeRunsContract } from '../runs-contract.ts'
import { describeServingContract } from '../serving-contract.ts'
import { openWorkspace } from './workspace-under-test.ts'

const predictionSchema = z.object({ version: z.string() })
const MODEL = 'ml.rag.docs_rag'

describeRegistryContract('Databricks', async () => {
  const workspace = await openWorkspace()
  workspace.standIn.models.pageSize = 3
  return { ...workspace, registry: workspace.platform.registry }
})

for (const kind of ['AWS_PRESIGNED_URL', 'AZURE_SAS_URI', 'AZURE_ADLS_GEN2_SAS_URI'] as const) {
  describeRunsContract(`Databricks with storage behind ${kind}`, async () => {
    const workspace = await openWorkspace()
    workspace.standIn.files.kind = kind
    workspace.standIn.files.pageSize = 2
    workspace.standIn.runs.pageSize = kind === 'AWS_PRESIGNED_URL' ? 500 : 2000
    return { runs: workspace.platform.runs, close: workspace.close }
  })
}

describeServingContract('Databricks', async () => {
  const workspace = await openWorkspace()
  const { serving, registry } = workspace.platform
  return {
    ...workspace,
    serving,
    registry,
    versionOf: (prediction) => predictionSchema.parse(prediction).version,
    async hold() {
      const release = workspace.standIn.endpoints.hold()
      return async () => release()
    },
  }
})

describeCatalogContract('Databricks', async () => {
  const workspace = await openWorkspace()
  const { models, people } = workspace.standIn
  models.addModel(MODEL, 'olga@example.com')
  people.addUser({ userName: 'ana@example.com', groups: ['rag team', 'users'] })
  people.addUser({ userName: 'ben@example.com', groups: ['users'] })
  people.addUser({ userName: 'cleo@example.com' })
  people.addUser({ userName: 'olga@example.com' })
  people.addUser({ userName: 'dora@example.com', active: false })
  people.grant('catalog ml', 'account users', 'USE_CATALOG')
  people.grant('schema ml.rag', 'rag team', 'USE_SCHEMA', 'MANAGE')
  people.grant(`function ${MODEL}`, 'ben@example.com', 'EXECUTE')
  people.grant(`function ${MODEL}`, 'dora@example.com', 'MANAGE')
  return {
    catalog: workspace.platform.catalog,
    model: MODEL,
    people: [
      { name: 'ana@example.com', groups: ['rag team', 'users'], privileges: ['MANAGE', 'USE_CATALOG', 'USE_SCHEMA'] },
      { name: 'ben@example.com', groups: ['users'], privileges: ['EXECUTE', 'USE_CATALOG'] },
      { name: 'cleo@example.com', privileges: ['USE_CATALOG'] },
      { name: 'olga@example.com', privileges: ['OWNER', 'USE_CATALOG'] },
    ],
    inactive: 'dora@example.com',
    close: workspace.close,
  }
})
