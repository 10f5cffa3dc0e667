// The command line as a newcomer meets it: real processes, real files, the embedded platform.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { citationSchema } from '../../src/core/passage.ts'
import { makeFolder, runCli, startCli } from './run-cli.ts'

const folder = makeFolder()
const docs = join(folder.path, 'docs')
const env = { LAKEDESK_DATA: join(folder.path, 'data') }

const jsonAnswerSchema = z.strictObject({
  answer: z.string(),
  refused: z.boolean(),
  citations: z.array(citationSchema),
  version: z.string(),
  turn: z.string(),
})

beforeAll(async () => {
  mkdirSync(join(docs, 'guides'), { recursive: true })
  writeFileSync(
    join(docs, 'guides', 'rotate-keys.md'),
    '---\ntitle: Rotate API keys\nurl: https://docs.acme.example/rotate-keys\n---\n# Rotate API keys\n\nTo rotate an API key, open **Console > Keys** and press **Rotate**. The old key keeps working for 24 hours.\n',
  )
  writeFileSync(
    join(docs, 'guides', 'backups.md'),
    '# Backups\n\nBackups run every night at 02:00 UTC and are kept for 35 days.\n',
  )
  writeFileSync(join(docs, 'broken.md'), Buffer.from([0, 1, 2, 255, 254, 0, 0, 9]))
  const result = await runCli(['ingest', docs], env)
  expect(result.code, result.err).toBe(0)
  expect(result.out).toContain('2 added')
  expect(result.out).toContain('skipped')
  expect(result.out).toContain('broken.md')
})

afterAll(() => folder.dispose())

describe('lakedesk ask', () => {
  it('answers with citations as JSON', async () => {
    const result = await runCli(['ask', '--json', 'How do I rotate an API key?'], env)
    expect(result.code, result.err).toBe(0)
    const answer = jsonAnswerSchema.parse(JSON.parse(result.out))
    expect(answer.refused).toBe(false)
    expect(answer.answer).toContain('Rotate')
    expect(answer.citations[0]).toMatchObject({
      doc_id: 'guides/rotate-keys.md',
      url: 'https://docs.acme.example/rotate-keys',
    })
    expect(answer.version).toBe('product-docs-rag, not registered')
  })

  it('prints text with footnotes, and says that it quotes', async () => {
    const result = await runCli(['ask', 'How long are backups kept?'], env)
    expect(result.code, result.err).toBe(0)
    expect(result.out).toContain('35 days')
    expect(result.out).toContain('[1] Backups')
    expect(result.out).toContain('quotes the documentation, does not write')
  })

  it('refuses what the documentation does not say, which is an answer', async () => {
    const result = await runCli(['ask', '--json', 'Who won the football world cup?'], env)
    expect(result.code).toBe(0)
    expect(jsonAnswerSchema.parse(JSON.parse(result.out))).toMatchObject({ refused: true, citations: [] })
  })

  it('takes a question of 31,000 characters, from the command line and from standard input', async () => {
    const long = `${'I tried many things today. '.repeat(1_140)}How long are backups kept?`
    expect(long.length).toBeGreaterThan(30_000)
    const typed = await runCli(['ask', '--json', long], env)
    expect([typed.code, typed.err]).toEqual([0, ''])
    jsonAnswerSchema.parse(JSON.parse(typed.out))
    const piped = await runCli(['ask', '--json', '-'], env, 'How long are backups kept?')
    expect([piped.code, piped.err]).toEqual([0, ''])
    expect(jsonAnswerSchema.parse(JSON.parse(piped.out)).answer).toContain('35 days')
  })

  it('runs beside another ask on the same data folder', async () => {
    const both = await Promise.all([1, 2].map(() => runCli(['ask', '--json', 'When do backups run?'], env)))
    expect(both.map((result) => result.code)).toEqual([0, 0])
  })

  it.each([
    ['an empty question', [''], 'The message was empty'],
    ['only an emoji', ['🎉🎉'], 'lakedesk: '],
    ['a question of 40,000 characters', ['why '.repeat(10_000)], '32,000'],
  ])('answers %s with a sentence that says how to fix it', async (_name, question, expected) => {
    const result = await runCli(['ask', ...question], env)
    expect(result.code).toBe(1)
    expect(result.out).toBe('')
    expect(result.err).toContain(expected)
    expect(result.err).not.toMatch(/\n\s+at /)
  })
})

describe('lakedesk chat', () => {
  it('answers lines from a pipe in order, follow-ups included, and ends with the input', async () => {
    const result = await runCli(['chat'], env, 'How do I rotate an API key?\nhow long does the old one work?\n')
    expect(result.code, result.err).toBe(0)
    expect(result.out.indexOf('How do I rotate')).toBeLessThan(result.out.indexOf('24 hours'))
    expect(result.out).toContain('[1] Rotate API keys')
  })

  it('removes escape sequences of documents from the terminal', async () => {
    const evil = makeFolder()
    mkdirSync(join(evil.path, 'docs'))
    writeFileSync(
      join(evil.path, 'docs', 'a.md'),
      '# Colours\n\nThe colour of the badge is \u001b[31mred\u001b[0m for admins.\n',
    )
    const own = { LAKEDESK_DATA: join(evil.path, 'data') }
    await runCli(['ingest', join(evil.path, 'docs')], own)
    const result = await runCli(['ask', 'Which colour has the badge of admins?'], own)
    expect(result.out).toContain('red')
    expect(result.out).not.toContain('\u001b')
    evil.dispose()
  })
})

describe('lakedesk ingest', () => {
  it('follows changes and deletions', async () => {
    const own = makeFolder()
    const data = { LAKEDESK_DATA: join(own.path, 'data') }
    const source = join(own.path, 'pages')
    mkdirSync(source)
    const stable = join(source, 'stable.md')
    const moving = join(source, 'moving.md')
    writeFileSync(stable, '# Parking\n\nVisitors park on level two of the garage.\n')
    writeFileSync(moving, '# Canteen\n\nThe canteen opens at eleven in the morning.\n')
    expect((await runCli(['ingest', source], data)).out).toContain('2 added')
    writeFileSync(moving, '# Canteen\n\nThe canteen opens at noon.\n')
    expect((await runCli(['ingest', source], data)).out).toMatch(/0 added, 1 changed, 0 removed, 1 unchanged/)
    expect((await runCli(['ask', 'When does the canteen open?'], data)).out).toContain('noon')
    rmSync(moving)
    expect((await runCli(['ingest', source], data)).out).toContain('1 removed')
    const gone = await runCli(['ask', '--json', 'When does the canteen open?'], data)
    expect(jsonAnswerSchema.parse(JSON.parse(gone.out)).citations).toEqual([])
    own.dispose()
  })

  it.each([
    ['a path that does not exist', ['/no/such/folder'], 'SOURCE_MISSING'],
    ['no path at all', [], 'CONFIG_INVALID'],
  ])('says what is wrong with %s', async (_name, paths, code) => {
    const result = await runCli(['ingest', ...paths], env)
    expect(result.code).toBe(1)
    expect(result.err).toContain(code)
    expect(result.err).not.toMatch(/\n\s+at /)
  })

  it('can be interrupted, and goes on from there', async () => {
    const own = makeFolder()
    const pages = join(own.path, 'pages')
    mkdirSync(pages)
    for (let i = 0; i < 600; i++) {
      writeFileSync(
        join(pages, `p${i}.md`),
        `# Room ${i}\n\nRoom ${i} seats ${i + 3} people.\n${'It has a door. '.repeat(60)}\n`,
      )
    }
    const data = { LAKEDESK_DATA: join(own.path, 'data') }
    const child = startCli(['ingest', pages], data)
    let err = ''
    child.stderr?.on('data', (chunk) => {
      err += chunk
    })
    // It is stopped once it works, however long it took to start.
    await vi.waitFor(() => expect(err).toMatch(/\d+ of 600/), { timeout: 60_000, interval: 50 })
    child.kill('SIGINT')
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1)
    expect(err).toContain('Interrupted')
    rmSync(pages, { recursive: true })
    own.dispose()
  })

  it('says that a folder is empty', async () => {
    const empty = makeFolder()
    const result = await runCli(['ingest', empty.path], { LAKEDESK_DATA: join(empty.path, 'data') })
    expect(result.code).toBe(1)
    expect(result.err).toContain('SOURCE_EMPTY')
    empty.dispose()
  })
})

describe('what goes wrong before anything starts', () => {
  it('lists every wrong setting at once, and suggests the nearest name', async () => {
    const result = await runCli(['ask', 'hi'], { ...env, LAKEDESK_MODLE: 'x', LAKEDESK_PORT: 'abc' })
    expect(result.code).toBe(1)
    expect(result.err).toContain('LAKEDESK_MODEL?')
    expect(result.err).toContain('LAKEDESK_PORT')
  })

  it('names a damaged index and the way out', async () => {
    const own = makeFolder()
    writeFileSync(join(own.path, 'index.db'), Buffer.alloc(8192, 7))
    const result = await runCli(['ask', 'hi there, how do I log in?'], { LAKEDESK_DATA: own.path })
    expect(result.code).toBe(1)
    expect(result.err).toContain('INDEX_CORRUPT')
    expect(result.err).toMatch(/ingest/)
    own.dispose()
  })

  it('refuses a second chat on the same data folder', async () => {
    const first = startCli(['chat'], env)
    await new Promise<void>((resolve) => {
      first.stdout?.on('data', (data) => {
        if (String(data).includes('Ask about')) resolve()
      })
    })
    const second = await runCli(['chat'], env)
    expect(second.code).toBe(1)
    expect(second.err).toContain('STORE_LOCKED')
    const closed = new Promise((resolve) => first.on('close', resolve))
    first.stdin?.end()
    await closed
  })

  it('ends quietly when its reader goes away', async () => {
    const child = startCli(['ask', '--json', 'How long are backups kept?'], env)
    let err = ''
    child.stderr?.on('data', (data) => {
      err += data
    })
    child.stdout?.destroy()
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(err).toBe('')
    expect(code).toBe(0)
  })

  it('shows the stack only with --debug', async () => {
    const plain = await runCli(['ingest', '/no/such/folder'], env)
    const debug = await runCli(['--debug', 'ingest', '/no/such/folder'], env)
    expect(plain.err).not.toMatch(/\n\s+at /)
    expect(debug.err).toMatch(/\n\s+at /)
  })

  it('says what is wrong with the address of a model', async () => {
    const result = await runCli(['ask', 'How long are backups kept?'], {
      ...env,
      LAKEDESK_MODEL: 'some-model',
      LAKEDESK_MODEL_BASE_URL: 'http://127.0.0.1:9/v1',
      LAKEDESK_MODEL_API_KEY: 'sk-very-secret-value',
    })
    expect(result.code).toBe(1)
    expect(result.err).toContain('127.0.0.1:9')
    expect(result.err).not.toContain('sk-very-secret-value')
  })
})

describe('lakedesk doctor', () => {
  it('is content with a filled data folder', async () => {
    const result = await runCli(['doctor'], env)
    expect(result.out).toContain('ok    index: 2 pages')
    expect(result.code).toBe(0)
  })

  it('names each fault with its fix', async () => {
    const own = makeFolder()
    const result = await runCli(['doctor'], { LAKEDESK_DATA: own.path })
    expect(result.code).toBe(1)
    expect(result.out).toMatch(/FAIL {2}index: .*lakedesk ingest/)
    own.dispose()
  })
})
