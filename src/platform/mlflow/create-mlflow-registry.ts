// The model registry of an MLflow server: versions and aliases over its REST API.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { ModelVersion, NewVersion, Registry } from '../ports/registry.ts'
import type { MlflowHttp } from './mlflow-http.ts'
import { isAlreadyThere, isNotFound } from './platform-errors.ts'
import { nothingSchema, pairsSchema, readPages, toIso, toPairs, wholeSchema, wholeTextSchema } from './wire.ts'
import { quoteValue } from './write-filter.ts'

const STATUSES = { PENDING_REGISTRATION: 'PENDING', FAILED_REGISTRATION: 'FAILED', READY: 'READY' } as const
const PAGE = 1000

const versionSchema = z.object({
  name: z.string(),
  version: wholeTextSchema,
  status: z.enum(['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY']).default('READY'),
  status_message: z.string().default(''),
  description: z.string().default(''),
  source: z.string().default(''),
  run_id: z.string().optional(),
  creation_timestamp: wholeSchema,
  tags: pairsSchema,
  aliases: z.array(z.string()).default([]),
})
const aliasesSchema = z.array(z.object({ alias: z.string(), version: wholeTextSchema })).default([])
const modelSchema = z.object({ registered_model: z.object({ aliases: aliasesSchema }) })
const pageSchema = z.object({
  model_versions: z.array(versionSchema).default([]),
  next_page_token: z.string().optional(),
})

export interface MlflowRegistryOptions {
  http: MlflowHttp
  /** Where the verbs stand; default `/2.0/mlflow`. */
  root?: string
}

export function createMlflowRegistry({ http, root = '/2.0/mlflow' }: MlflowRegistryOptions): Registry {
  async function createModel(model: string): Promise<void> {
    try {
      const path = `${root}/registered-models/create`
      await http.json({ method: 'POST', path, body: { name: model }, about: `model ${model}`, answer: nothingSchema })
    } catch (error) {
      // Somebody else was first: that is as good.
      if (!isAlreadyThere(error)) throw error
    }
  }

  async function postVersion(version: NewVersion): Promise<ModelVersion> {
    const answer = await http.json({
      method: 'POST',
      path: `${root}/model-versions/create`,
      about: `a new version of ${version.model}`,
      body: {
        name: version.model,
        source: version.source,
        ...(version.runId === null ? {} : { run_id: version.runId }),
        ...(version.description ? { description: version.description } : {}),
        tags: toPairs(version.tags),
      },
      answer: z.object({ model_version: versionSchema }),
    })
    return toVersion(answer.model_version, [])
  }

  /** Null where the model does not exist. Read from the model, because asking for an alias that is not set is a 400 of many meanings. */
  async function readAliases(model: string): Promise<z.infer<typeof aliasesSchema> | null> {
    return orNull(async () => {
      const path = `${root}/registered-models/get`
      const about = `model ${model}`
      const answer = await http.json({ method: 'GET', path, query: { name: model }, about, answer: modelSchema })
      return answer.registered_model.aliases
    })
  }

  const aliasCall = (model: string, alias: string) => ({
    path: `${root}/registered-models/alias`,
    about: `alias ${alias} of model ${model}`,
    answer: nothingSchema,
  })

  return {
    async createVersion(version) {
      try {
        return await postVersion(version)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      await createModel(version.model)
      return postVersion(version)
    },

    async getVersion(model, version) {
      if (!/^[1-9]\d{0,8}$/.test(version)) return null
      const path = `${root}/model-versions/get`
      const about = `version ${version} of ${model}`
      return orNull(async () => {
        const answer = z.object({ model_version: versionSchema })
        const read = await http.json({ method: 'GET', path, query: { name: model, version }, about, answer })
        return toVersion(read.model_version, read.model_version.aliases)
      })
    },

    async listVersions(model) {
      // The search leaves aliases out, so they are read beside it.
      const aliases = await readAliases(model)
      if (aliases === null) return []
      const filter = `name = ${quoteName(model)}`
      const versions = await readPages(async (pageToken) => {
        const query = { filter, max_results: PAGE, page_token: pageToken }
        const path = `${root}/model-versions/search`
        const page = await http.json({ method: 'GET', path, query, about: `versions of ${model}`, answer: pageSchema })
        return { items: page.model_versions, next: page.next_page_token }
      })
      return versions
        .filter((one) => one.name === model)
        .map((one) =>
          toVersion(
            one,
            aliases.filter((a) => a.version === one.version).map((a) => a.alias),
          ),
        )
        .sort((a, b) => Number(b.version) - Number(a.version))
    },

    async getAlias(model, alias) {
      const aliases = await readAliases(model)
      return aliases?.find((one) => one.alias === alias)?.version ?? null
    },

    async setAlias(model, alias, version) {
      const body = { name: model, alias, version }
      await http.json({ method: 'POST', ...aliasCall(model, alias), body, repeatable: true })
    },

    async deleteAlias(model, alias) {
      await orNull(() => http.json({ method: 'DELETE', ...aliasCall(model, alias), body: { name: model, alias } }))
    },
  }
}

function toVersion(wire: z.infer<typeof versionSchema>, aliases: readonly string[]): ModelVersion {
  return {
    model: wire.name,
    version: wire.version,
    status: STATUSES[wire.status],
    statusMessage: wire.status === 'READY' ? '' : wire.status_message,
    description: wire.description,
    source: wire.source,
    runId: wire.run_id || null,
    createdAt: toIso(wire.creation_timestamp),
    tags: wire.tags,
    aliases: [...aliases].sort(),
  }
}

function quoteName(model: string): string {
  const quoted = quoteValue(model)
  if (quoted !== undefined) return quoted
  throw new LakedeskError(
    'PLATFORM_REFUSED',
    `MLflow's search cannot ask for a model named ${model}: its name holds a backslash, or both kinds of quotes. Rename the model.`,
  )
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}
