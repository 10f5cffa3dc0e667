// Grants of the local lakehouse: direct ones, effective ones with what is inherited, and their change.
import { own } from './own-keys.ts'
import { type MayChange, toRightsRefusal } from './rights.ts'
import type { State } from './state.ts'
import { asList, type Call, invalid, type Route, refuse, route, text, toPage, type Values, whole } from './wire.ts'

export interface GrantParts {
  state: State
  /** Throws 404 where there is no such object. */
  requireSecurable(type: string, name: string, signal: AbortSignal): void | Promise<void>
  isKnown(principal: string): boolean
  mayChange: MayChange
  /** The first page of grants is empty and names a next one. */
  emptyFirstPage(): boolean
}

const UC = '/api/2.1/unity-catalog'
const ALL = 'ALL_PRIVILEGES'

/** `MODEL` and `REGISTERED_MODEL` are functions to grants, vector indexes are tables. */
const typeOf = (type: string): string => {
  const plain = type.toLowerCase().replaceAll('-', '_')
  return plain === 'registered_model' || plain === 'model' ? 'function' : plain
}

export function createGrants({ state, requireSecurable, isKnown, mayChange, emptyFirstPage }: GrantParts) {
  /** Privileges by principal, by securable such as `schema ml.rag`. */
  const grants = state.table<Record<string, string[]>>('grants')
  /** `securable` such as `catalog ml`, `schema ml.rag` or `function ml.rag.docs`. */
  function grant(securable: string, principal: string, ...privileges: string[]): void {
    const rows = grants.get(securable) ?? {}
    grants.put(securable, {
      ...rows,
      [principal]: [...new Set([...(own(rows, principal) ?? []), ...privileges])].sort(),
    })
  }
  const at = (securable: string): [string, string[]][] =>
    Object.entries(grants.get(securable) ?? {}).filter(([, privileges]) => privileges.length > 0)

  async function readTarget({ at: path, args, signal }: Call) {
    const [type, name, principal] = [typeOf(path.type ?? ''), path.name ?? '', text(args, 'principal')]
    await requireSecurable(type, name, signal)
    if (principal) requireKnown(principal)
    return { type, name, principal, own: `${type} ${name}` }
  }
  function tell(assignments: Values[], { args }: Call): unknown {
    if (emptyFirstPage() && !text(args, 'page_token')) return { privilege_assignments: [], next_page_token: '0' }
    const size = whole(args, 'max_results', 0) || whole(args, 'page_size', 0) || 100
    const { items, ...next } = toPage(assignments, args, size)
    return { privilege_assignments: items, ...next }
  }

  /** What principals were given here and above. Owners and groups are no matter of this list: the caller expands them. */
  async function effective(call: Call): Promise<unknown> {
    const { name, principal, own: target } = await readTarget(call)
    const [catalog = '', schema = ''] = name.split('.')
    const above = [`catalog ${catalog}`, `schema ${catalog}.${schema}`].filter(
      (one) => one !== target && name.startsWith(`${one.split(' ')[1]}.`),
    )
    const rows = new Map<string, Values[]>()
    for (const securable of [...above, target]) {
      const [kind = '', full = ''] = securable.split(' ')
      const from = securable === target ? {} : { inherited_from_type: kind.toUpperCase(), inherited_from_name: full }
      for (const [holder, privileges] of at(securable)) {
        if (principal && holder.toLowerCase() !== principal.toLowerCase()) continue
        const list = privileges.map((privilege) => ({ privilege, ...from }))
        rows.set(holder, [...(rows.get(holder) ?? []), ...list])
      }
    }
    return tell(
      [...rows].map(([holder, privileges]) => ({ principal: holder, privileges })),
      call,
    )
  }

  async function direct(call: Call): Promise<unknown> {
    const { own: target, principal } = await readTarget(call)
    const rows = at(target).filter(([holder]) => !principal || holder.toLowerCase() === principal.toLowerCase())
    return tell(
      rows.map(([holder, privileges]) => ({ principal: holder, privileges: [...privileges].sort() })),
      call,
    )
  }

  function requireKnown(principal: string): void {
    if (isKnown(principal)) return
    throw refuse(404, 'PRINCIPAL_DOES_NOT_EXIST', `Could not find principal with name ${principal}`)
  }
  function apply(target: string, principal: string, add: readonly string[], remove: readonly string[]): void {
    const rows = grants.get(target) ?? {}
    const kept = (own(rows, principal) ?? []).filter((name) => !remove.includes(name) && !remove.includes(ALL))
    grants.put(target, { ...rows, [principal]: [...new Set([...kept, ...add])].sort() })
  }
  /** As a GRANT or REVOKE says it. Throws where somebody or something is not there, or where the caller may not. */
  async function changeGrants(
    { kind, name, principal, caller }: { kind: string; name: string; principal: string; caller: string | undefined },
    { add, remove }: { add: readonly string[]; remove: readonly string[] },
    signal: AbortSignal,
  ): Promise<void> {
    await requireSecurable(typeOf(kind), name, signal)
    if (caller !== undefined && !mayChange(caller, typeOf(kind), name)) throw toRightsRefusal(typeOf(kind), name)
    requireKnown(principal)
    apply(`${typeOf(kind)} ${name}`, principal, toNames(add), toNames(remove))
  }

  async function change(call: Call): Promise<unknown> {
    const { own: target, type, name } = await readTarget({ ...call, args: {} })
    if (!mayChange(call.caller, type, name)) throw toRightsRefusal(type, name)
    if (!Array.isArray(call.args.changes)) throw invalid('changes are missing')
    const changes = asList(call.args.changes).map((one) => {
      const principal = text(one, 'principal')
      const [add, remove] = [toNames(one.add), toNames(one.remove)]
      if (add.some((name) => remove.includes(name)))
        throw invalid(`Duplicate privileges to add and delete for principal ${principal}.`)
      requireKnown(principal)
      return { principal, add, remove }
    })
    for (const { principal, add, remove } of changes) apply(target, principal, add, remove)
    return direct({ ...call, args: {} })
  }

  const routes: Route[] = [
    ...['effective-permissions', 'effective-privilege-assignments'].map((path) =>
      route(`GET ${UC}/${path}/{type}/{name}`, effective),
    ),
    ...['permissions', 'privilege-assignments'].map((path) => route(`GET ${UC}/${path}/{type}/{name}`, direct)),
    route(`PATCH ${UC}/permissions/{type}/{name}`, change),
  ]
  /** Privileges that somebody of these names has on an object, with those from above. */
  function privilegesOf(type: string, name: string, holders: readonly string[]): Set<string> {
    const parts = name.split('.')
    const places = [`catalog ${parts[0]}`, ...(parts.length > 1 ? [`schema ${parts.slice(0, 2).join('.')}`] : [])]
    const names = new Set(holders.map((one) => one.toLowerCase()))
    const rows = [...new Set([...places, `${typeOf(type)} ${name}`])].flatMap(at)
    return new Set(rows.filter(([holder]) => names.has(holder.toLowerCase())).flatMap(([, privileges]) => privileges))
  }
  /** Privileges by principal that were given on the object itself. */
  const grantsAt = (kind: string, name: string): [string, string[]][] => at(`${typeOf(kind)} ${name}`)
  return { routes, grant, privilegesOf, changeGrants, grantsAt }
}

/** `USE CATALOG` and `USE_CATALOG` are one. */
function toNames(value: unknown): string[] {
  return Array.isArray(value) ? value.map((one) => String(one).toUpperCase().replaceAll(' ', '_')) : []
}
