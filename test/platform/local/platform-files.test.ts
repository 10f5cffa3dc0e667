// The embedded platform's file when it is foreign, damaged, missing, locked or read only; and what its serving promises beyond the contract.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { platformFileName } from '../../../src/platform/local/platform/create-local-platform.ts'
import { openPlatformFile } from '../../../src/platform/local/platform/platform-file.ts'
import type { EndpointConfig } from '../../../src/platform/ports/serving.ts'
import { codeOf, lookUntil, sentenceOf } from '../contract-basics.ts'
import { openTestPlatform, type TestPlatform } from './platform-under-test.ts'

let folder: string
let file: string
let opened: TestPlatform[]

function open(options: Partial<Parameters<typeof openTestPlatform>[0]> = {}): TestPlatform {
  const under = openTestPlatform({ file, ...options })
  opened.push(under)
  return under
}

const register = ({ platform }: TestPlatform) =>
  platform.registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null })

function split(shares: Readonly<Record<string, number>>): EndpointConfig {
  return {
    entities: Object.keys(shares).map((version) => ({
      name: `v-${version}`,
      model: 'docs_rag',
      version,
      settings: {},
    })),
    routes: Object.entries(shares).map(([version, percentage]) => ({ entity: `v-${version}`, percentage })),
  }
}

async function serve(under: TestPlatform, shares: Readonly<Record<string, number>>): Promise<void> {
  const { serving } = under.platform
  if (await serving.describe('support')) await serving.updateConfig('support', split(shares))
  else await serving.create('support', split(shares))
  const endpoint = await lookUntil(
    () => serving.describe('support'),
    (seen) => seen?.update !== 'IN_PROGRESS',
  )
  expect(endpoint?.update).toBe('NOT_UPDATING')
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-platform-'))
  file = join(folder, platformFileName)
  opened = []
})
afterEach(async () => {
  for (const under of opened) await under.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a file that is no platform file', () => {
  const makeDatabase = (sql: string): void => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  it.each([
    ['text', () => writeFileSync(file, 'These are the notes of last week.\n'.repeat(100))],
    ['the database of another program', () => makeDatabase('CREATE TABLE notes (text TEXT)')],
    [
      'a marked database of another program',
      () => makeDatabase('PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE n (t TEXT)'),
    ],
    ['an empty but marked database', () => makeDatabase('PRAGMA application_id = 7')],
  ])('is refused and left as it was: %s', async (_, make) => {
    make()
    const before = readFileSync(file)
    const under = open()
    expect(await codeOf(register(under))).toBe('PLATFORM_CORRUPT')
    expect(await codeOf(under.platform.serving.describe('support'))).toBe('PLATFORM_CORRUPT')
    const sentence = await sentenceOf(under.platform.registry.listVersions('docs_rag'))
    expect(sentence).toContain(file)
    expect(sentence).toContain('backup')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is refused where a newer Lakedesk wrote it', async () => {
    const first = open()
    await register(first)
    await first.close()
    makeDatabase('PRAGMA user_version = 99')
    const sentence = await sentenceOf(open().platform.registry.listVersions('docs_rag'))
    expect(sentence).toContain('version 99')
    expect(await codeOf(open().platform.registry.listVersions('docs_rag'))).toBe('PLATFORM_CORRUPT')
  })

  it('is refused where half of it is gone', async () => {
    const first = open()
    for (let i = 0; i < 50; i += 1) await register(first)
    await first.close()
    truncateSync(file, 8192)
    expect(await codeOf(open().platform.registry.listVersions('docs_rag'))).toBe('PLATFORM_CORRUPT')
  })

  it.each([
    ['pending', "UPDATE endpoints SET pending = '{', step = 'created'"],
    ['config', "UPDATE endpoints SET config = '{}'"],
  ])('is called damaged where the %s config of an endpoint cannot be read', async (_, sql) => {
    const under = open()
    await register(under)
    await serve(under, { 1: 100 })
    makeDatabase(sql)
    expect(await codeOf(under.platform.serving.describe('support'))).toBe('PLATFORM_CORRUPT')
    expect(await sentenceOf(under.platform.serving.invoke('support', [{ question: 'Who?' }]))).toContain(file)
  })

  it('is told from a folder', async () => {
    mkdirSync(file)
    expect(await codeOf(register(open()))).toBe('PLATFORM_FAILED')
  })
})

describe('the platform file', () => {
  it('keeps everything when it is closed and opened again', async () => {
    const first = open()
    await register(first)
    await first.platform.registry.setAlias('docs_rag', 'Champion', '1')
    await serve(first, { 1: 100 })
    await first.close()
    const second = open()
    expect(await second.platform.registry.getAlias('docs_rag', 'Champion')).toBe('1')
    expect((await second.platform.serving.describe('support'))?.config).toEqual(split({ 1: 100 }))
    expect(await codeOf(register(first))).toBe('PLATFORM_REFUSED')
  })

  it('is opened anew where another one was put in its place', async () => {
    const under = open()
    await register(under)
    const other = openTestPlatform({ file: `${file}.restored` })
    for (let i = 0; i < 3; i += 1) await register(other)
    await other.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    renameSync(`${file}.restored`, file)
    expect(await under.platform.registry.listVersions('docs_rag')).toHaveLength(3)
  })

  it('is not created by reading alone, and reads as empty', async () => {
    const { platform } = open({ readOnly: true, grants: [{ principal: 'ana', privileges: ['MANAGE'] }] })
    expect(await platform.registry.listVersions('docs_rag')).toEqual([])
    expect(await platform.serving.describe('support')).toBeNull()
    expect(await platform.runs.getRun('x')).toBeNull()
    expect(await platform.catalog.effectivePrivileges('docs_rag', 'ana')).toEqual([])
    expect(existsSync(file)).toBe(false)
    await register(open())
    expect(await platform.registry.listVersions('docs_rag')).toHaveLength(1)
  })

  it('is never changed by whoever opened it to read', async () => {
    const writer = open()
    await register(writer)
    await serve(writer, { 1: 100 })
    await writer.platform.serving.updateConfig('support', split({ 1: 100 }))
    const reader = open({ readOnly: true })
    expect(await codeOf(register(reader))).toBe('PLATFORM_REFUSED')
    expect(await codeOf(reader.platform.registry.setAlias('docs_rag', 'Champion', '1'))).toBe('PLATFORM_REFUSED')
    for (let i = 0; i < 5; i += 1) {
      expect(await reader.platform.serving.describe('support')).toMatchObject({ update: 'IN_PROGRESS', ready: true })
    }
    expect(reader.versionOf((await reader.platform.serving.invoke('support', [{ question: 'Who?' }]))[0])).toBe('1')
    expect(reader.loaded).toEqual([])
  })

  it('says so where another program holds it for too long', async () => {
    await register(open())
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const shared = openPlatformFile({ file, readOnly: false, busyWaitMs: 150 })
    expect(await codeOf(shared.write((db) => db.exec('DELETE FROM versions')))).toBe('PLATFORM_UNREACHABLE')
    other.exec('ROLLBACK')
    other.close()
    shared.close()
  })

  it('keeps what it had where the disk is full', async () => {
    await register(open())
    const shared = openPlatformFile({ file, readOnly: false })
    const pages = await shared.read((db) => Object.values(db.prepare('PRAGMA page_count').get() ?? {})[0])
    await shared.read((db) => db.exec(`PRAGMA max_page_count = ${Number(pages) + 2}`))
    const fill = shared.write((db) => db.prepare("INSERT INTO artifacts VALUES ('r', 'p', zeroblob(100000))").run())
    expect(await codeOf(fill)).toBe('STORE_FULL')
    expect(await shared.read((db) => db.prepare('SELECT count(*) AS n FROM artifacts').get()?.n)).toBe(0)
    shared.close()
    expect(await open().platform.registry.listVersions('docs_rag')).toHaveLength(1)
  })

  it('keeps nothing of a batch that is refused half way', async () => {
    const { runs } = open().platform
    const { runId } = await runs.createRun({ experimentId: await runs.ensureExperiment('e'), name: 'r' })
    await runs.logBatch(runId, { params: { a: '1' } })
    expect(await codeOf(runs.logBatch(runId, { params: { b: '2', a: '3' }, tags: { t: 'x' } }))).toBe(
      'PLATFORM_REFUSED',
    )
    expect(await runs.getRun(runId)).toMatchObject({ params: { a: '1' }, tags: {} })
  })

  it('lets no path be a file and a folder at once', async () => {
    const { runs } = open().platform
    const { runId } = await runs.createRun({ experimentId: await runs.ensureExperiment('e'), name: 'r' })
    await runs.artifacts.put(runId, 'a/b', 'text')
    expect(await codeOf(runs.artifacts.put(runId, 'a', 'text'))).toBe('PLATFORM_REFUSED')
    expect(await codeOf(runs.artifacts.put(runId, 'a/b/c', 'text'))).toBe('PLATFORM_REFUSED')
    await runs.artifacts.put(runId, 'a.txt', 'text')
    await runs.artifacts.put(runId, 'a0', 'text')
    expect((await runs.artifacts.list(runId, 'a')).map(({ path }) => path)).toEqual(['a/b'])
  })

  it('takes the second opinion of a judge for its first', async () => {
    const { runs } = open().platform
    const experimentId = await runs.ensureExperiment('e')
    const { runId } = await runs.createRun({ experimentId, name: 'r' })
    const startedAt = new Date().toISOString()
    const traceId = await runs.traces.log({
      experimentId,
      runId,
      request: 'q',
      response: 'a',
      startedAt,
      durationMs: 1,
      ok: true,
    })
    const judge = { type: 'LLM_JUDGE', id: 'one' } as const
    const human = { type: 'HUMAN', id: 'ana' } as const
    await runs.traces.assess(traceId, { name: 'faithfulness', source: judge, value: 0.5 })
    await runs.traces.assess(traceId, { name: 'faithfulness', source: human, value: 0.25 })
    await runs.traces.assess(traceId, { name: 'faithfulness', source: judge, value: 0.75 })
    expect((await runs.traces.get(traceId))?.assessments).toEqual([
      { name: 'faithfulness', source: judge, value: 0.75 },
      { name: 'faithfulness', source: human, value: 0.25 },
    ])
  })

  it('tells aliases apart by case', async () => {
    const under = open()
    for (let i = 0; i < 2; i += 1) await register(under)
    await under.platform.registry.setAlias('docs_rag', 'Champion', '1')
    await under.platform.registry.setAlias('docs_rag', 'champion', '2')
    expect(await under.platform.registry.getAlias('docs_rag', 'Champion')).toBe('1')
  })
})

describe('the serving of the embedded platform', () => {
  it('keeps a thread with one version, and a share that grows keeps its threads', async () => {
    const under = open()
    for (let i = 0; i < 2; i += 1) await register(under)
    const threads = Array.from({ length: 400 }, (_, i) => ({ question: 'Who?', thread: `thread-${i}` }))
    const askAll = async (): Promise<string[]> =>
      (await under.platform.serving.invoke('support', threads)).map(under.versionOf)
    await serve(under, { 1: 90, 2: 10 })
    const few = await askAll()
    expect(await askAll()).toEqual(few)
    await serve(under, { 1: 60, 2: 40 })
    const many = await askAll()
    const count = (answers: string[]): number => answers.filter((version) => version === '2').length
    expect(count(few)).toBeGreaterThan(20)
    expect(count(few)).toBeLessThan(65)
    expect(count(many)).toBeGreaterThan(120)
    expect(count(many)).toBeLessThan(200)
    expect(few.flatMap((version, i) => (version === '2' ? [many[i]] : [])).every((version) => version === '2')).toBe(
      true,
    )
  })

  it('takes its steps one look at a time: created, loading, ready', async () => {
    const under = open()
    await register(under)
    const { serving } = under.platform
    await serving.create('support', split({ 1: 100 }))
    expect(under.loaded).toEqual([])
    expect(await serving.describe('support')).toMatchObject({ ready: false, update: 'IN_PROGRESS', config: null })
    expect(under.loaded).toEqual([])
    expect(await serving.describe('support')).toMatchObject({ ready: true, update: 'NOT_UPDATING', pending: null })
    expect(under.loaded).toEqual(['docs_rag 1'])
  })

  it('answers at once while a version loads, loads it once, and tells people who look that it goes on', async () => {
    const under = open()
    for (let i = 0; i < 2; i += 1) await register(under)
    await serve(under, { 1: 100 })
    const release = await under.hold()
    const { serving } = under.platform
    await serving.updateConfig('support', split({ 2: 100 }))
    await serving.describe('support')
    const looks = await Promise.all([serving.describe('support'), serving.describe('support')])
    expect(looks.map((seen) => seen?.update)).toEqual(['IN_PROGRESS', 'IN_PROGRESS'])
    const began = Date.now()
    expect(under.versionOf((await serving.invoke('support', [{ question: 'Who?' }]))[0])).toBe('1')
    expect(Date.now() - began).toBeLessThan(500)
    await release()
    await lookUntil(
      () => serving.describe('support'),
      (seen) => seen?.update === 'NOT_UPDATING',
    )
    expect(under.loaded).toEqual(['docs_rag 1', 'docs_rag 2'])
  })

  it('lets only the first of two processes end an update, and a late one end no other', async () => {
    const [late, quick] = [open(), open()]
    for (let i = 0; i < 3; i += 1) await register(quick)
    await serve(quick, { 1: 100 })
    const release = await late.hold()
    await quick.platform.serving.updateConfig('support', split({ 2: 100 }))
    await late.platform.serving.describe('support')
    // Both load version 2 now; the quick one ends the update.
    await late.platform.serving.describe('support')
    expect(await quick.platform.serving.describe('support')).toMatchObject({ update: 'NOT_UPDATING' })
    const releaseQuick = await quick.hold()
    await quick.platform.serving.updateConfig('support', split({ 3: 100 }))
    await quick.platform.serving.describe('support')
    await quick.platform.serving.describe('support')
    // The late one has loaded version 2, while version 3 is on its way.
    await release()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(late.loaded).toEqual(['docs_rag 2'])
    const reader = open({ readOnly: true })
    expect(await reader.platform.serving.describe('support')).toMatchObject({
      update: 'IN_PROGRESS',
      config: split({ 2: 100 }),
      pending: split({ 3: 100 }),
    })
    await releaseQuick()
    const ended = await lookUntil(
      () => reader.platform.serving.describe('support'),
      (seen) => seen?.update === 'NOT_UPDATING',
    )
    expect(ended?.config).toEqual(split({ 3: 100 }))
  })

  it('gives up a version that never finishes loading', async () => {
    const under = open({ loadLimitMs: 50 })
    await register(under)
    const release = await under.hold()
    const { serving } = under.platform
    await serving.create('support', split({ 1: 100 }))
    await serving.describe('support')
    const seen = await serving.describe('support')
    expect(seen).toMatchObject({ update: 'UPDATE_FAILED', ready: false })
    expect(seen?.message).toContain('version 1 of docs_rag')
    await release()
  })

  it('shows our own words of a failure, and hides those of others', async () => {
    const under = open({
      async load() {
        throw new Error('connect to 10.0.0.7 with token abc failed')
      },
    })
    await register(under)
    await under.platform.serving.create('support', split({ 1: 100 }))
    await under.platform.serving.describe('support')
    const seen = await under.platform.serving.describe('support')
    expect(seen?.update).toBe('UPDATE_FAILED')
    expect(seen?.message).not.toContain('token')
  })

  it('passes on which version could not answer, and stops asking for the rest', async () => {
    let asked = 0
    const under = open({
      async answer() {
        asked += 1
        if (asked === 1) throw new Error('the model is away')
        await new Promise((resolve) => setTimeout(resolve, 5))
        return 'fine'
      },
    })
    await register(under)
    await serve(under, { 1: 100 })
    const records = Array.from({ length: 100 }, () => ({ question: 'Who?' }))
    expect(await codeOf(under.platform.serving.invoke('support', records))).toBe('PLATFORM_FAILED')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked).toBeLessThan(10)
  })

  it('serves and grants the versions of another registry where it is given one', async () => {
    const elsewhere = openTestPlatform({ file: ':memory:' })
    opened.push(elsewhere)
    await register(elsewhere)
    const grants = [{ principal: 'ana', privileges: ['MANAGE'] }]
    const under = open({ registry: elsewhere.platform.registry, runs: elsewhere.platform.runs, grants })
    expect(await under.platform.registry.listVersions('docs_rag')).toHaveLength(1)
    expect(await under.platform.catalog.effectivePrivileges('docs_rag', 'ana')).toEqual(['MANAGE'])
    await serve(under, { 1: 100 })
    expect(await codeOf(under.platform.serving.updateConfig('support', split({ 2: 100 })))).toBe('PLATFORM_REFUSED')
    expect(await open().platform.registry.listVersions('docs_rag')).toEqual([])
  })

  it('names what is wrong with a config', async () => {
    const under = open()
    for (let i = 0; i < 2; i += 1) await register(under)
    await serve(under, { 1: 100 })
    await under.setStatus('FAILED', 'its prompt is empty')('docs_rag', '2')
    const { serving } = under.platform
    const told = (config: EndpointConfig): Promise<string> => sentenceOf(serving.updateConfig('support', config))
    expect(await told(split({ 2: 100 }))).toMatch(/version 2 of docs_rag is FAILED \(its prompt is empty\)/)
    expect(await told(split({ 9: 100 }))).toMatch(/no version 9 of docs_rag/)
    expect(await told(split({ 1: 90 }))).toMatch(/sum to 90/)
    expect(await told(split({ 1: 33.5 }))).toMatch(/33.5 percent/)
  })
})
