// A saga on the embedded platform and a real store, with four versions, and doors where a test lets the platform fail.
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import type { EndpointConfig } from '../../src/platform/ports/serving.ts'
import { createSaga } from '../../src/promotion/saga.ts'
import type { Move } from '../../src/promotion/saga-move.ts'
import type { SagaHands, SagaParts } from '../../src/promotion/saga-walk.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

export const MODEL = 'ml_catalog.rag_apps.product_docs_rag'
export const ALIAS = 'Champion'
export const ENDPOINT = 'support-llm-endpoint'

/** v4 cannot be loaded; v3 answers nothing to the question "empty?". */
const engine = {
  async load(_: string, version: string) {
    if (version === '4') throw new LakedeskError('CHAIN_INVALID', 'Version 4 holds no chain.')
  },
  async answer(_: string, version: string, { question }: Readonly<Record<string, unknown>>) {
    return { answer: question === 'empty?' ? ' ' : `Version ${version} says that the limit is 42.` }
  },
}

export function configOf(...shares: [version: string, percentage: number][]): EndpointConfig {
  return {
    entities: shares.map(([version]) => ({
      name: `rag-${version}`,
      model: MODEL,
      version,
      settings: { workload_size: 'Small' },
    })),
    routes: shares.map(([version, percentage]) => ({ entity: `rag-${version}`, percentage })),
  }
}

export function moveOf(change: Partial<Move> = {}): Move {
  const { from = '2', to = '3' } = change
  return {
    kind: 'promotion',
    approval: 'a7f3k2',
    model: MODEL,
    alias: ALIAS,
    endpoint: ENDPOINT,
    from,
    to,
    before: configOf([from ?? '2', 100]),
    after: configOf([to, 100]),
    canary: null,
    probe: [{ question: 'What is the limit?', expect: 'VERSION 3' }],
    waitMinutes: 1,
    evidence: { candidateRun: 'run-3', policy: 'p01', seal: 'seal-1' },
    forced: null,
    asker: { principal: 'ana@x.com', identity: 'slack/T0/U0ANA', name: 'Ana' },
    approvers: [{ principal: 'bo@x.com', identity: 'teams/t1/bo' }],
    ...change,
  }
}

export const canary = { config: configOf(['2', 90], ['3', 10]), percentage: 10, observeSeconds: 0.02 }

/** Where the ports are replaced by others, such as those that fail. */
export type Doors = Partial<Pick<SagaParts, 'onPoint' | 'pollMs' | 'now' | 'sleep'>> & {
  registry?(real: SagaParts['registry']): SagaParts['registry']
  serving?(real: SagaParts['serving']): SagaParts['serving']
}

export function openPlatform(file: string) {
  return createLocalPlatform({ file, log: silentLog, grants: [], ...engine })
}

export type TestPlatform = ReturnType<typeof openPlatform>

/** Four versions, Champion at v2, and the endpoint serving it. */
export async function seed(platform: TestPlatform): Promise<void> {
  const { registry, serving } = platform
  for (let i = 1; i <= 4; i++) await registry.createVersion({ model: MODEL, source: `chains/${i}`, runId: `run-${i}` })
  await registry.setAlias(MODEL, ALIAS, '2')
  await serving.create(ENDPOINT, configOf(['2', 100]))
  while ((await serving.describe(ENDPOINT))?.update !== 'NOT_UPDATING');
}

export interface World {
  alias: string | null
  /** Versions and shares, such as `2:90,3:10`. */
  served: string
  updating: boolean
}

export async function readWorld({ registry, serving }: Pick<TestPlatform, 'registry' | 'serving'>): Promise<World> {
  const endpoint = await serving.describe(ENDPOINT)
  const routes = endpoint?.config?.routes ?? []
  return {
    alias: await registry.getAlias(MODEL, ALIAS),
    served: routes.map(({ entity, percentage }) => `${entity.replace('rag-', '')}:${percentage}`).join(','),
    updating: endpoint?.update === 'IN_PROGRESS',
  }
}

export const agreeing = (version: string): World => ({ alias: version, served: `${version}:100`, updating: false })

export function handsOf(change: Partial<SagaHands> = {}): SagaHands {
  return { recheck: async () => null, progress: () => {}, signal: new AbortController().signal, ...change }
}

export async function openRig(doors: Doors = {}) {
  const platform = openPlatform(':memory:')
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  await seed(platform)
  const { registry = (real) => real, serving = (real) => real, ...rest } = doors
  const create = (change: Partial<SagaParts> = {}) =>
    createSaga({
      registry: registry(platform.registry),
      serving: serving(platform.serving),
      sagas: store.sagas,
      audit: store.audit,
      log: silentLog,
      pollMs: 1,
      ...rest,
      ...change,
    })
  return {
    platform,
    store,
    create,
    saga: create(),
    world: () => readWorld(platform),
    /** What the audit holds of moves, newest first. */
    lines: async () => (await store.audit.list({ limit: 100 })).filter(({ what }) => /-(move|champion)$/.test(what)),
    async close() {
      await platform.close()
      await store.close()
    },
  }
}

export type Rig = Awaited<ReturnType<typeof openRig>>
