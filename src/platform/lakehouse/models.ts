// The model registry of the local lakehouse: Unity Catalog's public REST API, and the paths that MLflow's own client speaks.
import { type Call, flag, invalid, notFound, type Route, refuse, required, route, text, toPage, whole } from './wire.ts'

export interface Version {
  version: number
  status: 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION' | 'READY'
  comment: string
  source: string
  run_id: string
  created_at: number
}

export interface Model {
  owner: string
  versions: Version[]
  aliases: Map<string, number>
}

const UC = '/api/2.1/unity-catalog/models'
const MLFLOW = '/api/2.0/mlflow/unity-catalog'

export function createModels(now: () => number) {
  const models = new Map<string, Model>()

  function requireModel(name: string): Model {
    if (name.split('.').length !== 3) throw invalid(`'${name}' is not a valid name: give catalog.schema.model.`)
    const model = models.get(name)
    if (!model) throw notFound(`Registered model '${name}' does not exist.`)
    return model
  }
  function requireVersion(name: string, number: number): Version {
    const version = requireModel(name).versions.find((one) => one.version === number)
    if (!version) throw notFound(`Model version '${name}' version ${number} does not exist.`)
    return version
  }
  const aliasesOf = (name: string, number?: number) =>
    [...requireModel(name).aliases]
      .filter(([, version]) => number === undefined || version === number)
      .map(([alias_name, version_num]) => ({ alias_name, version_num }))

  const control = {
    /** The next version, and the model where it is new. Unity Catalog takes versions through MLflow's client alone. */
    addVersion(name: string, extra: Partial<Version> = {}): Version {
      const model = models.get(name) ?? control.addModel(name)
      const version = model.versions.length + 1
      const given = { status: 'READY', comment: '', run_id: '', source: '', created_at: now(), ...extra } as const
      const added = { ...given, version }
      model.versions.push(added)
      return added
    },
    addModel(name: string, owner = 'owner@example.com'): Model {
      const model = { owner, versions: [], aliases: new Map<string, number>() }
      models.set(name, model)
      return model
    },
    setStatus(name: string, version: number, status: Version['status']): void {
      requireVersion(name, version).status = status
    },
    aliasOf: (name: string, alias: string): number | undefined => models.get(name)?.aliases.get(alias),
    /** Versions a page of the list. */
    pageSize: 100,
  }

  function toInfo(name: string, one: Version, withAliases: boolean) {
    const [catalog_name, schema_name, model_name] = name.split('.')
    const { version, status, comment, source, run_id, created_at } = one
    return {
      ...{ catalog_name, schema_name, model_name, version, status, comment, source, run_id, created_at },
      storage_location: `s3://uc-managed/${name}/${version}`,
      ...(withAliases ? { aliases: aliasesOf(name, version) } : {}),
    }
  }
  function toModelInfo(name: string, withAliases: boolean) {
    const [catalog_name, schema_name, short] = name.split('.')
    const { owner } = requireModel(name)
    const aliases = withAliases ? { aliases: aliasesOf(name) } : {}
    return { full_name: name, name: short, catalog_name, schema_name, owner, ...aliases }
  }

  function setAlias(name: string, alias: string, version: number): void {
    if (!/^[\w-]{1,255}$/.test(alias)) throw invalid(`Invalid alias name '${alias}'.`)
    requireVersion(name, version)
    requireModel(name).aliases.set(alias, version)
  }
  function dropAlias(name: string, alias: string): void {
    if (!requireModel(name).aliases.delete(alias)) throw notFound(`Alias '${alias}' does not exist.`)
  }
  function versionAt(name: string, alias: string): Version {
    const number = requireModel(name).aliases.get(alias)
    if (number === undefined) throw notFound(`Alias '${alias}' of '${name}' does not exist.`)
    return requireVersion(name, number)
  }

  /** The public REST API: `alias_name`, `version_num`, whole numbers. */
  const rest: Route[] = [
    route(`POST ${UC}`, ({ args, caller }) => {
      const name = [required(args, 'catalog_name'), required(args, 'schema_name'), required(args, 'name')].join('.')
      if (models.has(name)) throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Registered model '${name}' already exists.`)
      control.addModel(name, caller)
      return toModelInfo(name, false)
    }),
    route(`GET ${UC}/{name}`, ({ at, args }) => toModelInfo(at.name ?? '', flag(args, 'include_aliases'))),
    route(`GET ${UC}/{name}/versions`, ({ at, args }) => {
      const { name = '' } = at
      const size = Math.min(whole(args, 'max_results', 100) || 100, control.pageSize)
      const { items, ...next } = toPage(requireModel(name).versions, args, size)
      return { model_versions: items.map((one) => toInfo(name, one, false)), ...next }
    }),
    route(`GET ${UC}/{name}/versions/{version}`, ({ at, args }) => {
      const { name = '', version = '' } = at
      return toInfo(name, requireVersion(name, whole({ version }, 'version', 0)), flag(args, 'include_aliases'))
    }),
    route(`GET ${UC}/{name}/aliases/{alias}`, ({ at }) => {
      const { name = '', alias = '' } = at
      return toInfo(name, versionAt(name, alias), true)
    }),
    route(`PUT ${UC}/{name}/aliases/{alias}`, ({ at, args }) => {
      const { name = '', alias = '' } = at
      if (args.version_num === undefined || args.version_num === null) throw invalid('version_num is missing')
      const version_num = whole(args, 'version_num', 0)
      setAlias(name, alias, version_num)
      return { alias_name: alias, version_num, model_name: name.split('.')[2] }
    }),
    route(`DELETE ${UC}/{name}/aliases/{alias}`, ({ at }) => {
      dropAlias(at.name ?? '', at.alias ?? '')
      return {}
    }),
  ]

  const toMlflow = (name: string, one: Version) => ({
    name,
    version: String(one.version),
    status: one.status,
    description: one.comment,
    source: one.source,
    run_id: one.run_id,
    creation_timestamp: one.created_at,
    storage_location: `s3://uc-managed/${name}/${one.version}`,
    aliases: aliasesOf(name, one.version).map(toPair),
  })
  const toPair = (one: { alias_name: string; version_num: number }) => ({
    alias: one.alias_name,
    version: String(one.version_num),
  })
  const found = ({ args }: Call) => requireVersion(required(args, 'name'), whole(args, 'version', 0))
  const toModel = (name: string) => ({ registered_model: { name, aliases: aliasesOf(name).map(toPair) } })

  /** MLflow's own client: `alias`, `version`, everything as text. */
  const mlflow: Route[] = [
    route(`POST ${MLFLOW}/registered-models/create`, ({ args, caller }) => {
      const name = required(args, 'name')
      if (models.has(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Registered model '${name}' already exists.`)
      if (name.split('.').length !== 3) throw invalid(`'${name}' is not a valid name: give catalog.schema.model.`)
      control.addModel(name, caller)
      return toModel(name)
    }),
    route(`GET ${MLFLOW}/registered-models/get`, ({ args }) => toModel(required(args, 'name'))),
    route(`POST ${MLFLOW}/registered-models/alias`, ({ args }) => {
      setAlias(required(args, 'name'), required(args, 'alias'), whole(args, 'version', 0))
      return {}
    }),
    route(`DELETE ${MLFLOW}/registered-models/alias`, ({ args }) => {
      dropAlias(required(args, 'name'), required(args, 'alias'))
      return {}
    }),
    route(`GET ${MLFLOW}/registered-models/alias`, ({ args }) => {
      const name = required(args, 'name')
      return { model_version: toMlflow(name, versionAt(name, required(args, 'alias'))) }
    }),
    route(`POST ${MLFLOW}/model-versions/create`, ({ args }) => {
      const name = required(args, 'name')
      requireModel(name)
      const extra = {
        source: required(args, 'source'),
        run_id: text(args, 'run_id'),
        comment: text(args, 'description'),
      }
      return { model_version: toMlflow(name, control.addVersion(name, { ...extra, status: 'PENDING_REGISTRATION' })) }
    }),
    route(`POST ${MLFLOW}/model-versions/finalize`, (call) => {
      const version = found(call)
      version.status = 'READY'
      return { model_version: toMlflow(required(call.args, 'name'), version) }
    }),
    route(`GET ${MLFLOW}/model-versions/get`, (call) => ({
      model_version: toMlflow(required(call.args, 'name'), found(call)),
    })),
    route(`GET ${MLFLOW}/model-versions/search`, ({ args }) => {
      const name = /^name\s*=\s*'([^']+)'$/.exec(text(args, 'filter'))?.[1]
      if (name === undefined) throw invalid("The filter must be of the form name='catalog.schema.model'.")
      const { items, ...next } = toPage(models.get(name)?.versions ?? [], args, whole(args, 'max_results', 100))
      return { model_versions: items.map((one) => toMlflow(name, one)), ...next }
    }),
  ]

  return {
    routes: [...rest, ...mlflow],
    control,
    ownerOf: (name: string): string | undefined => models.get(name)?.owner,
    statusOf: (name: string, version: number): Version['status'] | undefined =>
      models.get(name)?.versions.find((one) => one.version === version)?.status,
  }
}
