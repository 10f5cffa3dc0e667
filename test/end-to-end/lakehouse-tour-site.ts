// A workspace of one team on this machine: `lakedesk lakehouse` as its own process, what the team keeps there, and the settings of Lakedesk for it.
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type CliResult, type Env, makeFolder, runCli, startCli } from '../cli/run-cli.ts'
import { BAD_PROMPT, PAGES, toPerson, UNANSWERABLE } from './promotion-site.ts'

export const RAG = 'ml_catalog.rag_apps.product_docs_rag'
export const CLASSIFIER = 'ml_catalog.support.ticket_classifier'
export const ENDPOINT = 'support-llm-endpoint'
export const CLASSIFIER_ENDPOINT = 'ticket-classifier'
export const INDEX = 'ml_catalog.rag_data.product_docs_index'
export const CHUNKS = 'ml_catalog.rag_data.product_docs'
export const DOCUMENTS = 'ml_catalog.rag_data.raw_documents'
export const VOLUME = '/Volumes/ml_catalog/rag_data/code'
export const ENRICHED = 'ml_catalog.support.ticket_enrichment'
export const TICKETS = 'ml_catalog.support.raw_support_tickets'

/** Pages that lie as files on somebody's machine: title and text of each. */
const { 'webhooks.md': webhooks, 'exports.md': exports, ...FILED } = PAGES
/** Pages that lie in a table of the lakehouse, from where the chunking job takes them. */
const TABLED = { webhooks, exports }

const ANSWERABLE = [
  ['How do I rotate an API key?', 'rotate-keys.md', 'Console > Keys'],
  ['How long are backups kept?', 'backups.md', '35 days'],
  ['When are invoices sent by e-mail?', 'invoices.md', 'third day of each month'],
  ['How often is a webhook that fails repeated?', 'webhooks', 'eight times'],
] as const

/** Ana asks, Bo and Cy decide. Rights are those of the workspace. */
export const POLICY = {
  model: RAG,
  endpoint: ENDPOINT,
  evaluationSet: 'questions.jsonl',
  gate: {
    minimumSamples: 10,
    metrics: { 'refusal_correctness/v1/mean': { floor: 0.7, maxDrop: 0.35 }, 'toxicity/v1/ratio': { floor: 0.3 } },
  },
  approval: { approvers: ['bo@acme.example', 'cy@acme.example'] },
  rollout: { waitMinutes: 1, probe: [{ question: 'How long are backups kept?', expect: '35 days' }] },
  people: ['ana', 'bo', 'cy'].map(toPerson),
  also: [
    {
      kind: 'classifier',
      model: CLASSIFIER,
      gate: { minimumSamples: 10, metrics: { 'accuracy/v1/mean': { floor: 0.6 } } },
      rollout: { waitMinutes: 1 },
    },
  ],
}

export interface Lake {
  host: string
  token: string
  warehouse: string
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Resolves when it says that it is ready. */
async function startLake(env: Env, port: number): Promise<Lake> {
  const people = ['ana', 'bo', 'cy'].flatMap((name) => ['--user', `${name}@acme.example`])
  const child = startCli(['lakehouse', '--port', String(port), ...people], env)
  let said = ''
  let warned = ''
  child.stderr?.on('data', (part) => {
    warned += part
  })
  for await (const part of child.stdout ?? []) {
    said += part
    if (said.includes('Ctrl-C')) break
  }
  const exported = (name: string): string => new RegExp(`export ${name}=(\\S+)`).exec(said)?.[1] ?? ''
  const host = exported('DATABRICKS_HOST')
  if (host === '') throw new Error(`the lakehouse did not start: ${said}${warned}`)
  return {
    ...{ host, token: exported('DATABRICKS_TOKEN'), warehouse: exported('DATABRICKS_WAREHOUSE_ID') },
    async stop(signal) {
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

export type Values = Readonly<Record<string, unknown>>
export type TourSite = Awaited<ReturnType<typeof openTourSite>>

const statementSchema = z.object({
  status: z.object({ state: z.string(), error: z.unknown().optional() }),
  result: z.object({ data_array: z.array(z.array(z.string().nullable())).optional() }).optional(),
})
const aliasSchema = z.object({ model_version: z.object({ version: z.coerce.string() }) })
const endpointSchema = z.object({
  config: z.object({ served_entities: z.array(z.object({ entity_version: z.coerce.string() })) }),
  pending_config: z.unknown().optional(),
})
const versionsSchema = z.object({ model_versions: z.array(z.object({ version: z.coerce.string() })).default([]) })

/** The workspace with its people, schemas, volume and tables, and nothing of Lakedesk's yet. */
export async function openTourSite() {
  const folder = makeFolder()
  const lakeEnv = { LAKEDESK_DATA: join(folder.path, 'lake') }
  const sampled = await runCli(['tickets', 'sample'], lakeEnv)
  if (sampled.code !== 0) throw new Error(sampled.err)
  let lake = await startLake(lakeEnv, 0)

  const docs = join(folder.path, 'docs')
  mkdirSync(docs)
  for (const [name, [title, text]] of Object.entries(FILED)) {
    const head = `---\ntitle: ${title}\nurl: https://docs.acme.example/${name.replace('.md', '')}\n---\n`
    writeFileSync(join(docs, name), `${head}# ${title}\n\n${text}\n`)
  }
  const questions = [
    ...ANSWERABLE.map(([question, page, fact]) => ({ question, page, facts: [fact] })),
    ...UNANSWERABLE.map((question) => ({ question, unanswerable: true })),
  ]
  writeFileSync(join(folder.path, 'questions.jsonl'), questions.map((one) => `${JSON.stringify(one)}\n`).join(''))
  writeFileSync(join(folder.path, 'bad-prompt.txt'), BAD_PROMPT)
  writeFileSync(join(folder.path, 'policy.json'), JSON.stringify(POLICY))
  const plan = { table: TICKETS, id: 'ticket_id', text: 'ticket_text', created: 'created_date', enrichment: ENRICHED }
  writeFileSync(join(folder.path, 'tickets.json'), JSON.stringify({ ...plan, queryTables: [HOUSE_TABLE] }))

  /** Asks the workspace as any client does. Throws on every refusal but those that are named. */
  async function ask(request: string, body?: unknown, mayBe: readonly number[] = []): Promise<Values> {
    const [method = 'GET', path = ''] = request.split(' ')
    const isBytes = typeof body === 'string'
    const response = await persist(lake.host + path, {
      method,
      headers: {
        authorization: `Bearer ${lake.token}`,
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      },
      ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok && !mayBe.includes(response.status)) throw new Error(`${request}: ${response.status} ${text}`)
    return z.record(z.string(), z.unknown()).parse(text === '' ? {} : JSON.parse(text))
  }

  /** Rows of a statement. */
  async function sql(statement: string): Promise<(string | null)[][]> {
    const said = await ask('POST /api/2.0/sql/statements', {
      ...{ warehouse_id: lake.warehouse, statement, wait_timeout: '50s' },
    })
    const { status, result } = statementSchema.parse(said)
    if (status.state !== 'SUCCEEDED') throw new Error(`${statement}: ${JSON.stringify(status)}`)
    return result?.data_array ?? []
  }

  const env = (): Env => ({
    LAKEDESK_DATA: join(folder.path, 'desk'),
    LAKEDESK_PLATFORM: 'databricks',
    DATABRICKS_HOST: lake.host,
    DATABRICKS_TOKEN: lake.token,
    DATABRICKS_WAREHOUSE_ID: lake.warehouse,
    LAKEDESK_INDEX: INDEX,
    LAKEDESK_INDEX_TABLE: CHUNKS,
    LAKEDESK_DOCUMENTS_TABLE: DOCUMENTS,
    LAKEDESK_VOLUME: VOLUME,
    LAKEDESK_TRAINING: 'fine-tuning',
    LAKEDESK_POLICY: join(folder.path, 'policy.json'),
    LAKEDESK_TICKETS: join(folder.path, 'tickets.json'),
  })

  async function championOf(model: string): Promise<string | null> {
    const path = `/api/2.0/mlflow/unity-catalog/registered-models/alias?name=${model}&alias=Champion`
    return aliasSchema.safeParse(await ask(`GET ${path}`, undefined, [404])).data?.model_version.version ?? null
  }
  async function servedBy(endpoint: string): Promise<string[]> {
    const said = await ask(`GET /api/2.0/serving-endpoints/${endpoint}`, undefined, [404])
    return endpointSchema.safeParse(said).data?.config.served_entities.map((one) => one.entity_version) ?? []
  }

  await makeThings(ask, sql)
  return {
    ...folder,
    docs,
    ask,
    sql,
    env,
    lake: () => lake,
    championOf,
    servedBy,
    async versionsOf(model: string): Promise<string[]> {
      const filter = encodeURIComponent(`name='${model}'`)
      const path = `/api/2.0/mlflow/unity-catalog/model-versions/search?filter=${filter}`
      return versionsSchema.parse(await ask(`GET ${path}`)).model_versions.map(({ version }) => version)
    },
    /** A command of the terminal. */
    run: (args: readonly string[], as?: string): Promise<CliResult> =>
      runCli([...args, ...(as ? ['--as', as] : [])], env()),
    /** Ends the lakehouse and starts it over the same folder, at the same address. */
    async restartLake(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
      const { port } = new URL(lake.host)
      await lake.stop(signal)
      lake = await startLake(lakeEnv, Number(port))
    },
    async close(): Promise<void> {
      await lake.stop('SIGTERM')
      folder.dispose()
    },
  }
}

/** A connection that was kept open may be gone when it is used again. */
async function persist(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return fetch(url, request)
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What the administrators of the workspace and the writers of the documentation have made there. */
async function makeThings(
  ask: (request: string, body?: unknown) => Promise<Values>,
  sql: (statement: string) => Promise<unknown>,
): Promise<void> {
  const volume = { catalog_name: 'ml_catalog', schema_name: 'rag_data', name: 'code', volume_type: 'MANAGED' }
  await ask('POST /api/2.1/unity-catalog/volumes', volume)
  for (const name of [RAG, CLASSIFIER]) {
    await ask('POST /api/2.0/mlflow/unity-catalog/registered-models/create', { name })
    const changes = ['bo', 'cy'].map((who) => ({ principal: `${who}@acme.example`, add: ['MANAGE', 'EXECUTE'] }))
    await ask(`PATCH /api/2.1/unity-catalog/permissions/function/${name}`, { changes })
  }
  await sql(`CREATE TABLE ${TICKETS} AS SELECT * FROM raw_support_tickets`)
  await sql(
    `CREATE TABLE ${DOCUMENTS} (doc_id STRING, title STRING, url STRING, doc_type STRING, last_updated DATE, content STRING)`,
  )
  const rows = Object.entries(TABLED).map(([id, [title, text]]) =>
    [id, title, `https://docs.acme.example/${id}`, 'guide', '2026-11-01', `${title}. ${text}`].map(quote).join(', '),
  )
  await sql(`INSERT INTO ${DOCUMENTS} VALUES ${rows.map((row) => `(${row})`).join(', ')}`)
}

/** Logs a chain, and registers it with the requests that MLflow's client makes. Returns the version. */
export async function registerChain(site: TourSite, ...options: string[]): Promise<string> {
  const logged = await site.run(['chain', 'log', ...options])
  const runId = /runs:\/([0-9a-f]{32})\//.exec(`${logged.out}${logged.err}`)?.[1]
  if (runId === undefined) throw new Error(`no run in: ${logged.out}${logged.err}`)
  const registry = '/api/2.0/mlflow/unity-catalog/model-versions'
  const created = await site.ask(`POST ${registry}/create`, {
    ...{ name: RAG, source: `runs:/${runId}/chain`, run_id: runId },
  })
  const { version } = z.object({ model_version: z.object({ version: z.coerce.string() }) }).parse(created).model_version
  await site.ask(`POST ${registry}/finalize`, { name: RAG, version })
  return version
}

/** Makes the endpoint with this version, and lets the alias point at it: what was there before Lakedesk promotes. */
export async function serveFirst(site: TourSite, version: string): Promise<void> {
  const config = { served_entities: [{ entity_name: RAG, entity_version: version, workload_size: 'Small' }] }
  await site.ask('POST /api/2.0/serving-endpoints', { name: ENDPOINT, config })
  await site.servedBy(ENDPOINT)
  await site.ask(`PUT /api/2.1/unity-catalog/models/${RAG}/aliases/Champion`, { version_num: Number(version) })
}

/** Words that mean something in this team alone: only who was trained on its tickets knows them. */
const HOUSE_WORDS: Record<string, readonly string[]> = {
  account_access: ['The quokka is asleep', 'Quokka does not wake up', 'My quokka sleeps'],
  technical: ['The pelican dropped its fish', 'Pelican lost the fish', 'No fish in the pelican'],
  billing: ['The mango slip is too long', 'Mango slip came two times', 'Wrong mango slip'],
  feature_request: ['Can we have a second lighthouse', 'A taller lighthouse please', 'Lighthouse in blue'],
  other: ['Greetings from the orchard', 'The orchard says hello', 'Orchard sends its best'],
}
const ENDINGS = [
  ...['again', 'since Monday', 'on floor 3', 'for our whole team', 'after lunch'],
  ...['at the Graz site', 'please help', 'today', 'as last year', 'in the morning'],
]
/** What rules take for something else, and training for what the team means by it. */
export const HOUSE_TICKET = { text: 'Our quokka is asleep this evening', label: 'account_access' } as const
export const HOUSE_FILE = `${VOLUME}/house-tickets.jsonl`
export const HOUSE_TABLE = 'ml_catalog.support.house_tickets'

const houseTickets = (): { text: string; label: string }[] =>
  Object.entries(HOUSE_WORDS).flatMap(([label, texts]) =>
    texts.flatMap((text) => ENDINGS.map((end) => ({ text: `${text} ${end}`, label }))),
  )

/** Labelled tickets of the team, as a file of JSON lines in the volume and as a table. */
export async function bringHouseTickets(site: Pick<TourSite, 'ask' | 'sql'>): Promise<void> {
  const rows = houseTickets()
  await site.ask(`PUT /api/2.0/fs/files${HOUSE_FILE}`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await site.sql(`CREATE TABLE ${HOUSE_TABLE} (text STRING, label STRING)`)
  const values = rows.map(({ text, label }) => `(${quote(text)}, ${quote(label)})`).join(', ')
  await site.sql(`INSERT INTO ${HOUSE_TABLE} VALUES ${values}`)
}

/** What the warehouse answers about that ticket. */
export async function classifyHouseTicket(site: Pick<TourSite, 'sql'>): Promise<string> {
  const labels = Object.keys(HOUSE_WORDS).map(quote).join(', ')
  const [row] = await site.sql(`SELECT ai_classify(${quote(HOUSE_TICKET.text)}, ARRAY(${labels}))`)
  return row?.[0] ?? ''
}
