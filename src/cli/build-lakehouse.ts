// Builds the local lakehouse from the settings: its state and files in the data folder, the embedded tables, and what executes behind its wire.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { OWNER } from '../platform/lakehouse/areas.ts'
import { folderBlobs, memoryBlobs } from '../platform/lakehouse/blobs.ts'
import type { FoundationModels } from '../platform/lakehouse/foundation/create-foundation.ts'
import { engineOf } from '../platform/lakehouse/sql-engine.ts'
import { type Asked, type Lakehouse, startLakehouse } from '../platform/lakehouse/start-lakehouse.ts'
import { memoryState, openState } from '../platform/lakehouse/state.ts'
import { toModelPolicies } from '../promotion/model-policies.ts'
import { type AnswerInLakehouse, createAnswerInLakehouse } from './answer-in-lakehouse.ts'
import { buildEmbeddings, buildNamed } from './build-models.ts'
import { buildLocalSql } from './build-sql.ts'
import { createChunkProgram } from './chunk-program.ts'
import { buildClassifierTrainer } from './load-classifier.ts'
import { loadPolicy } from './load-policy.ts'
import { readCorrections } from './read-corrections.ts'

/** Folder of the lakehouse, under the data folder. */
export const LAKEHOUSE_FOLDER = 'lakehouse'
/** How long requests that run may take to end. */
const DRAIN_MS = 10_000
const TOKEN_FILE = 'token'
/** The warehouse that is there from the start. */
export const WAREHOUSE = 'lakehouse'
const OFFLINE = 'offline'
/** What the names of the examples lie in. */
const CATALOG = 'ml_catalog'
const SCHEMAS = ['rag_apps', 'rag_data', 'llm_models', 'support']
const EVERYBODY = 'account users'
/** Of an answer, where a request names no number. */
const ANSWER_TOKENS = 4096

export interface LakehouseOptions {
  settings: Settings
  log: Log
  host: string
  /** 0 takes any free port. */
  port: number
  /** Undefined: the one of the folder, made at the first start. */
  token: string | undefined
  /** Nothing is kept: for tries. */
  memory: boolean
  /** Path of a Python interpreter for scripts of jobs; undefined: they are refused. */
  python: string | undefined
  /** Addresses of people that it knows from the start. */
  users: readonly string[]
  /** Sees every request. */
  onAsked?: (asked: Asked) => void
}

export interface BuiltLakehouse {
  lakehouse: Lakehouse
  token: string
  /** Folder of what is kept; null in memory. */
  folder: string | null
  close(): Promise<void>
}

const newToken = (): string => `dapi${randomBytes(16).toString('hex')}`

/** A token in the file, made once, that only its user may read. */
function keepToken(folder: string): string {
  const file = join(folder, TOKEN_FILE)
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if (kept !== '') return kept
  }
  const token = newToken()
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return token
}

/** A sentence for what keeps a server from listening. */
function toListenError(error: unknown, { host, port }: LakehouseOptions): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^E(ADDR|ACCES|NOTFOUND|PERM)/.test(code)) return error
  const why =
    code === 'EADDRINUSE'
      ? `Another program already listens on ${host}:${port}. Stop it, or give another port with --port.`
      : `The lakehouse cannot listen on ${host}:${port} (${code}). Check --host and --port.`
  return new LakedeskError('CONFIG_INVALID', why, error)
}

/** What executes behind the wire is of this machine, also where the settings lead Lakedesk to a workspace: to this very one, perhaps. */
function toOwnSettings(settings: Settings): Settings {
  const none = { baseUrl: undefined, apiKey: undefined, workspace: undefined }
  const model = settings.model.workspace ? { ...settings.model, ...none, name: OFFLINE } : settings.model
  const embeddings = settings.embeddings.workspace
    ? { ...settings.embeddings, ...none, name: OFFLINE, dimension: undefined }
    : settings.embeddings
  return {
    ...{ ...settings, model, embeddings, platform: { kind: 'local' }, index: { kind: 'local' } },
    sql: { ...settings.sql, warehouse: undefined, ...(settings.model.workspace ? { model: OFFLINE } : {}) },
  }
}

async function buildFoundation({ model, embeddings, data }: Settings, log: Log): Promise<FoundationModels> {
  const sampling = { maxTokens: ANSWER_TOKENS }
  return {
    chat: buildNamed(model.name, sampling, { settings: model, data, log }),
    embeddings: await buildEmbeddings(embeddings, data, log),
  }
}

/** Starts it. Throws CONFIG_INVALID where it cannot listen, STORE_LOCKED where another one has the folder. */
export async function buildLakehouse(options: LakehouseOptions): Promise<BuiltLakehouse> {
  const { log, host, port, memory, python } = options
  const settings = toOwnSettings(options.settings)
  const folder = memory ? mkdtempSync(join(tmpdir(), 'lakehouse-')) : join(resolve(settings.data), LAKEHOUSE_FOLDER)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ends: (() => Promise<void> | void)[] = [
    () => (memory ? rmSync(folder, { recursive: true, force: true }) : undefined),
  ]
  const closeAll = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end()
  }
  let serving: AnswerInLakehouse | undefined
  try {
    const state = memory ? memoryState() : openState(join(folder, 'lakehouse.db'))
    ends.push(() => state.close())
    const examples = () => readCorrections(settings)
    // Versions are promoted in the lakehouse's own registry.
    const champion = async () => (await serving?.champion()) ?? null
    const tables = memory ? { folder: join(folder, 'sql') } : {}
    const sql = buildLocalSql({ settings, log, examples, champion, ...tables })
    ends.push(() => sql.close())
    const lakehouse = await startLakehouse({
      ...{ state, host, port, trainer: buildClassifierTrainer(settings), ...(python ? { python } : {}) },
      ...(options.onAsked ? { onAsked: options.onAsked } : {}),
      blobs: memory ? memoryBlobs() : folderBlobs(join(folder, 'files')),
      engine: engineOf(sql),
      foundation: await buildFoundation(settings, log),
      programs: [createChunkProgram(sql)],
      async answer({ entity_name, entity_version }, record, signal) {
        return serving?.answer(entity_name, entity_version, record, { signal })
      },
    })
    ends.push(() => lakehouse.close({ drainMs: DRAIN_MS }))
    const token = options.token ?? (memory ? newToken() : keepToken(folder))
    addPeople(lakehouse, token, options.users)
    addPolicyPeople(lakehouse, settings)
    serving = createAnswerInLakehouse({ settings, log, host: lakehouse.host, token: lakehouse.people.addToken(OWNER) })
    ends.push(() => serving?.close())
    return { ...{ lakehouse, token, folder: memory ? null : folder }, close: closeAll }
  } catch (error) {
    await closeAll()
    throw toListenError(error, options)
  }
}

/** People of the policy, with the rights that it gives them on the embedded platform: here on the catalogs of its models, so that its approvers may decide. */
function addPolicyPeople(lakehouse: Lakehouse, { policy: path, training }: Settings): void {
  const policy = loadPolicy(path)
  for (const { principal } of policy.people) {
    if (!lakehouse.people.has(principal)) lakehouse.people.addUser({ userName: principal, groups: ['users'] })
  }
  const models = toModelPolicies(policy, training.classifier).map(({ model }) => model)
  for (const catalog of new Set(models.map((model) => model.split('.')[0] ?? CATALOG))) {
    lakehouse.unityCatalog.add('catalog', catalog)
    for (const { principal, privileges } of policy.grants) {
      lakehouse.people.grant(`catalog ${catalog}`, principal, ...privileges)
    }
  }
}

/** What is there from the start. The token is always the one that was told last. */
function addPeople(lakehouse: Lakehouse, token: string, users: readonly string[]): void {
  lakehouse.people.addUser({ userName: OWNER, groups: ['admins', 'users'] })
  for (const userName of users) lakehouse.people.addUser({ userName, groups: ['users'] })
  lakehouse.people.addToken(OWNER, token)
  lakehouse.sql.warehouses.add(WAREHOUSE, 'Local lakehouse')
  for (const catalog of [CATALOG, 'workspace']) {
    lakehouse.unityCatalog.add('catalog', catalog)
    lakehouse.people.grant(`catalog ${catalog}`, OWNER, 'ALL_PRIVILEGES')
    lakehouse.people.grant(`catalog ${catalog}`, EVERYBODY, 'USE_CATALOG')
  }
  for (const schema of SCHEMAS) {
    lakehouse.unityCatalog.add('schema', `${CATALOG}.${schema}`)
    lakehouse.people.grant(`schema ${CATALOG}.${schema}`, EVERYBODY, 'USE_SCHEMA')
  }
}
