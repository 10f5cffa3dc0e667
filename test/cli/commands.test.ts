// The commands called as functions: what they print and return, on the embedded platform.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/cli/create-log.ts'
import { doctor } from '../../src/cli/doctor.ts'
import { ingest, remove } from '../../src/cli/ingest.ts'
import { createProgressBar } from '../../src/cli/progress-bar.ts'
import { ask, chat } from '../../src/cli/talk.ts'
import { silentLog } from '../../src/core/log.ts'
import { startOpenAiStandIn } from '../stand-ins/openai.ts'
import { createSlackStandIn } from '../stand-ins/slack.ts'
import { makeFolder } from './run-cli.ts'
import { createTerminal, settingsFor } from './terminal.ts'

const folder = makeFolder()
const data = join(folder.path, 'data')
const docs = join(folder.path, 'docs')
mkdirSync(docs)
writeFileSync(join(docs, 'a.md'), '# Badges\n\nThe badge of a visitor is yellow and is valid for one day.\n')

afterAll(() => folder.dispose())

describe('the sample', () => {
  it('comes with `chat --sample`, answers, and leaves when own documents arrive', async () => {
    const terminal = createTerminal('/help\nHow do I reset my password?\n/new\n/quit\n')
    expect(await chat({ sample: true }, settingsFor(data), silentLog, terminal)).toBe(true)
    expect(terminal.out()).toContain('60 added')
    expect(terminal.out()).toContain('Settings > Security > Reset password')
    expect(terminal.out()).toContain('start a new conversation')

    const own = createTerminal()
    await ingest([docs], settingsFor(data), silentLog, own)
    expect(own.out()).toContain('1 added')
    expect(own.out()).toContain('60 sample pages were taken out')

    const again = createTerminal('What colour is the badge of a visitor?\n')
    expect(await chat({ sample: true }, settingsFor(data), silentLog, again)).toBe(true)
    expect(again.out()).toContain('the sample stays out')
    expect(again.out()).toContain('yellow')
  })

  it('stays when it is ingested under another spelling of its path', async () => {
    const other = settingsFor(join(folder.path, 'spelled'))
    const terminal = createTerminal()
    await ingest(['examples/tallyport/docs/sso'], other, silentLog, terminal)
    expect(terminal.out()).not.toContain('taken out')
  })

  it('is synced by a chat where LAKEDESK_DOCS names it, and taken out by remove', async () => {
    const own = settingsFor(join(folder.path, 'named'), { LAKEDESK_DOCS: docs })
    const talk = createTerminal('What colour is the badge of a visitor?\n/nonsense\n')
    // A command that nobody knows was not answered.
    expect(await chat({ sample: false }, own, silentLog, talk)).toBe(false)
    expect(talk.out()).toContain('1 added')
    expect(talk.out()).toContain('yellow')
    expect(talk.out()).toContain('I do not know the command `nonsense`')
    const gone = createTerminal()
    await remove([docs], own, silentLog, gone)
    expect(gone.out()).toContain('1 pages')
    await expect(remove([docs], own, silentLog, createTerminal())).rejects.toThrow('holds nothing')
  })

  it('says false where every file had to be skipped', async () => {
    const file = join(folder.path, 'only-broken.md')
    writeFileSync(file, Buffer.from([0, 1, 2, 3, 0, 255]))
    const own = settingsFor(join(folder.path, 'broken'))
    const terminal = createTerminal()
    const result = await ingest([file], own, silentLog, terminal).catch((error: Error) => error.message)
    expect(result === false || String(result).includes('only-broken.md')).toBe(true)
  })

  it('fails a chat in which a line could not be answered', async () => {
    const terminal = createTerminal('🎉\n')
    expect(await chat({ sample: false }, settingsFor(data), silentLog, terminal)).toBe(false)
  })
})

describe('ask', () => {
  it('prints JSON, or text', async () => {
    const json = createTerminal()
    expect(await ask('What colour is the badge?', { json: true, after: [] }, settingsFor(data), silentLog, json)).toBe(
      true,
    )
    expect(JSON.parse(json.out()).citations[0].doc_id).toBe('a.md')
    const text = createTerminal()
    const after = ['What colour is the badge of a visitor?']
    expect(await ask('and how long is it valid?', { json: false, after }, settingsFor(data), silentLog, text)).toBe(
      true,
    )
    expect(text.out()).toContain('one day')
  })

  it('puts what went wrong on standard error', async () => {
    const terminal = createTerminal()
    expect(await ask('  ', { json: true, after: [] }, settingsFor(data), silentLog, terminal)).toBe(false)
    expect(terminal.out()).toBe('')
    expect(terminal.err()).toContain('empty')
  })

  it('needs documents', async () => {
    const empty = settingsFor(join(folder.path, 'none'))
    await expect(ask('hi', { json: false, after: [] }, empty, silentLog, createTerminal())).rejects.toThrow(
      'lakedesk ingest',
    )
    await expect(chat({ sample: false }, empty, silentLog, createTerminal())).rejects.toThrow('lakedesk ingest')
  })

  it('works with an endpoint for both model and embeddings', async () => {
    const openai = await startOpenAiStandIn((request) =>
      request.messages.at(-1)?.role === 'user'
        ? { toolCalls: [{ name: 'search-docs', arguments: { query: 'badge of a visitor' } }] }
        : { text: 'The badge of a visitor is yellow. [1]' },
    )
    const settings = settingsFor(join(folder.path, 'remote'), {
      LAKEDESK_MODEL: 'some-model',
      LAKEDESK_MODEL_BASE_URL: openai.baseUrl,
      LAKEDESK_MODEL_API_KEY: 'key-of-the-model',
      LAKEDESK_MODEL_TEMPERATURE: 'none',
      LAKEDESK_EMBEDDINGS: 'some-embeddings',
      LAKEDESK_EMBEDDINGS_BASE_URL: openai.baseUrl,
      LAKEDESK_EMBEDDINGS_API_KEY: 'key-of-the-embeddings',
    })
    await ingest([docs], settings, silentLog, createTerminal())
    const terminal = createTerminal()
    expect(await ask('What colour is it?', { json: true, after: [] }, settings, silentLog, terminal)).toBe(true)
    expect(JSON.parse(terminal.out()).answer).toContain('yellow. [1]')
    expect(openai.authorizations).toContain('Bearer key-of-the-model')
    await openai.close()
  })
})

describe('doctor', () => {
  it('checks Slack and the model over the wire, and never prints a secret', async () => {
    const slack = await createSlackStandIn()
    const openai = await startOpenAiStandIn(() => ({ text: 'OK' }))
    const env = {
      LAKEDESK_DATA: data,
      SLACK_BOT_TOKEN: 'xoxb-12345-secret',
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      LAKEDESK_TEAMS_INSECURE_LOCAL: 'true',
      LAKEDESK_MODEL: 'some-model',
      LAKEDESK_MODEL_BASE_URL: openai.baseUrl,
    }
    const terminal = createTerminal()
    expect(await doctor(env, terminal.stdout)).toBe(true)
    expect(terminal.out()).toMatch(/ok {4}slack: .+ events over http/)
    expect(terminal.out()).toContain('ok    model: some-model answers')
    expect(terminal.out()).not.toContain('xoxb-12345')
    slack.fail({ method: 'auth.test', error: 'invalid_auth' })
    openai.script = () => ({ status: 401, body: { error: { message: 'bad key' } } })
    const failing = createTerminal()
    expect(await doctor(env, failing.stdout)).toBe(false)
    expect(failing.out()).toMatch(/FAIL {2}slack: .*invalid_auth.*token/)
    expect(failing.out()).toMatch(/FAIL {2}model: /)
    await slack.close()
    await openai.close()
  })

  it('lists wrong settings, and a data folder that cannot be written', async () => {
    const wrong = createTerminal()
    expect(await doctor({ LAKEDESK_PORT: 'x' }, wrong.stdout)).toBe(false)
    expect(wrong.out()).toContain('FAIL  configuration')
    const file = join(folder.path, 'a-file')
    writeFileSync(file, '')
    const blocked = createTerminal()
    expect(await doctor({ LAKEDESK_DATA: join(file, 'data') }, blocked.stdout)).toBe(false)
    expect(blocked.out()).toMatch(/FAIL {2}data folder: .*LAKEDESK_DATA/)
  })

  it('says when an address does not answer', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const terminal = createTerminal()
    const env = {
      LAKEDESK_DATA: data,
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: `http://127.0.0.1:${port}/api/`,
    }
    expect(await doctor(env, terminal.stdout)).toBe(false)
    expect(terminal.out()).toContain('does not answer')
  })
})

describe('the progress bar', () => {
  it('shows counts and rate on a terminal, and clears itself', () => {
    const terminal = createTerminal('', true)
    const bar = createProgressBar(terminal.stderr)
    bar.update('Indexing', 5, 10, { count: 40, unit: 'chunks' })
    bar.update('Indexing', 10, 10, { count: 80, unit: 'chunks' })
    bar.end()
    terminal.stderr.read()
    expect(terminal.err()).toContain('[############............] 5 of 10')
    expect(terminal.err()).toMatch(/80 chunks, \d+\/s/)
    expect(terminal.err().endsWith('\r')).toBe(true)
  })

  it('stays silent for short work where nobody watches', async () => {
    const terminal = createTerminal()
    const bar = createProgressBar(terminal.stderr)
    bar.update('Indexing', 10, 10)
    bar.end()
    await sleep(5)
    expect(terminal.err()).toBe('')
  })
})

describe('the log', () => {
  it('strikes out secrets wherever they stand, causes included', () => {
    let text = ''
    const log = createLog({
      level: 'debug',
      secrets: ['s3cr3t-value', 'abc'],
      write: (line) => {
        text += line
      },
    })
    const cause = new Error('request with s3cr3t-value failed')
    log
      .with({ turn: 't1' })
      .error('broken s3cr3t-value', { cause: new Error('outer', { cause }), header: 'Bearer s3cr3t-value' })
    log.debug('abc stays')
    log.info('info')
    log.warn('warn', { cause: 'a string' })
    expect(text).not.toContain('s3cr3t-value')
    expect(text).toContain('[secret]')
    expect(text).toContain('abc stays')
    expect(text).toContain('"turn":"t1"')
    expect(text).toContain('outer')
  })
})
