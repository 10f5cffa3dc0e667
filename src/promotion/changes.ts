// What a move changes on the endpoint: the new config, the config of a canary, and both as lines that people read.
import { digestOf } from '../core/digest.ts'
import type { Endpoint, EndpointConfig, Route, ServedEntity } from '../platform/ports/serving.ts'

function shareOf(routes: readonly Route[], entity: ServedEntity): number {
  return routes.filter((route) => route.entity === entity.name).reduce((sum, { percentage }) => sum + percentage, 0)
}

/** The entity of the model with most of the traffic; null where the endpoint serves none of it. */
function findMain(config: EndpointConfig | null, model: string): ServedEntity | null {
  const own = config?.entities.filter((entity) => entity.model === model) ?? []
  const byShare = own.toSorted((a, b) => shareOf(config?.routes ?? [], b) - shareOf(config?.routes ?? [], a))
  return byShare[0] ?? null
}

/** The version of the model that most of the traffic goes to; several where they share it equally, none where none is served. */
export function findMainVersions(config: EndpointConfig | null, model: string): string[] {
  const shares = new Map<string, number>()
  for (const entity of config?.entities ?? []) {
    if (entity.model !== model) continue
    shares.set(entity.version, (shares.get(entity.version) ?? 0) + shareOf(config?.routes ?? [], entity))
  }
  const most = Math.max(...shares.values())
  return [...shares].filter(([, share]) => share === most).map(([version]) => version)
}

/** `product_docs_rag-3`; unlike the names that are taken. At most 63 characters, as platforms ask for. */
function toEntityName(model: string, version: string, taken: readonly string[]): string {
  const last = (model.split('.').at(-1) ?? model).replace(/[^\w-]/g, '_').slice(0, 63 - version.length - 4)
  const name = `${last}-${version}`
  for (let n = 2; ; n++) {
    const free = n === 2 ? name : `${name}-${n - 1}`
    if (!taken.includes(free)) return free
  }
}

interface Split {
  /** Entities and routes of other models, which stay. */
  others: ServedEntity[]
  otherRoutes: Route[]
  main: ServedEntity | null
  next: ServedEntity
  /** Percent that the model has in all. */
  total: number
}

function split(config: EndpointConfig | null, model: string, version: string): Split {
  const entities = config?.entities ?? []
  const routes = config?.routes ?? []
  const others = entities.filter((entity) => entity.model !== model)
  const otherRoutes = routes.filter((route) => others.some(({ name }) => name === route.entity))
  const main = findMain(config, model)
  const there = entities.find((entity) => entity.model === model && entity.version === version)
  const name = toEntityName(
    model,
    version,
    entities.map((entity) => entity.name),
  )
  const next = there ?? { name, model, version, settings: main?.settings ?? {} }
  const total = 100 - otherRoutes.reduce((sum, { percentage }) => sum + percentage, 0)
  return { others, otherRoutes, main, next, total }
}

/** The version alone in place of all versions of its model, with the settings of the one before; other models stay. */
export function toPromotedConfig(config: EndpointConfig | null, model: string, version: string): EndpointConfig {
  const { others, otherRoutes, next, total } = split(config, model, version)
  return { entities: [...others, next], routes: [...otherRoutes, { entity: next.name, percentage: total }] }
}

/** The new version with `percentage` of the model's traffic beside the old one; null where there is nothing to split. */
export function toCanaryConfig(
  config: EndpointConfig | null,
  model: string,
  version: string,
  percentage: number,
): EndpointConfig | null {
  const { others, otherRoutes, main, next, total } = split(config, model, version)
  if (!main || main.version === version || total < 2) return null
  const share = Math.min(total - 1, Math.max(1, Math.round((total * percentage) / 100)))
  const own = [
    { entity: main.name, percentage: total - share },
    { entity: next.name, percentage: share },
  ]
  return { entities: [...others, main, next], routes: [...otherRoutes, ...own] }
}

/** `product_docs_rag-2 (v2, 100%)`, several joined by ` + `. Only the entities of one model where one is given. */
export function tellConfig(config: EndpointConfig | null, model?: string): string {
  const told = config?.entities
    .filter((entity) => model === undefined || entity.model === model)
    .map((entity) => `${entity.name} (v${entity.version}, ${shareOf(config.routes, entity)}%)`)
    .sort()
  return told && told.length > 0 ? told.join(' + ') : 'nothing'
}

const UPDATE_WORDS = {
  NOT_UPDATING: 'no update running',
  IN_PROGRESS: 'updating',
  UPDATE_FAILED: 'last update failed',
  UPDATE_CANCELED: 'last update canceled',
} as const satisfies Record<Endpoint['update'], string>

/** Everything of an endpoint that an approval rests on, in one line: who answers with which share, what is under way, and the settings. */
export function tellEndpoint({ config, pending, ready, update, name }: Endpoint): string {
  const byName = Object.fromEntries(config?.entities.map((entity) => [entity.name, entity.settings]) ?? [])
  const settings = digestOf(byName).slice(0, 8)
  const state = `${ready ? 'ready' : 'not ready'}, ${UPDATE_WORDS[update]}${pending ? ` to ${tellConfig(pending)}` : ''}`
  return `${name}: ${tellConfig(config)}, ${state}, settings ${settings}`
}

export interface PlannedChange {
  model: string
  alias: string
  endpoint: string
  from: string | null
  to: string
  before: EndpointConfig | null
  after: EndpointConfig
  canary: { config: EndpointConfig; observeSeconds: number } | null
}

/** The diff that the card shows, one line for each thing that moves. */
export function toChanges({ model, alias, endpoint, from, to, before, after, canary }: PlannedChange): string[] {
  const now = tellConfig(before, model)
  return [
    ...(canary
      ? [`${endpoint}, first for ${canary.observeSeconds} s: ${now} -> ${tellConfig(canary.config, model)}`]
      : []),
    `alias ${alias}: ${from === null ? 'none' : `v${from}`} -> v${to}`,
    `${endpoint}: ${now} -> ${tellConfig(after, model)}`,
  ]
}
