// What a training leaves in the local lakehouse: its experiment and run, its files, and the registered version; all through the API.
import type { TrainingFile } from '../../ports/training.ts'
import type { Ask } from '../jobs/ask-inside.ts'
import { asList, asValues, Refusal, text, type Values } from '../wire.ts'

const MLFLOW = '/api/2.0/mlflow'
const REGISTRY = `${MLFLOW}/unity-catalog`

/** Null where the lakehouse says 404, or that there is one already. */
async function orNull(answer: Promise<Values>): Promise<Values | null> {
  try {
    return await answer
  } catch (error) {
    const known =
      error instanceof Refusal &&
      (error.status === 404 || text(asValues(error.body), 'error_code') === 'RESOURCE_ALREADY_EXISTS')
    if (known) return null
    throw error
  }
}

export function createTracking(ask: Ask, now: () => number) {
  const experimentAt = async (experiment_name: string): Promise<string> => {
    const found = await orNull(ask(`GET ${MLFLOW}/experiments/get-by-name`, { experiment_name }))
    return text(asValues(found?.experiment), 'experiment_id')
  }
  return {
    /** Its id; it is made where it is new. */
    async openExperiment(name: string): Promise<string> {
      const made = await orNull(ask(`POST ${MLFLOW}/experiments/create`, { name }))
      return made ? text(made, 'experiment_id') : experimentAt(name)
    },
    async startRun(experiment_id: string, run_name: string, tags: Readonly<Record<string, string>>): Promise<string> {
      const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }))
      const made = await ask(`POST ${MLFLOW}/runs/create`, { experiment_id, run_name, start_time: now(), tags: pairs })
      return text(asValues(asValues(made.run).info), 'run_id')
    },
    async hasRun(run_id: string): Promise<boolean> {
      return (await orNull(ask(`GET ${MLFLOW}/runs/get`, { run_id }))) !== null
    },
    async setStatus(run_id: string, status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'): Promise<void> {
      await ask(`POST ${MLFLOW}/runs/update`, { run_id, status, ...(status === 'RUNNING' ? {} : { end_time: now() }) })
    },
    async setTag(run_id: string, key: string, value: string): Promise<void> {
      await ask(`POST ${MLFLOW}/runs/set-tag`, { run_id, key, value })
    },
    async logParams(run_id: string, params: Readonly<Record<string, string>>): Promise<void> {
      const pairs = Object.entries(params).map(([key, value]) => ({ key, value: value.slice(0, 6000) }))
      await ask(`POST ${MLFLOW}/runs/log-batch`, { run_id, params: pairs })
    },
    async logMetrics(run_id: string, step: number, metrics: Readonly<Record<string, number>>): Promise<void> {
      const points = Object.entries(metrics).map(([key, value]) => ({ key, value, step, timestamp: now() }))
      await ask(`POST ${MLFLOW}/runs/log-batch`, { run_id, metrics: points })
    },
    async putFiles(run_id: string, files: readonly TrainingFile[]): Promise<void> {
      for (const { path, bytes } of files) {
        const answer = await ask(`POST ${MLFLOW}/artifacts/credentials-for-write`, { run_id, path: [path] })
        const [permit = {}] = asList(answer.credential_infos)
        const headers = Object.fromEntries(asList(permit.headers).map((one) => [text(one, 'name'), text(one, 'value')]))
        const stored = await ask(
          `PUT ${text(permit, 'signed_uri')}`,
          {},
          { bytes: Buffer.from(bytes), headers: { 'x-ms-blob-type': 'BlockBlob', ...headers } },
        )
        if (typeof stored.status === 'number' && stored.status >= 300)
          throw new Error(`The storage refused ${path} with ${stored.status}`)
      }
    },
    /** The version of this run, once, whatever was done before. */
    async register(name: string, run_id: string, source: string): Promise<string> {
      await orNull(ask(`POST ${REGISTRY}/registered-models/create`, { name }))
      const filter = `name='${name}'`
      const known = asList((await ask(`GET ${REGISTRY}/model-versions/search`, { filter })).model_versions)
      const mine = known.find((one) => text(one, 'run_id') === run_id)
      const made =
        mine ?? asValues((await ask(`POST ${REGISTRY}/model-versions/create`, { name, source, run_id })).model_version)
      const version = text(made, 'version')
      if (made.status !== 'READY') await ask(`POST ${REGISTRY}/model-versions/finalize`, { name, version })
      return version
    },
  }
}
