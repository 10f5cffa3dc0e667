// `/ingest` through a conversation: on a workspace by the shipped job, over the local lakehouse; and of local files.
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { readChunkProgram } from '../../src/cli/build-ingestion.ts'
import { createChunkProgram } from '../../src/cli/chunk-program.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { Reply } from '../../src/core/reply.ts'
import { createDatabricksJobs } from '../../src/platform/databricks/create-databricks-jobs.ts'
import { createDatabricksVolumes } from '../../src/platform/databricks/create-databricks-volumes.ts'
import { toNewDeltaIndex } from '../../src/platform/databricks/search/new-delta-index.ts'
import type { JobProgram } from '../../src/platform/lakehouse/jobs/job-program.ts'
import { readObjects } from '../../src/platform/ports/sql.ts'
import { STRUCTURE, WINDOW } from '../../src/rag/chunk/strategy.ts'
import { createLocalIngestion } from '../../src/rag/create-local-ingestion.ts'
import type { IngestionDesk } from '../../src/rag/ingestion.ts'
import { createLakehouseIngestion } from '../../src/rag/lakehouse/create-lakehouse-ingestion.ts'
import { createSubmitted } from '../../src/rag/lakehouse/submitted-runs.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import { type AnyTool, erase } from '../../src/tools/define-tool.ts'
import { createIngestDocuments } from '../../src/tools/ingest-documents.ts'
import { createStopIngestion } from '../../src/tools/stop-ingestion.ts'
import { eventually, people } from '../conversation/approval-tools.ts'
import { action, command, recordChannel, recordLog, scriptAgent } from '../conversation/setup.ts'
import { EMBEDDINGS, type OpenSearch, openSearch } from '../platform/databricks/search/index-under-test.ts'
import { createFolder } from '../rag/folder.ts'
import { createMemoryIndex } from '../rag/memory-index.ts'

const never = new AbortController().signal
const DOCUMENTS = 'ml.rag.raw_documents'
const CHUNKS = 'ml.rag.product_docs'
const INDEX = 'ml.rag.product_docs_index'
const ana = { id: 'ana', tenant: 'acme', name: 'Ana' }

/** A conversation with the tools of ingestion over this desk. */
async function openRoom(desk: IngestionDesk, store = openSqliteStore({ file: ':memory:', log: recordLog().log })) {
  const { log } = recordLog()
  const face = recordChannel()
  const approvals = createApprovals({ store, people })
  const wake = () => conversation.wake()
  const approved = [erase(createIngestDocuments({ desk, log }))]
  const find = (name: string) => approved.find((tool) => tool.name === name)
  const tools: AnyTool[] = [
    ...approved,
    erase(createStopIngestion({ desk })),
    erase(createDecideApproval({ approvals, find })),
  ]
  const cards = createCards({ store, find, wake })
  const runner = createApprovedRunner({ approvals, find, cards, log, retryMs: 5 })
  const conversation = createConversation({
    ...{ store, log, people, tools, approvals, agent: scriptAgent().agent },
    onWaiting: (id) => cards.announce(id),
    limits: { backoffMs: 5, postEveryMs: 1 },
  })
  conversation.register(face.channel)
  await conversation.start()
  await runner.start()
  const cardOf = (turn: string): Reply | undefined =>
    face.shown.findLast(({ delivery }) => delivery.key === `turn:${turn}`)?.reply
  return {
    store,
    shown: face.shown,
    cardOf,
    async ask(text = ''): Promise<{ turn: string; reply: Reply }> {
      const turn = command('ingest', text, { user: ana })
      const reply = await conversation.handle(turn)
      if (!reply) throw new Error('a duplicate')
      return { turn: turn.id, reply }
    },
    async press(name: string, reply: Reply): Promise<Reply | null> {
      const button = reply.buttons?.find((one) => one.action === name)
      if (!button) throw new Error(`The card has no button ${name}.`)
      return conversation.handle(action(name, button.value ?? {}, { user: ana }))
    },
    /** The card once it says that. */
    until: (turn: string, what: RegExp) =>
      eventually(() => {
        const card = cardOf(turn)
        return card && what.test(card.text) ? card : null
      }, 20_000),
    async close() {
      await runner.drain()
      await conversation.drain(200)
      await store.close()
    },
  }
}

/** Waits where a test wishes, so that it can be stopped. */
const slow = { wait: false }
function waiting(program: JobProgram): JobProgram {
  return {
    ...program,
    async run(task, world) {
      while (slow.wait) await sleep(5, undefined, { signal: world.signal })
      return program.run(task, world)
    },
  }
}

describe('ingestion on a workspace', () => {
  let search: OpenSearch
  let room: Awaited<ReturnType<typeof openRoom>>

  const run = async (text: string) => readObjects(await search.tables.run({ text, mode: 'own' }, never))
  function openDesk(store = openSqliteStore({ file: ':memory:', log: recordLog().log })) {
    const { http, root } = search.workspace
    const index = search.openIndex({
      ...{ name: INDEX, table: CHUNKS, syncLater: true },
      make: toNewDeltaIndex({ table: CHUNKS, embeddings: EMBEDDINGS }),
    })
    const desk = createLakehouseIngestion({
      jobs: createDatabricksJobs({ http }),
      volumes: createDatabricksVolumes({ root }),
      program: readChunkProgram(),
      ...{ volume: '/Volumes/ml/rag/code', documents: DOCUMENTS, chunks: CHUNKS },
      ...{ size: WINDOW.size, overlap: WINDOW.overlap, pollMs: 5 },
      index: { name: INDEX, sync: index.sync },
      runs: createSubmitted(store.checkpoints),
    })
    return { desk, index, store }
  }

  beforeAll(async () => {
    search = await openSearch((tables) => [waiting(createChunkProgram(tables))])
    await run(
      `CREATE TABLE ${DOCUMENTS} (doc_id STRING, title STRING, doc_type STRING, last_updated DATE, content STRING)`,
    )
  })
  afterEach(async () => {
    slow.wait = false
    await room?.close()
    await run(`DELETE FROM ${DOCUMENTS}`)
  })
  afterAll(() => search?.close())

  const put = () =>
    run(
      `INSERT INTO ${DOCUMENTS} VALUES ('reset', 'Reset', 'guide', DATE'2026-01-01', repeat('Reset the password. ', 60)), ('sso', 'SSO', 'faq', DATE'2026-01-02', 'Azure AD needs the tenant id.')`,
    )

  it('asks first, shows its steps, and what it wrote can be found', async () => {
    await put()
    const { desk, index, store } = openDesk()
    room = await openRoom(desk, store)
    const { turn, reply } = await room.ask()
    expect(reply.text).toMatch(/compute that is paid for.*starts when Ana/)
    expect(search.standIn.asked.some(({ path }) => path.endsWith('/runs/submit'))).toBe(false)
    await room.press('approve', reply)
    const done = await room.until(turn, /2 documents are 4 chunks/)
    const fields = done.blocks?.find((block) => block.kind === 'fields')?.fields ?? []
    const told = Object.fromEntries(fields.map(({ label, value }) => [label, value]))
    expect(told).toMatchObject({ Documents: '2', Chunks: '4', 'Chunks inserted': '4', 'Rows of the index': '4' })
    expect(told.Log).toMatch(/^http.*run/)
    const labels = room.shown
      .flatMap(({ reply: shown }) => shown.blocks ?? [])
      .flatMap((block) => (block.kind === 'progress' ? [block.label] : []))
    expect(labels.some((label) => /Merged 4 rows|Syncing/.test(label))).toBe(true)
    const [hit] = await index.querySimilar({ text: 'tenant id', filters: { doc_type: 'faq' } })
    expect(hit).toMatchObject({ doc_id: 'sso', title: 'SSO', last_updated: '2026-01-02' })
  })

  it('shows the last line of the job and where its log is, where it fails', async () => {
    const { desk, store } = openDesk()
    room = await openRoom(desk, store)
    const { turn, reply } = await room.ask()
    await room.press('approve', reply)
    const failed = await room.until(turn, /failed/)
    expect(failed.text).toMatch(/chunking job \(run \d+\) failed: The table of documents is empty/)
    expect(failed.blocks).toEqual([
      { kind: 'fields', fields: [{ label: 'Log', value: expect.stringContaining(search.standIn.host) }] },
    ])
    expect(failed.buttons?.map(({ action: name }) => name)).toEqual(['ingest'])
  })

  it('goes on with the same run after the process died', async () => {
    await put()
    slow.wait = true
    const { desk, store } = openDesk()
    const died = new AbortController()
    const hands = { id: 'request-1', onProgress: async () => {} }
    const before = search.standIn.asked.length
    const first = desk.run({ ...hands, signal: died.signal })
    await eventually(() => search.standIn.asked.slice(before).some(({ path }) => path.endsWith('/runs/get')))
    died.abort(new Error('killed'))
    await expect(first).rejects.toThrow()
    slow.wait = false
    room = await openRoom(desk, store)
    const ended = await openDesk(store).desk.run({ ...hands, signal: never })
    expect(ended.outcome).toContain('2 documents are 4 chunks')
    const asked = search.standIn.asked.slice(before)
    expect(asked.filter(({ path }) => path.endsWith('/runs/submit'))).toHaveLength(1)
    expect(asked.filter(({ path }) => path.endsWith('/runs/cancel'))).toHaveLength(0)
  })

  it('is stopped by a person, and its job is cancelled', async () => {
    await put()
    slow.wait = true
    const { desk, store } = openDesk()
    room = await openRoom(desk, store)
    const { turn, reply } = await room.ask()
    await room.press('approve', reply)
    const running = await room.until(turn, /Running|Queued/)
    expect((await room.press('stop-ingest', running))?.text).toContain('The ingestion stops')
    expect((await room.until(turn, /stopped/)).text).toContain('It was stopped by Ana')
    expect(search.standIn.asked.some(({ path }) => path.endsWith('/runs/cancel'))).toBe(true)
    expect((await room.press('ingest', (await room.until(turn, /stopped/)) ?? reply))?.text).toContain('starts when')
  })
})

describe('ingestion of local files', () => {
  it('runs at once, with progress, and says what came in', async () => {
    const folder = await createFolder({
      'a.md': '# A\n\nReset the password.',
      'b.md': '# B\n\nSSO needs the tenant id.',
    })
    const index = createMemoryIndex()
    const { log } = recordLog()
    const desk = createLocalIngestion({ index, into: 'the index', paths: [folder], strategy: STRUCTURE, log })
    const room = await openRoom(desk)
    try {
      const { turn } = await room.ask()
      const done = await room.until(turn, /2 pages added/)
      expect(done.blocks?.[0]).toMatchObject({ kind: 'fields' })
      expect((await index.listDocuments()).size).toBe(2)
      expect((await room.ask('everything')).reply.text).toContain('Write `ingest` alone')
    } finally {
      await room.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('says what to set where nothing is', async () => {
    const { log } = recordLog()
    const index = createMemoryIndex()
    const room = await openRoom(createLocalIngestion({ index, into: 'the index', paths: [], strategy: STRUCTURE, log }))
    try {
      expect((await room.ask()).reply.text).toContain('Set LAKEDESK_DOCS')
    } finally {
      await room.close()
    }
  })
})
