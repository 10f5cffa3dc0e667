// What stands in Lakedesk's store and on the workspace after a round of faults, and whether it may be so.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { z } from 'zod'
import { CHUNKS, CLASSIFIER, DOCUMENTS, ENDPOINT, ENRICHED, RAG, type TourSite } from './lakehouse-tour-site.ts'

const LIVE = ['open', 'approved', 'running']
const SETTLE_MS = 150_000

const requestSchema = z.object({
  id: z.string(),
  tool: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  input: z.string(),
  /** Lines of the record that end it. */
  endings: z.number(),
})
export type Request = z.infer<typeof requestSchema>

const REQUESTS = `SELECT id, tool, state, record ->> 'outcome' AS outcome, record ->> 'input' AS input,
  (SELECT count(*) FROM audit WHERE what = 'end-approval' AND turn_id IN ('approval ' || approvals.id, 'approval:' || approvals.id)) AS endings
  FROM approvals ORDER BY created_at`

function readStore<T>(site: Pick<TourSite, 'path'>, sql: string, row: z.ZodType<T>): T[] {
  const database = new DatabaseSync(join(site.path, 'desk', 'store.db'), { readOnly: true })
  try {
    return z.array(row).parse(database.prepare(sql).all())
  } finally {
    database.close()
  }
}

export const readRequests = (site: Pick<TourSite, 'path'>): Request[] => readStore(site, REQUESTS, requestSchema)

const countSchema = z.object({ count: z.number() })
const count = (site: TourSite, sql: string): number => readStore(site, sql, countSchema)[0]?.count ?? 0

/** What is still under way: turns, approved operations, moves, messages that are not shown. Empty when all is settled. */
export function listUnsettled(site: TourSite): string[] {
  const busy = readRequests(site).filter(({ state }) => state === 'approved' || state === 'running')
  const turns = count(site, "SELECT count(*) AS count FROM inbox WHERE state <> 'done'")
  const moves = count(site, 'SELECT count(*) AS count FROM sagas WHERE ended_at IS NULL')
  const posts = count(site, 'SELECT count(*) AS count FROM posts WHERE shown < revision AND dropped < revision')
  return [
    ...busy.map(({ id, tool, state }) => `${tool} ${id} is ${state}`),
    ...(turns > 0 ? [`${turns} turns`] : []),
    ...(moves > 0 ? [`${moves} moves`] : []),
    ...(posts > 0 ? [`${posts} posts`] : []),
  ]
}

/** Waits until nothing is under way; what is, after so long. */
export async function settle(site: TourSite, limitMs = SETTLE_MS): Promise<string[]> {
  const until = Date.now() + limitMs
  for (;;) {
    const left = listUnsettled(site)
    if (left.length === 0 || Date.now() > until) return left
    await sleep(100)
  }
}

const ended = (requests: readonly Request[], tool: string, state = 'done'): Request[] =>
  requests.filter((one) => one.tool === tool && one.state === state)

const runsSchema = z.object({
  runs: z.array(z.looseObject({ run_name: z.string().optional(), name: z.string().optional() })).default([]),
})
const versionSchema = z.object({
  model_versions: z.array(z.object({ version: z.coerce.string(), run_id: z.string().optional() })).default([]),
})

/** Each approval has one end, the alias and the endpoint agree with the record, and nothing was written twice. */
export async function checkStanding(site: TourSite, when: string): Promise<Request[]> {
  const requests = readRequests(site)
  for (const { id, tool, state, endings } of requests)
    expect([`${tool} ${id}`, state, endings], when).toEqual([`${tool} ${id}`, state, LIVE.includes(state) ? 0 : 1])
  expect(
    requests.filter(({ state }) => LIVE.includes(state)),
    when,
  ).toEqual([])
  await checkMoves(site, requests, when)
  await checkTables(site, when)
  await checkRuns(site, requests, when)
  return requests
}

async function checkMoves(site: TourSite, requests: readonly Request[], when: string): Promise<void> {
  const [alias, serves] = [await site.championOf(RAG), await site.servedBy(ENDPOINT)]
  expect(serves, `${when}: alias and endpoint`).toEqual([alias])
  const moves = readStore(
    site,
    "SELECT detail ->> 'to' AS 'to' FROM audit WHERE what = 'move-champion' AND outcome = 'done' ORDER BY seq",
    z.object({ to: z.coerce.string() }),
  )
  const done = ended(requests, 'request-promotion')
  expect(moves.length, `${when}: moves of the record, and promotions that were done`).toBe(done.length)
  const last = moves.at(-1)
  if (last) expect(last.to.replace(/^v/, ''), `${when}: where the record says that the alias is`).toBe(alias)
}

async function checkTables(site: TourSite, when: string): Promise<void> {
  const [[chunks, different] = []] = await site.sql(`SELECT count(*), count(DISTINCT chunk_id) FROM ${CHUNKS}`)
  expect(different, `${when}: chunks that are kept twice`).toBe(chunks)
  const [[rows, tickets] = []] = await site.sql(`SELECT count(*), count(DISTINCT ticket_id) FROM ${ENRICHED}`)
  expect(tickets, `${when}: tickets that are kept twice`).toBe(rows)
  const [[docs] = []] = await site.sql(`SELECT count(*) FROM ${DOCUMENTS}`)
  expect(Number(chunks), `${when}: chunks of four files and at most all documents`).toBeLessThanOrEqual(
    4 + Number(docs),
  )
}

async function checkRuns(site: TourSite, requests: readonly Request[], when: string): Promise<void> {
  const filter = encodeURIComponent(`name='${CLASSIFIER}'`)
  const path = `/api/2.0/mlflow/unity-catalog/model-versions/search?filter=${filter}`
  const versions = versionSchema.parse(await site.ask(`GET ${path}`)).model_versions
  expect(new Set(versions.map(({ run_id }) => run_id)).size, `${when}: versions of one run`).toBe(versions.length)
  const trained = ended(requests, 'start-training')
  const told = trained.map(({ outcome }) => /^v(\d+) /.exec(outcome ?? '')?.[1] ?? `? ${outcome}`)
  expect(new Set(told).size, `${when}: versions that two trainings tell`).toBe(told.length)
  const known = new Set(versions.map(({ version }) => version))
  expect(
    told.filter((version) => !known.has(version)),
    `${when}: versions that are told and not there`,
  ).toEqual([])
  const trainings = runsSchema.parse(await site.ask('GET /api/2.0/fine-tuning/runs?page_size=1000')).runs
  const names = trainings.map(({ name }) => name)
  expect(new Set(names).size, `${when}: trainings that were started twice`).toBe(names.length)
  expect(versions.length, `${when}: versions and trainings`).toBeLessThanOrEqual(trainings.length)
  const jobs = runsSchema.parse(await site.ask('GET /api/2.2/jobs/runs/list?limit=25')).runs
  const ingestions = requests.filter(({ tool }) => tool === 'ingest-documents')
  if (jobs.length < 25) expect(jobs.length, `${when}: jobs and ingestions`).toBeLessThanOrEqual(ingestions.length)
}
