// Registered models as MLflow's own client speaks to Unity Catalog: `alias`, `version`, numbers as text.
import { setOwn } from './own-keys.ts'
import type { Registry, Version } from './stored-model.ts'
import {
  asList,
  type Call,
  invalid,
  type Route,
  refuse,
  required,
  route,
  text,
  toPage,
  type Values,
  whole,
} from './wire.ts'

const MLFLOW = '/api/2.0/mlflow/unity-catalog'

const toTags = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([key, value]) => ({ key, value }))
const fromTags = (given: unknown): Record<string, string> =>
  Object.fromEntries(asList(given).map((tag) => [required(tag, 'key'), text(tag, 'value')]))

/** `name='a.b.c'`, and `run_id='...'` as some clients ask. */
function readSearch(args: Values): { name?: string; run?: string } {
  const filter = text(args, 'filter')
  const name = /\bname\s*=\s*['"]([^'"]+)['"]/.exec(filter)?.[1]
  const run = /\brun_id\s*=\s*['"]([^'"]+)['"]/.exec(filter)?.[1]
  if (name === undefined && run === undefined)
    throw invalid("The filter must be of the form name='catalog.schema.model'.")
  return { ...(name === undefined ? {} : { name }), ...(run === undefined ? {} : { run }) }
}

export function createMlflowModels(registry: Registry): Route[] {
  const toPair = (one: { alias_name: string; version_num: number }) => ({
    alias: one.alias_name,
    version: String(one.version_num),
  })
  const toVersion = (name: string, one: Version) => ({
    ...{ name, version: String(one.version), status: one.status, description: one.comment, source: one.source },
    ...{ run_id: one.run_id, user_id: one.created_by, model_id: one.model_id },
    ...(one.run_workspace_id ? { run_tracking_server_id: one.run_workspace_id } : {}),
    ...{ creation_timestamp: one.created_at, last_updated_timestamp: one.updated_at },
    storage_location: `s3://uc-managed/${name}/${one.version}`,
    aliases: registry.aliasesOf(name, one.version).map(toPair),
    tags: toTags(one.tags),
  })
  function toModel(name: string) {
    const { owner, comment, createdAt, updatedAt, tags } = registry.require(name)
    const times = { creation_timestamp: createdAt, last_updated_timestamp: updatedAt }
    const aliases = registry.aliasesOf(name).map(toPair)
    return { name, user_id: owner, description: comment, ...times, aliases, tags: toTags(tags) }
  }
  const nameOf = ({ args }: Call): string => required(args, 'name')
  const found = (call: Call) => registry.requireVersion(nameOf(call), whole(call.args, 'version', 0))
  function keep(call: Call, version: Version) {
    version.updated_at = registry.now()
    registry.save(nameOf(call))
    return { model_version: toVersion(nameOf(call), version) }
  }

  function createModel(call: Call): unknown {
    const name = nameOf(call)
    if (registry.has(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Registered model '${name}' already exists.`)
    registry.create(name, call.caller, text(call.args, 'description'))
    registry.require(name).tags = fromTags(call.args.tags)
    registry.save(name)
    return { registered_model: toModel(name) }
  }
  function createVersion(call: Call): unknown {
    const { args, caller } = call
    registry.require(nameOf(call))
    const version = registry.addVersion(nameOf(call), {
      ...{ source: required(args, 'source'), run_id: text(args, 'run_id'), comment: text(args, 'description') },
      ...{ model_id: text(args, 'model_id'), run_workspace_id: text(args, 'run_tracking_server_id') },
      ...{ tags: fromTags(args.tags), created_by: caller, status: 'PENDING_REGISTRATION' },
    })
    return { model_version: toVersion(nameOf(call), version) }
  }
  function searchVersions({ args }: Call): unknown {
    const { name, run } = readSearch(args)
    const all = registry.names().filter((one) => name === undefined || one === name)
    const versions = all.flatMap((one) => registry.require(one).versions.map((version) => ({ one, version })))
    const matching = versions.filter(({ version }) => run === undefined || version.run_id === run)
    const { items, ...next } = toPage(matching, args, whole(args, 'max_results', 10_000) || 10_000)
    return { model_versions: items.map(({ one, version }) => toVersion(one, version)), ...next }
  }
  const tagged = (call: Call): { tags: Record<string, string> } =>
    call.args.version === undefined ? registry.require(nameOf(call)) : found(call)
  const setTag = (call: Call): unknown => {
    setOwn(tagged(call).tags, required(call.args, 'key'), text(call.args, 'value'))
    registry.save(nameOf(call))
    return {}
  }
  const deleteTag = (call: Call): unknown => {
    delete tagged(call).tags[required(call.args, 'key')]
    registry.save(nameOf(call))
    return {}
  }

  const models: Route[] = [
    route(`POST ${MLFLOW}/registered-models/create`, createModel),
    route(`GET ${MLFLOW}/registered-models/get`, (call) => ({ registered_model: toModel(nameOf(call)) })),
    route(`GET ${MLFLOW}/registered-models/search`, ({ args }) => {
      const { items, ...next } = toPage(registry.names(), args, whole(args, 'max_results', 100) || 100)
      return { registered_models: items.map(toModel), ...next }
    }),
    route(`PATCH ${MLFLOW}/registered-models/update`, (call) => {
      registry.require(nameOf(call)).comment = text(call.args, 'description')
      registry.save(nameOf(call))
      return { registered_model: toModel(nameOf(call)) }
    }),
    route(`DELETE ${MLFLOW}/registered-models/delete`, (call) => {
      registry.delete(nameOf(call))
      return {}
    }),
    route(`POST ${MLFLOW}/registered-models/alias`, (call) => {
      registry.setAlias(nameOf(call), required(call.args, 'alias'), whole(call.args, 'version', 0))
      return {}
    }),
    route(`DELETE ${MLFLOW}/registered-models/alias`, (call) => {
      registry.dropAlias(nameOf(call), required(call.args, 'alias'))
      return {}
    }),
    route(`GET ${MLFLOW}/registered-models/alias`, (call) => {
      const version = registry.versionAt(nameOf(call), required(call.args, 'alias'))
      return { model_version: toVersion(nameOf(call), version) }
    }),
    // The client asks before it uploads: its files then go by the Files API, below /Models, with no storage of a cloud.
    route(`GET ${MLFLOW}/registered-models:is-databricks-sdk-models-artifact-repository-enabled`, () => ({
      is_databricks_sdk_models_artifact_repository_enabled: true,
    })),
  ]
  const versions: Route[] = [
    route(`POST ${MLFLOW}/model-versions/create`, createVersion),
    route(`POST ${MLFLOW}/model-versions/finalize`, (call) => {
      const version = found(call)
      version.status = 'READY'
      return keep(call, version)
    }),
    route(`GET ${MLFLOW}/model-versions/get`, (call) => ({ model_version: toVersion(nameOf(call), found(call)) })),
    route(`GET ${MLFLOW}/model-versions/search`, searchVersions),
    route(`PATCH ${MLFLOW}/model-versions/update`, (call) => {
      const version = found(call)
      version.comment = text(call.args, 'description')
      return keep(call, version)
    }),
    route(`DELETE ${MLFLOW}/model-versions/delete`, (call) => {
      registry.deleteVersion(nameOf(call), found(call).version)
      return {}
    }),
    route(`GET ${MLFLOW}/model-versions/get-download-uri`, (call) => {
      const path = `${nameOf(call).replaceAll('.', '/')}/${found(call).version}`
      return { artifact_uri: `dbfs:/Models/${path}` }
    }),
    route(`POST ${MLFLOW}/model-versions/emit-lineage`, (call) => {
      found(call)
      return {}
    }),
    route(`POST ${MLFLOW}/model-versions/generate-temporary-credentials`, (call) => {
      found(call)
      const why =
        'The local lakehouse has no storage of a cloud, and so no credentials of one: use the Files API, below /Models.'
      throw refuse(501, 'NOT_IMPLEMENTED', why)
    }),
    ...['registered-models', 'model-versions'].flatMap((kind) => [
      ...['set-tag', 'tags'].map((path) => route(`POST ${MLFLOW}/${kind}/${path}`, setTag)),
      ...['delete-tag', 'tags'].map((path) => route(`DELETE ${MLFLOW}/${kind}/${path}`, deleteTag)),
    ]),
  ]
  return [...models, ...versions]
}
