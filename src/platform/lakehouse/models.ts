// The model registry of the local lakehouse as it is kept: models, versions and aliases, behind both of its wires.
import { createMlflowModels } from './mlflow-models.ts'
import { own, setOwn } from './own-keys.ts'
import { type MayChange, toRightsRefusal } from './rights.ts'
import type { State } from './state.ts'
import type { Model, Registry, Version } from './stored-model.ts'
import { createUcModels } from './uc-models.ts'
import { type Call, invalid, notFound, type Route, refuse, text } from './wire.ts'

export type { Model, Version } from './stored-model.ts'

const FRESH = { status: 'READY', comment: '', run_id: '', source: '', created_by: '', model_id: '' } as const

export function createModels(state: State, now: () => number, mayChange: MayChange) {
  const models = state.table<Model>('models')

  const control = {
    /** The next version, and the model where it is new. Unity Catalog takes versions through MLflow's client alone. */
    addVersion(name: string, extra: Partial<Version> = {}): Version {
      if (!models.has(name)) control.addModel(name)
      const model = registry.require(name)
      const times = { created_at: now(), updated_at: now() }
      const added = { ...FRESH, ...times, run_workspace_id: '', tags: {}, ...extra, version: model.nextVersion }
      model.nextVersion += 1
      model.versions.push(added)
      models.put(name, model)
      return added
    },
    addModel(name: string, owner = 'owner@example.com', comment = ''): Model {
      const model = {
        owner,
        comment,
        createdAt: now(),
        updatedAt: now(),
        tags: {},
        versions: [],
        aliases: {},
        nextVersion: 1,
      }
      models.put(name, model)
      return model
    },
    setStatus(name: string, version: number, status: Version['status']): void {
      registry.requireVersion(name, version).status = status
      registry.save(name)
    },
    aliasOf: (name: string, alias: string): number | undefined => own(models.get(name)?.aliases ?? {}, alias),
    /** Versions a page of the list. */
    pageSize: 100,
  }

  const registry: Registry = {
    require(name) {
      if (name.split('.').length !== 3) throw invalid(`'${name}' is not a valid name: give catalog.schema.model.`)
      const model = models.get(name)
      if (!model) throw notFound(`Registered model '${name}' does not exist.`)
      return model
    },
    requireVersion(name, number) {
      const version = registry.require(name).versions.find((one) => one.version === number)
      if (!version) throw notFound(`Model version '${name}' version ${number} does not exist.`)
      return version
    },
    create(name, owner, comment) {
      if (!/^[^.\s/]+(\.[^.\s/]+){2}$/.test(name))
        throw invalid(`'${name}' is not a valid name: give catalog.schema.model.`)
      return control.addModel(name, owner, comment)
    },
    save(name) {
      const model = models.get(name)
      if (model) models.put(name, { ...model, updatedAt: now() })
    },
    delete: (name) => {
      if (Object.keys(registry.require(name).aliases).length > 0)
        throw refuse(400, 'INVALID_STATE', `Registered model '${name}' has aliases. Delete them first.`)
      models.delete(name)
    },
    deleteVersion(name, number) {
      const model = registry.require(name)
      registry.requireVersion(name, number)
      if (Object.values(model.aliases).includes(number))
        throw refuse(400, 'INVALID_STATE', `Version ${number} of '${name}' has an alias. Delete it first.`)
      model.versions = model.versions.filter((one) => one.version !== number)
      models.put(name, model)
    },
    addVersion: (name, extra) => control.addVersion(name, extra),
    setAlias(name, alias, version) {
      if (!/^[\w-]{1,255}$/.test(alias) || /^(latest|v\d+)$/i.test(alias))
        throw invalid(`Invalid alias name '${alias}'.`)
      registry.requireVersion(name, version)
      setOwn(registry.require(name).aliases, alias, version)
      registry.save(name)
    },
    dropAlias(name, alias) {
      const { aliases } = registry.require(name)
      if (own(aliases, alias) === undefined) throw notFound(`Alias '${alias}' does not exist.`)
      delete aliases[alias]
      registry.save(name)
    },
    versionAt(name, alias) {
      const number = own(registry.require(name).aliases, alias)
      if (number === undefined) throw notFound(`Alias '${alias}' of '${name}' does not exist.`)
      return registry.requireVersion(name, number)
    },
    aliasesOf: (name, number) =>
      Object.entries(registry.require(name).aliases)
        .filter(([, version]) => number === undefined || version === number)
        .map(([alias_name, version_num]) => ({ alias_name, version_num })),
    names: () => models.keys(),
    has: (name) => models.has(name),
    now,
    pageSize: () => control.pageSize,
  }

  /** What is there is changed by whoever may manage it; versions and tags also by whoever was given that. */
  function guard(call: Call, spec: string): void {
    const name = call.at.name ?? text(call.args, 'name')
    if (!models.has(name)) return
    const more = /model-versions\/(create|finalize)$/.test(spec)
      ? ['CREATE_MODEL_VERSION', 'ALL_PRIVILEGES']
      : /tags?$/.test(spec)
        ? ['APPLY_TAG', 'ALL_PRIVILEGES']
        : []
    if (!mayChange(call.caller, 'function', name, ['MANAGE', ...more])) throw toRightsRefusal('model', name)
  }
  const guarded = (one: Route): Route => {
    if (one.method === 'GET' || /(emit-lineage|credentials)$/.test(one.spec)) return one
    const handle = (call: Call) => {
      guard(call, one.spec)
      return one.handle(call)
    }
    return { ...one, handle }
  }
  const routes: Route[] = [...createUcModels(registry), ...createMlflowModels(registry)].map(guarded)
  return {
    ...{ routes, control, names: registry.names, requireVersion: registry.requireVersion },
    ownerOf: (name: string): string | undefined => models.get(name)?.owner,
    statusOf: (name: string, version: number): Version['status'] | undefined =>
      models.get(name)?.versions.find((one) => one.version === version)?.status,
    /** Undefined where there is no such version. */
    version: (name: string, version: number): Version | undefined =>
      models.get(name)?.versions.find((one) => one.version === version),
  }
}
