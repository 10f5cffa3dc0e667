// Registered models over Unity Catalog's public REST API: `alias_name`, `version_num`, whole numbers.
import type { Registry, Version } from './stored-model.ts'
import { type Call, flag, invalid, type Route, refuse, required, route, text, toPage, whole } from './wire.ts'

const UC = '/api/2.1/unity-catalog/models'

export function createUcModels(registry: Registry): Route[] {
  function toInfo(name: string, one: Version, withAliases: boolean) {
    const [catalog_name, schema_name, model_name] = name.split('.')
    const { version, status, comment, source, run_id, created_at, updated_at, created_by, run_workspace_id } = one
    return {
      ...{ catalog_name, schema_name, model_name, version, status, comment, source, run_id, created_at, updated_at },
      ...{ created_by, id: `${name}-${version}`, storage_location: `s3://uc-managed/${name}/${version}` },
      ...(/^\d+$/.test(run_workspace_id) ? { run_workspace_id: Number(run_workspace_id) } : {}),
      ...(withAliases ? { aliases: registry.aliasesOf(name, version) } : {}),
    }
  }
  function toModelInfo(name: string, withAliases: boolean) {
    const [catalog_name, schema_name, short] = name.split('.')
    const { owner, comment, createdAt, updatedAt } = registry.require(name)
    return {
      ...{ full_name: name, name: short, catalog_name, schema_name, owner, comment, created_by: owner },
      ...{ created_at: createdAt, updated_at: updatedAt, storage_location: `s3://uc-managed/${name}` },
      ...(withAliases ? { aliases: registry.aliasesOf(name) } : {}),
    }
  }
  function create({ args, caller }: Call): unknown {
    const name = [required(args, 'catalog_name'), required(args, 'schema_name'), required(args, 'name')].join('.')
    if (registry.has(name)) throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Registered model '${name}' already exists.`)
    registry.create(name, caller, text(args, 'comment'))
    return toModelInfo(name, false)
  }
  function list({ args }: Call): unknown {
    const start = [text(args, 'catalog_name'), text(args, 'schema_name')].filter(Boolean).map((part) => `${part}.`)
    const found = registry.names().filter((name) => name.startsWith(start.join('')))
    const { items, ...next } = toPage(found, args, whole(args, 'max_results', 100) || 100)
    return { registered_models: items.map((name) => toModelInfo(name, flag(args, 'include_aliases'))), ...next }
  }
  function update({ at, args }: Call): unknown {
    const { name = '' } = at
    const model = registry.require(name)
    if (args.comment !== undefined) model.comment = text(args, 'comment')
    if (text(args, 'owner')) model.owner = text(args, 'owner')
    registry.save(name)
    return toModelInfo(name, false)
  }
  const found = ({ at }: Call): [string, Version] => {
    const { name = '', version = '' } = at
    return [name, registry.requireVersion(name, whole({ version }, 'version', 0))]
  }

  return [
    route(`POST ${UC}`, create),
    route(`GET ${UC}`, list),
    route(`GET ${UC}/{name}`, ({ at, args }) => toModelInfo(at.name ?? '', flag(args, 'include_aliases'))),
    route(`PATCH ${UC}/{name}`, update),
    route(`DELETE ${UC}/{name}`, ({ at }) => {
      registry.delete(at.name ?? '')
      return {}
    }),
    route(`GET ${UC}/{name}/versions`, ({ at, args }) => {
      const { name = '' } = at
      const size = Math.min(whole(args, 'max_results', 100) || 100, registry.pageSize())
      const { items, ...next } = toPage(registry.require(name).versions, args, size)
      return { model_versions: items.map((one) => toInfo(name, one, flag(args, 'include_aliases'))), ...next }
    }),
    route(`GET ${UC}/{name}/versions/{version}`, (call) => toInfo(...found(call), flag(call.args, 'include_aliases'))),
    route(`PATCH ${UC}/{name}/versions/{version}`, (call) => {
      const [name, version] = found(call)
      if (call.args.comment !== undefined) version.comment = text(call.args, 'comment')
      version.updated_at = registry.now()
      registry.save(name)
      return toInfo(name, version, false)
    }),
    route(`DELETE ${UC}/{name}/versions/{version}`, (call) => {
      const [name, { version }] = found(call)
      registry.deleteVersion(name, version)
      return {}
    }),
    route(`GET ${UC}/{name}/aliases/{alias}`, ({ at }) => {
      const { name = '', alias = '' } = at
      return toInfo(name, registry.versionAt(name, alias), true)
    }),
    route(`PUT ${UC}/{name}/aliases/{alias}`, ({ at, args }) => {
      const { name = '', alias = '' } = at
      if (args.version_num === undefined || args.version_num === null) throw invalid('version_num is missing')
      const version_num = whole(args, 'version_num', 0)
      registry.setAlias(name, alias, version_num)
      return { alias_name: alias, version_num, model_name: name.split('.')[2] }
    }),
    route(`DELETE ${UC}/{name}/aliases/{alias}`, ({ at }) => {
      registry.dropAlias(at.name ?? '', at.alias ?? '')
      return {}
    }),
  ]
}
