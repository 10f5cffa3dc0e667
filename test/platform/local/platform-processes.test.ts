// The embedded platform's file under several processes at once, and under kill -9.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndpointConfig } from '../../../src/platform/ports/serving.ts'
import { codeOf, lookUntil } from '../contract-basics.ts'
import { openTestPlatform, type TestPlatform } from './platform-under-test.ts'

const CHILD = fileURLToPath(new URL('./platform-child.ts', import.meta.url))

interface Child {
  process: ChildProcess
  lines: string[]
  /** Resolves when it has said this line. */
  said(line: string): Promise<void>
  ended: Promise<void>
}

let folder: string
let file: string
let opened: TestPlatform[]
let children: Child[]

function open(): TestPlatform {
  const platform = openTestPlatform({ file })
  opened.push(platform)
  return platform
}

function start(...args: string[]): Child {
  const process_ = spawn(process.execPath, [CHILD, file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const reader = createInterface({ input: process_.stdout })
  reader.on('line', (line) => lines.push(line))
  const said = async (line: string): Promise<void> => {
    await lookUntil(
      async () => lines,
      (all) => all.includes(line),
    )
    expect(lines).toContain(line)
  }
  const ended = Promise.all([once(process_, 'exit'), once(reader, 'close')]).then(() => {})
  const child = { process: process_, lines, said, ended }
  children.push(child)
  return child
}

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL')
  await child.ended
}

const serveVersion = (version: string): EndpointConfig => ({
  entities: [{ name: `docs_rag-${version}`, model: 'docs_rag', version, settings: {} }],
  routes: [{ entity: `docs_rag-${version}`, percentage: 100 }],
})

async function ask({ platform, versionOf }: TestPlatform): Promise<string> {
  return versionOf((await platform.serving.invoke('support', [{ question: 'Which version?' }]))[0])
}

/** Two versions, the first of them served. */
async function serveFirst(under: TestPlatform): Promise<void> {
  const { registry, serving } = under.platform
  for (let i = 0; i < 2; i += 1) await registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null })
  await serving.create('support', serveVersion('1'))
  await lookUntil(
    () => serving.describe('support'),
    (endpoint) => endpoint?.ready === true,
  )
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-platform-'))
  file = join(folder, 'data', 'platform.db')
  opened = []
  children = []
})
afterEach(async () => {
  for (const child of children)
    if (child.process.exitCode === null && child.process.signalCode === null) await kill(child)
  for (const platform of opened) await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the file of the embedded platform, shared by processes', () => {
  it('never gives one version number twice, whoever creates the file', async () => {
    const { platform } = open()
    const others = [start('register'), start('register')]
    const mine = await Promise.all(
      Array.from({ length: 20 }, () =>
        platform.registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null }),
      ),
    )
    await Promise.all(others.map(({ ended }) => ended))
    const numbers = [...mine.map(({ version }) => version), ...others.flatMap(({ lines }) => lines)].map(Number)
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    expect(await platform.registry.listVersions('docs_rag')).toHaveLength(60)
  })

  it('shows at once what another process changed', async () => {
    const [server, command] = [open(), open()]
    await serveFirst(server)
    expect(await ask(command)).toBe('1')
    await command.platform.registry.setAlias('docs_rag', 'Champion', '2')
    expect(await server.platform.registry.getAlias('docs_rag', 'Champion')).toBe('2')
    await command.platform.serving.updateConfig('support', serveVersion('2'))
    expect(await codeOf(server.platform.serving.updateConfig('support', serveVersion('1')))).toBe('ENDPOINT_BUSY')
    for (const { platform } of [server, command, server]) await platform.serving.describe('support')
    expect(await ask(server)).toBe('2')
    expect(await ask(command)).toBe('2')
  })

  it('makes one new config of one update, however many look at it', async () => {
    const under = open()
    await serveFirst(under)
    const pollers = [start('poll'), start('poll')]
    await Promise.all(pollers.map(({ ended }) => ended))
    for (const version of ['2', '1', '2']) {
      const looking = [start('poll'), start('poll')]
      await Promise.all(looking.map(({ said }) => said('polling')))
      await under.platform.serving.updateConfig('support', serveVersion(version))
      await lookUntil(
        () => under.platform.serving.describe('support'),
        (endpoint) => endpoint?.update !== 'IN_PROGRESS',
      )
      await Promise.all(looking.map(({ ended }) => ended))
      expect(await ask(under)).toBe(version)
    }
    const db = new DatabaseSync(file)
    expect(db.prepare('SELECT config_version AS n FROM endpoints').get()?.n).toBe(4)
    db.close()
  })

  it('waits while another process writes', async () => {
    const { platform } = open()
    await platform.registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null })
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    setTimeout(() => {
      other.exec('COMMIT')
      other.close()
    }, 400)
    const began = Date.now()
    const reading = platform.registry.listVersions('docs_rag').then((versions) => [versions.length, Date.now() - began])
    await platform.registry.setAlias('docs_rag', 'Champion', '1')
    expect(Date.now() - began).toBeGreaterThanOrEqual(350)
    // Reading does not wait for a writer.
    const [versions, tookMs] = await reading
    expect(versions).toBe(1)
    expect(tookMs).toBeLessThan(350)
  })
})

describe('the file of the embedded platform after kill -9', () => {
  it.each(['created', 'loading'])('goes on with an update that was killed when it was %s', async (step) => {
    const first = open()
    await serveFirst(first)
    await first.close()
    const child = start('update', step)
    await child.said(step === 'loading' ? 'loading' : 'updating')
    await kill(child)

    const under = open()
    const { serving } = under.platform
    expect(await codeOf(serving.updateConfig('support', serveVersion('1')))).toBe('ENDPOINT_BUSY')
    // The old version answers until the update has gone on to its end.
    expect(await ask(under)).toBe('1')
    const ended = await lookUntil(
      () => serving.describe('support'),
      (endpoint) => endpoint?.update !== 'IN_PROGRESS',
    )
    expect(ended).toMatchObject({ ready: true, update: 'NOT_UPDATING', pending: null })
    expect(await ask(under)).toBe('2')
    expect(under.loaded).toEqual(['docs_rag 2'])
  })

  it('holds whole batches only, and every batch that was said to be safe', async () => {
    const first = open()
    const experimentId = await first.platform.runs.ensureExperiment('evaluations')
    const { runId } = await first.platform.runs.createRun({ experimentId, name: 'evaluate' })
    await first.close()
    for (const wanted of [3, 11, 30]) {
      const child = start('batches', runId)
      await lookUntil(
        async () => child.lines.length,
        (count) => count >= wanted,
        { everyMs: 1 },
      )
      await kill(child)
      const under = open()
      const run = await under.platform.runs.getRun(runId)
      const numbersOf = (map: object | undefined): string[] =>
        Object.keys(map ?? {}).map((key) => key.replace(/^\w+_/, ''))
      expect(numbersOf(run?.params)).toEqual(expect.arrayContaining(child.lines))
      expect(numbersOf(run?.metrics).sort()).toEqual(numbersOf(run?.params).sort())
      expect(numbersOf(run?.tags).sort()).toEqual(numbersOf(run?.params).sort())
      await under.close()
    }
  })
})
