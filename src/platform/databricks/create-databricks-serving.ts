// Model Serving of Databricks: describe, create and change endpoints, and ask them.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import { nothingSchema } from '../mlflow/wire.ts'
import type { Serving } from '../ports/serving.ts'
import { checkConfig } from './check-config.ts'
import { endpointSchema, isProvisioned, toEndpoint, toProvisionedConfig, toWireConfig } from './endpoint-wire.ts'

const ROOT = '/2.0/serving-endpoints'

export interface DatabricksServingOptions {
  http: MlflowHttp
  /** The same workspace without `/api`: endpoints answer beside the REST API. Answers may take up to 297 s there. */
  invocations: MlflowHttp
}

/** The endpoint is there, so what was not found stands in its config. */
async function refusingUnknownVersions(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!(error instanceof LakedeskError) || !isNotFound(error)) throw error
    throw new LakedeskError('PLATFORM_REFUSED', error.userMessage, error.cause)
  }
}

export function createDatabricksServing({ http, invocations }: DatabricksServingOptions): Serving {
  const about = (name: string): string => `serving endpoint ${name}`
  async function read(name: string): Promise<z.infer<typeof endpointSchema>> {
    const path = `${ROOT}/${encodeURIComponent(name)}`
    return http.json({ method: 'GET', path, about: about(name), answer: endpointSchema })
  }

  return {
    async describe(name) {
      try {
        return toEndpoint(await read(name))
      } catch (error) {
        if (isNotFound(error)) return null
        throw error
      }
    },

    async create(name, config) {
      checkConfig(name, config)
      const units = isProvisioned(config)
      const body = { name, config: units ? toProvisionedConfig(config) : toWireConfig(config) }
      const call = { method: 'POST', path: units ? `${ROOT}/pt` : ROOT, body, about: about(name) } as const
      await refusingUnknownVersions(() => http.json({ ...call, answer: nothingSchema }))
    },

    async updateConfig(name, config) {
      checkConfig(name, config)
      // The call replaces the whole config, and what it leaves out is gone: the inference table goes along as it is.
      const { auto_capture_config } = (await read(name)).config ?? {}
      const units = isProvisioned(config)
      const path = `${ROOT}${units ? '/pt' : ''}/${encodeURIComponent(name)}/config`
      const body = units
        ? { config: toProvisionedConfig(config) }
        : { ...toWireConfig(config), ...(auto_capture_config ? { auto_capture_config } : {}) }
      // Not repeated by itself: the second would be told that an update runs, and nobody would know whose.
      const call = { method: 'PUT', path, body, about: about(name), repeatable: false } as const
      await refusingUnknownVersions(() => http.json({ ...call, answer: nothingSchema }))
    },

    async invoke(name, records, options = {}) {
      const entity = options.entity === undefined ? '' : `/served-models/${encodeURIComponent(options.entity)}`
      const answer = await invocations.json({
        method: 'POST',
        path: `/serving-endpoints/${encodeURIComponent(name)}${entity}/invocations`,
        body: { dataframe_records: records },
        about: about(name),
        answer: z.object({ predictions: z.array(z.unknown()) }),
        ...(options.signal ? { signal: options.signal } : {}),
      })
      if (answer.predictions.length === records.length) return answer.predictions
      throw new LakedeskError(
        'PLATFORM_FAILED',
        `The endpoint ${name} gave ${answer.predictions.length} predictions for ${records.length} records, so nobody can tell which is whose. Look at the model's predict function.`,
      )
    },
  }
}
