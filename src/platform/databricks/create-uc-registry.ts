// The model registry of Unity Catalog: versions and aliases over its public REST API.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { isNotFound } from '../mlflow/platform-errors.ts'
import { nothingSchema, readPages, toIso, wholeSchema, wholeTextSchema } from '../mlflow/wire.ts'
import type { ModelVersion, Registry } from '../ports/registry.ts'

const ROOT = '/2.1/unity-catalog/models'
const PAGE = 1000
const ALIAS = /^[\w-]{1,255}$/
const VERSION = /^[1-9]\d{0,8}$/
const STATUSES = { PENDING_REGISTRATION: 'PENDING', FAILED_REGISTRATION: 'FAILED', READY: 'READY' } as const

/** The API leaves empty lists out, so `{}` is a model without versions, and a model without aliases has no such key. */
const aliasesSchema = z.array(z.object({ alias_name: z.string(), version_num: wholeTextSchema })).default([])
const versionSchema = z.object({
  version: wholeTextSchema,
  /** A status that is not known here is not ready. */
  status: z.enum(['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY']).catch('PENDING_REGISTRATION'),
  comment: z.string().default(''),
  source: z.string().default(''),
  storage_location: z.string().default(''),
  run_id: z.string().optional(),
  created_at: wholeSchema.default(0),
  aliases: aliasesSchema,
})
const pageSchema = z.object({
  model_versions: z.array(versionSchema).default([]),
  next_page_token: z.string().optional(),
})

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

function toVersion(model: string, wire: z.infer<typeof versionSchema>): ModelVersion {
  return {
    model,
    version: wire.version,
    status: STATUSES[wire.status],
    statusMessage: wire.status === 'READY' ? '' : wire.status.toLowerCase().replaceAll('_', ' '),
    description: wire.comment,
    source: wire.source || wire.storage_location,
    runId: wire.run_id || null,
    createdAt: toIso(wire.created_at),
    tags: {},
    aliases: wire.aliases
      .filter((alias) => alias.version_num === wire.version)
      .map((alias) => alias.alias_name)
      .sort(),
  }
}

/**
 * Throws PLATFORM_REFUSED for an alias that MLflow's own client would not set: it could never be loaded as `models:/name@alias`.
 * Source: mlflow/utils/validation.py, _validate_model_alias_name.
 */
function checkAlias(alias: string): void {
  const isReserved = /^(latest|v\d+)$/i.test(alias)
  if (ALIAS.test(alias) && !isReserved) return
  throw new LakedeskError(
    'PLATFORM_REFUSED',
    `"${alias}" is no alias. Use up to 255 letters, digits, - and _, and neither "latest" nor a version such as "v3".`,
  )
}

/** Files of a version go to cloud storage with credentials that only MLflow's own client knows how to use. */
function cannotCreate(model: string, source: string): LakedeskError {
  return new LakedeskError(
    'PLATFORM_REFUSED',
    `Unity Catalog takes the files of a version of ${model} through MLflow's own Python client alone. The run is logged; register it from there: mlflow.set_registry_uri("databricks-uc"); mlflow.register_model("${source}", "${model}").`,
  )
}

function noVersion(model: string, version: string): LakedeskError {
  const fix = 'Give the whole number of a registered version.'
  return new LakedeskError('PLATFORM_NOT_FOUND', `There is no version "${version}" of ${model}. ${fix}`)
}

export function createUcRegistry({ http }: { http: MlflowHttp }): Registry {
  const pathOf = (model: string, ...rest: string[]): string =>
    [ROOT, ...[model, ...rest].map(encodeURIComponent)].join('/')
  const aliasPath = (model: string, alias: string): string => `${pathOf(model)}/aliases/${encodeURIComponent(alias)}`
  const versionsPath = (model: string): string => `${pathOf(model)}/versions`

  /** The list of versions leaves aliases out, so the model is asked. Null where it does not exist. */
  function readAliases(model: string): Promise<z.infer<typeof aliasesSchema> | null> {
    return orNull(async () => {
      const answer = z.object({ name: z.string(), aliases: aliasesSchema })
      const query = { include_aliases: true }
      const about = `model ${model}`
      return (await http.json({ method: 'GET', path: pathOf(model), query, about, answer })).aliases
    })
  }

  return {
    async createVersion({ model, source }) {
      throw cannotCreate(model, source)
    },

    async getVersion(model, version) {
      if (!VERSION.test(version)) return null
      const path = `${versionsPath(model)}/${version}`
      const about = `version ${version} of ${model}`
      const query = { include_aliases: true }
      const found = await orNull(() => http.json({ method: 'GET', path, query, about, answer: versionSchema }))
      return found && toVersion(model, found)
    },

    async listVersions(model) {
      const aliases = await readAliases(model)
      if (aliases === null) return []
      const versions = await readPages(async (pageToken) => {
        const query = { max_results: PAGE, page_token: pageToken }
        const call = { method: 'GET', path: versionsPath(model), query, about: `versions of ${model}` } as const
        const page = await http.json({ ...call, answer: pageSchema })
        return { items: page.model_versions, next: page.next_page_token }
      })
      return versions
        .map((version) => toVersion(model, { ...version, aliases }))
        .sort((a, b) => Number(b.version) - Number(a.version))
    },

    async getAlias(model, alias) {
      if (!ALIAS.test(alias)) return null
      const about = `alias ${alias} of ${model}`
      const path = aliasPath(model, alias)
      const answer = z.object({ version: wholeTextSchema })
      const found = await orNull(() => http.json({ method: 'GET', path, about, answer }))
      return found?.version ?? null
    },

    async setAlias(model, alias, version) {
      checkAlias(alias)
      const about = `alias ${alias} of ${model}`
      if (!VERSION.test(version)) throw noVersion(model, version)
      const body = { full_name: model, alias, version_num: Number(version) }
      await http.json({ method: 'PUT', path: aliasPath(model, alias), body, about, answer: nothingSchema })
    },

    async deleteAlias(model, alias) {
      if (!ALIAS.test(alias)) return
      const about = `alias ${alias} of ${model}`
      const path = aliasPath(model, alias)
      await orNull(() => http.json({ method: 'DELETE', path, about, answer: nothingSchema }))
    },
  }
}
