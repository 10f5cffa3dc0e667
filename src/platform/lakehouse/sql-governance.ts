// Statements of Unity Catalog in the local lakehouse that are no matter of tables: grants, and the making of catalogs, schemas and volumes.
import { LakedeskError } from '../../core/errors.ts'
import type { SqlPlace } from '../ports/sql.ts'
import type { Ran, SqlEngine } from './sql-engine.ts'
import { asValues, Refusal, text } from './wire.ts'

export interface GovernanceParts {
  objects: {
    control: { add(kind: 'catalog' | 'schema' | 'volume', name: string, owner?: string): void }
    isThere(kind: string, name: string, signal: AbortSignal): Promise<boolean>
    names(kind: 'catalog' | 'schema', signal: AbortSignal): Promise<string[]>
  }
  people: {
    changeGrants(
      target: { kind: string; name: string; principal: string; caller: string | undefined },
      change: { add: readonly string[]; remove: readonly string[] },
      signal: AbortSignal,
    ): Promise<void>
    grantsAt(kind: string, name: string): [string, string[]][]
  }
}

const NAME = String.raw`((?:\x60[^\x60]+\x60|[\w-]+)(?:\.(?:\x60[^\x60]+\x60|[\w-]+))*)`
const WHO = String.raw`(\x60[^\x60]+\x60|\S+)`
const KIND = '(?:(CATALOG|SCHEMA|DATABASE|TABLE|VIEW|FUNCTION|MODEL|VOLUME)\\s+)?'
/** Blanks of the pattern stand for any white space. */
const pattern = (source: string): RegExp => new RegExp(`^${source.replaceAll(' ', '\\s+')}$`, 'is')
const GRANT = pattern(`GRANT (.+?) ON ${KIND}${NAME} TO ${WHO}`)
const REVOKE = pattern(`REVOKE (.+?) ON ${KIND}${NAME} FROM ${WHO}`)
const SHOW_GRANTS = pattern(`SHOW GRANTS?(?: ${WHO})? ON ${KIND}${NAME}`)
const CREATE = pattern(`CREATE (CATALOG|SCHEMA|DATABASE|VOLUME) (IF NOT EXISTS )?${NAME}(?: COMMENT\\b.*)?`)
const SHOW = pattern(`SHOW (CATALOGS|SCHEMAS|DATABASES)(?: (?:IN|FROM) ${NAME})?`)

const plain = (name = ''): string => name.replaceAll('`', '')
const kindOf = (word: string | undefined): string => {
  const kind = (word ?? 'TABLE').toLowerCase()
  return kind === 'database' ? 'schema' : kind === 'view' ? 'table' : kind
}
const said = (names: readonly string[], rows: readonly string[][] = []): Ran => {
  return { columns: names.map((name) => ({ name, type: 'STRING' })), rows, truncated: false }
}

/** Who runs the statement; undefined: the lakehouse itself, which may everything. */
type Asked = Parameters<SqlEngine['run']>[0] & { caller?: string }

/** The same engine, with these statements taken out of its hands. */
export function withGovernance(engine: SqlEngine, { objects, people }: GovernanceParts): SqlEngine {
  async function change(
    [, listed = '', kind, name, who]: RegExpExecArray,
    isGrant: boolean,
    { caller, signal }: Asked,
  ) {
    const privileges = listed.split(',').map((one) => one.trim().replace(/\s+/g, '_'))
    const target = { kind: kindOf(kind), name: plain(name), principal: plain(who), caller }
    const changes = isGrant ? { add: privileges, remove: [] } : { add: [], remove: privileges }
    await people.changeGrants(target, changes, signal)
    return said([])
  }
  async function create([, word, isSoft, given]: RegExpExecArray, { place = {}, signal, caller }: Asked): Promise<Ran> {
    const kind = word?.toUpperCase() === 'CATALOG' ? 'catalog' : word?.toUpperCase() === 'VOLUME' ? 'volume' : 'schema'
    const depth = { catalog: 1, schema: 2, volume: 3 }[kind]
    const parts = plain(given).split('.')
    if (kind === 'schema' && parts.length === 1) parts.unshift(place.catalog ?? 'workspace')
    const name = parts.join('.')
    if (parts.length !== depth) throw wrong(`${name} is no full name of a ${kind}. Write all ${depth} parts of it.`)
    if (await objects.isThere(kind, name, signal)) {
      if (!isSoft) throw wrong(`The ${kind} ${name} exists already. Write IF NOT EXISTS.`)
      return said([])
    }
    objects.control.add(kind, name, caller)
    return said([])
  }
  function showGrants([, principal, kind, name]: RegExpExecArray): Ran {
    const [type, full] = [kindOf(kind), plain(name)]
    const rows = people
      .grantsAt(type, full)
      .filter(([holder]) => principal === undefined || holder.toLowerCase() === plain(principal).toLowerCase())
      .flatMap(([holder, all]) => all.map((one) => [holder, one.replaceAll('_', ' '), type.toUpperCase(), full]))
    return said(['Principal', 'ActionType', 'ObjectType', 'ObjectKey'], rows)
  }
  async function show([, what = '', catalog]: RegExpExecArray, place: SqlPlace, signal: AbortSignal): Promise<Ran> {
    const isCatalogs = what.toUpperCase() === 'CATALOGS'
    const found = await objects.names(isCatalogs ? 'catalog' : 'schema', signal)
    if (isCatalogs)
      return said(
        ['catalog'],
        found.map((name) => [name]),
      )
    const start = `${plain(catalog ?? place.catalog ?? 'workspace')}.`
    const within = found.filter((name) => name.startsWith(start))
    return said(
      ['databaseName'],
      within.map((name) => [name.slice(start.length)]),
    )
  }

  /** Undefined where the statement is none of these. */
  async function govern(statement: string, asked: Asked): Promise<Ran | undefined> {
    const { place = {}, signal } = asked
    const [granted, revoked] = [GRANT.exec(statement), REVOKE.exec(statement)]
    if (granted) return change(granted, true, asked)
    if (revoked) return change(revoked, false, asked)
    const [grants, made, shown] = [SHOW_GRANTS, CREATE, SHOW].map((one) => one.exec(statement))
    if (grants) return showGrants(grants)
    if (made) return create(made, asked)
    return shown ? show(shown, place, signal) : undefined
  }

  return {
    ...engine,
    async run(asked: Asked) {
      try {
        const statement = asked.text.trim().replace(/\s*;$/, '')
        const governed = await govern(statement, asked)
        if (governed) return governed
      } catch (error) {
        throw error instanceof Refusal ? wrong(text(asValues(error.body), 'message')) : error
      }
      return engine.run(asked)
    },
  }
}

const wrong = (why: string): LakedeskError => new LakedeskError('SQL_INVALID', why)
