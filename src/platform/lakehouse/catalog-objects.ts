// Objects of Unity Catalog in the local lakehouse: catalogs, schemas, tables, volumes and functions, and what can be granted on.
import type { SqlTable } from '../ports/sql.ts'
import { type MayChange, toRightsRefusal } from './rights.ts'
import { toWireColumns } from './sql-engine.ts'
import type { State } from './state.ts'
import {
  asValues,
  type Call,
  flag,
  notFound,
  type Route,
  refuse,
  required,
  route,
  text,
  toPage,
  type Values,
  whole,
} from './wire.ts'

/** As it was made by somebody; what only lies in a table's or model's name is there too, with the default owner. */
interface StoredObject {
  owner: string
  comment: string
  createdAt: number
  properties: Values
  /** Of a volume. */
  volumeType?: string
}

export interface ObjectParts {
  state: State
  now(): number
  /** Tables that statements may name. */
  listTables(signal: AbortSignal): Promise<readonly SqlTable[]>
  /** Full names of registered models, and their owners. */
  modelNames(): string[]
  ownerOfModel(name: string): string | undefined
  /** Whom everything belongs to that nobody made over the wire. */
  owner: string
  mayChange: MayChange
}

const UC = '/api/2.1/unity-catalog'
/** Where tables of one and two parts lie. */
const DEFAULTS = ['workspace', 'default'] as const

/** In full: `tickets` is `workspace.default.tickets`. */
export function toFullName(name: string): string {
  const parts = name.split('.')
  return [...DEFAULTS.slice(0, Math.max(0, 3 - parts.length)), ...parts].join('.')
}

export function createCatalogObjects(parts: ObjectParts) {
  const { state, now, listTables, modelNames, ownerOfModel, owner, mayChange } = parts
  /** By kind and full name, such as `schema ml.rag`. */
  const objects = state.table<StoredObject>('catalog-objects')
  /** Others who know objects of a kind, such as vector indexes among the tables. */
  const knownElsewhere: ((kind: string, name: string) => boolean)[] = []
  const foreignTables: ((name: string) => Values | undefined)[] = []
  const foreignTable = (name: string) => foreignTables.flatMap((find) => find(name) ?? []).at(0)
  const kept = (kind: string): string[] =>
    objects
      .keys()
      .filter((key) => key.startsWith(`${kind} `))
      .map((key) => key.slice(kind.length + 1))
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

  async function names(kind: 'catalog' | 'schema', signal: AbortSignal): Promise<string[]> {
    const depth = kind === 'catalog' ? 1 : 2
    const tables = (await listTables(signal)).map(({ name }) => toFullName(name))
    const deep = [
      ...tables,
      ...modelNames(),
      ...kept('volume'),
      ...kept('function'),
      ...kept('schema'),
      ...kept('catalog'),
    ]
    const cut = deep
      .filter((name) => name.split('.').length >= depth)
      .map((name) => name.split('.').slice(0, depth).join('.'))
    return [...new Set([DEFAULTS.slice(0, depth).join('.'), ...cut])].sort()
  }
  async function findTable(name: string, signal: AbortSignal): Promise<SqlTable | undefined> {
    return (await listTables(signal)).find((one) => same(toFullName(one.name), name))
  }

  async function isThere(kind: string, name: string, signal: AbortSignal): Promise<boolean> {
    if (objects.has(`${kind} ${name}`) || knownElsewhere.some((knows) => knows(kind, name))) return true
    if (kind === 'function') return ownerOfModel(name) !== undefined
    if (kind === 'table') return (await findTable(name, signal)) !== undefined
    if (kind === 'catalog' || kind === 'schema') return (await names(kind, signal)).some((one) => same(one, name))
    return false
  }
  async function requireObject(kind: string, name: string, signal: AbortSignal): Promise<void> {
    if (!(await isThere(kind, name, signal))) throw missing(kind, name)
  }
  const missing = (kind: string, name: string) =>
    notFound(`${kind[0]?.toUpperCase()}${kind.slice(1)} '${name}' does not exist.`)

  function make(kind: string, name: string, { caller, args }: Call, extra: Partial<StoredObject> = {}): void {
    const properties = typeof args.properties === 'object' && args.properties !== null ? { ...args.properties } : {}
    const object = { owner: caller, comment: text(args, 'comment'), createdAt: now(), properties, ...extra }
    objects.put(`${kind} ${name}`, object)
  }
  const factsOf = (kind: string, name: string) => {
    const object = objects.get(`${kind} ${name}`)
    const { owner: own = owner, comment = '', createdAt = 0, properties = {} } = object ?? {}
    return { owner: own, comment, created_at: createdAt, created_by: own, properties }
  }
  const showCatalog = (name: string) => ({
    name,
    full_name: name,
    catalog_type: 'MANAGED_CATALOG',
    ...factsOf('catalog', name),
  })
  function showSchema(name: string) {
    const [catalog_name, short] = name.split('.')
    return { name: short, catalog_name, full_name: name, ...factsOf('schema', name) }
  }
  function showVolume(name: string) {
    const [catalog_name, schema_name, short] = name.split('.')
    const { properties: _, ...facts } = factsOf('volume', name)
    const volume_type = objects.get(`volume ${name}`)?.volumeType ?? 'MANAGED'
    return { name: short, catalog_name, schema_name, full_name: name, volume_id: name, volume_type, ...facts }
  }
  function showTable(table: SqlTable, withColumns = true) {
    const full_name = toFullName(table.name)
    const [catalog_name, schema_name, name] = full_name.split('.')
    const columns = toWireColumns(table.columns).map((column) => ({
      ...{ ...column, type_text: column.type_text.toLowerCase(), nullable: true },
      type_json: JSON.stringify({
        name: column.name,
        type: column.type_text.toLowerCase(),
        nullable: true,
        metadata: {},
      }),
    }))
    return {
      ...{ name, catalog_name, schema_name, full_name, table_type: 'MANAGED', data_source_format: 'DELTA' },
      ...{ table_id: full_name, ...factsOf('table', full_name), properties: table.properties ?? {} },
      ...(withColumns ? { columns } : {}),
    }
  }

  const control = {
    /** Catalogs, schemas and volumes that nobody made over the wire. */
    add(kind: 'catalog' | 'schema' | 'volume', name: string, by = owner): void {
      const object = { owner: by, comment: '', createdAt: now(), properties: {} }
      if (!objects.has(`${kind} ${name}`)) objects.put(`${kind} ${name}`, object)
    },
  }
  async function makeNew(kind: string, name: string, call: Call, extra: Partial<StoredObject> = {}): Promise<void> {
    // What something lies in is there, and whoever would make it again would own it.
    const isImplied = !mayChange(call.caller, kind, name) && (await isThere(kind, name, call.signal))
    if (isImplied || objects.has(`${kind} ${name}`))
      throw refuse(409, `${kind.toUpperCase()}_ALREADY_EXISTS`, `${kind} '${name}' already exists.`)
    make(kind, name, call, extra)
  }
  const page = <T>(key: string, all: T[], { args }: Call) => {
    const { items, ...next } = toPage(all, args, whole(args, 'max_results', 0) || 1000)
    return { [key]: items, ...next }
  }
  const inSchema = ({ args }: Call) => {
    const start = `${required(args, 'catalog_name')}.${required(args, 'schema_name')}.`.toLowerCase()
    return (name: string) => name.toLowerCase().startsWith(start)
  }
  const change = (kind: string, show: (name: string) => unknown) => async (call: Call) => {
    const { name = '' } = call.at
    await requireObject(kind, name, call.signal)
    if (!mayChange(call.caller, kind, name)) throw toRightsRefusal(kind, name)
    const before = objects.get(`${kind} ${name}`)
    make(kind, name, call, {
      owner: text(call.args, 'owner') || (before?.owner ?? owner),
      comment: call.args.comment === undefined ? (before?.comment ?? '') : text(call.args, 'comment'),
      createdAt: before?.createdAt ?? now(),
    })
    return show(name)
  }
  const remove = (kind: string) => async (call: Call) => {
    const { name = '' } = call.at
    await requireObject(kind, name, call.signal)
    if (!mayChange(call.caller, kind, name)) throw toRightsRefusal(kind, name)
    const inside = (await listTables(call.signal)).some((one) => toFullName(one.name).startsWith(`${name}.`))
    const hasMore = inside || modelNames().some((one) => one.startsWith(`${name}.`))
    if (hasMore && (kind === 'catalog' || kind === 'schema'))
      throw refuse(400, 'INVALID_STATE', `Cannot delete ${kind} '${name}': it is not empty.`)
    objects.delete(`${kind} ${name}`)
    return {}
  }

  const routes: Route[] = [
    route(`GET ${UC}/catalogs`, async (call) =>
      page('catalogs', (await names('catalog', call.signal)).map(showCatalog), call),
    ),
    route(`POST ${UC}/catalogs`, async (call) => {
      await makeNew('catalog', required(call.args, 'name'), call)
      return showCatalog(required(call.args, 'name'))
    }),
    route(`GET ${UC}/schemas`, async (call) => {
      const start = `${required(call.args, 'catalog_name')}.`
      await requireObject('catalog', required(call.args, 'catalog_name'), call.signal)
      const all = (await names('schema', call.signal)).filter((name) => name.startsWith(start))
      return page('schemas', all.map(showSchema), call)
    }),
    route(`POST ${UC}/schemas`, async (call) => {
      await requireObject('catalog', required(call.args, 'catalog_name'), call.signal)
      const name = `${required(call.args, 'catalog_name')}.${required(call.args, 'name')}`
      await makeNew('schema', name, call)
      return showSchema(name)
    }),
    ...(['catalog', 'schema'] as const).flatMap((kind) => {
      const show = kind === 'catalog' ? showCatalog : showSchema
      return [
        route(`GET ${UC}/${kind}s/{name}`, async ({ at, signal }) => {
          await requireObject(kind, at.name ?? '', signal)
          return show(at.name ?? '')
        }),
        route(`PATCH ${UC}/${kind}s/{name}`, change(kind, show)),
        route(`DELETE ${UC}/${kind}s/{name}`, remove(kind)),
      ]
    }),
    route(`GET ${UC}/tables`, async (call) => {
      const matches = inSchema(call)
      const found = (await listTables(call.signal)).filter((one) => matches(toFullName(one.name)))
      return page(
        'tables',
        found.map((one) => showTable(one, !flag(call.args, 'omit_columns'))),
        call,
      )
    }),
    route(`GET ${UC}/tables/{name}`, async ({ at, signal }) => {
      const foreign = foreignTable(at.name ?? '')
      if (foreign) return foreign
      const table = await findTable(at.name ?? '', signal)
      if (!table) throw missing('table', at.name ?? '')
      return showTable(table)
    }),
    route(`GET ${UC}/tables/{name}/exists`, async ({ at, signal }) => ({
      table_exists: await isThere('table', at.name ?? '', signal),
    })),
    route(`GET ${UC}/volumes`, (call) => page('volumes', kept('volume').filter(inSchema(call)).map(showVolume), call)),
    route(`POST ${UC}/volumes`, async (call) => {
      const name = ['catalog_name', 'schema_name', 'name'].map((key) => required(call.args, key)).join('.')
      await makeNew('volume', name, call, { volumeType: text(call.args, 'volume_type') || 'MANAGED' })
      return showVolume(name)
    }),
    route(`GET ${UC}/volumes/{name}`, async ({ at, signal }) => {
      await requireObject('volume', at.name ?? '', signal)
      return showVolume(at.name ?? '')
    }),
    route(`PATCH ${UC}/volumes/{name}`, change('volume', showVolume)),
    route(`DELETE ${UC}/volumes/{name}`, remove('volume')),
    // SQL functions cannot be made here; models are none of this list.
    route(`GET ${UC}/functions`, (call) => {
      inSchema(call)
      return { functions: [] }
    }),
  ]
  return {
    ...{ routes, requireObject, isThere, names, control },
    /** Another area that has objects of Unity Catalog says so, such as a vector index among the tables. */
    addKnown: (knows: (kind: string, name: string) => boolean) => void knownElsewhere.push(knows),
    /** Another area shows tables of its own, such as a vector index; undefined where it has none of this name. */
    addTables(find: (name: string) => Values | undefined): void {
      foreignTables.push(find)
      knownElsewhere.push((kind, name) => kind === 'table' && find(name) !== undefined)
    },
    hasVolume: (name: string): boolean => objects.has(`volume ${name}`),
    /** Has a volume listed, as one of whoever first put something into it. */
    addVolume(name: string, by: string): void {
      const object = { owner: by, comment: '', createdAt: now(), properties: {}, volumeType: 'MANAGED' }
      objects.put(`volume ${name}`, object)
    },
    ownerOf: (kind: string, name: string): string =>
      (kind === 'function' ? ownerOfModel(name) : undefined) ??
      (kind === 'table' ? text(asValues(foreignTable(name)), 'owner') || undefined : undefined) ??
      objects.get(`${kind} ${name}`)?.owner ??
      owner,
  }
}
