// The Databricks driver connected to the stand-in of a workspace.
import { createDatabricksPlatform } from '../../../src/platform/databricks/create-databricks-platform.ts'
import type { ModelVersion, NewVersion } from '../../../src/platform/ports/registry.ts'
import { type DatabricksOptions, startDatabricks } from '../../stand-ins/databricks.ts'
import { newName } from '../contract-basics.ts'

export async function openWorkspace(options: DatabricksOptions = {}) {
  const standIn = await startDatabricks(options)
  const { host, token } = standIn
  const platform = createDatabricksPlatform({ host, auth: { kind: 'token', token } })
  return {
    standIn,
    platform,
    newModel: () => `ml.rag.${newName('contract')}`,
    /** As MLflow's own client does it, past the driver. */
    async register({ model, source, runId, description }: NewVersion): Promise<ModelVersion> {
      const added = standIn.models.addVersion(model, { source, run_id: runId ?? '', comment: description ?? '' })
      const version = await platform.registry.getVersion(model, String(added.version))
      if (!version) throw new Error('A version that was added is not there.')
      return version
    },
    async makePending(model: string, version: string): Promise<void> {
      standIn.models.setStatus(model, Number(version), 'PENDING_REGISTRATION')
    },
    async breakVersion(model: string, version: string): Promise<void> {
      standIn.endpoints.breakVersion(model, version)
    },
    /** Asks the workspace itself, past the driver. */
    async ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(host + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      return { status: response.status, json: await response.json() }
    },
    async close(): Promise<void> {
      await platform.close()
      await standIn.close()
    },
  }
}

export type Workspace = Awaited<ReturnType<typeof openWorkspace>>
