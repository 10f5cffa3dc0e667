// The server in this process: how it starts, what stops it from starting, and how it ends.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../src/cli/create-log.ts'
import { serve } from '../src/main.ts'
import { makeFolder } from './cli/run-cli.ts'
import { settingsFor } from './cli/terminal.ts'
import { createSlackStandIn, type SlackStandIn } from './stand-ins/slack.ts'

let slack: SlackStandIn
let folder: ReturnType<typeof makeFolder>

beforeEach(async () => {
  slack = await createSlackStandIn()
  folder = makeFolder()
})

afterEach(async () => {
  await slack.close()
  folder.dispose()
})

/** Starts the server; `port` resolves when it is ready, `stop` ends it as a signal does. */
function start(more: Record<string, string>) {
  let lines = ''
  let stop: () => void = () => {}
  let ready: (port: number) => void = () => {}
  const port = new Promise<number>((resolve) => {
    ready = resolve
  })
  const log = createLog({
    level: 'debug',
    secrets: [],
    write(line) {
      lines += line
      const match = /"port":(\d+).*Lakedesk is ready/.exec(line)
      if (match) ready(Number(match[1]))
    },
  })
  const settings = settingsFor(join(folder.path, 'data'), { LAKEDESK_PORT: '0', ...more })
  const until = () =>
    new Promise<string>((resolve) => {
      stop = () => resolve('TEST')
    })
  const done = serve(settings, log, { invocations: false, until })
  return { port, done, stop: () => stop(), lines: () => lines }
}

const slackSettings = () => ({
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_SIGNING_SECRET: slack.signingSecret,
  SLACK_API_URL: slack.apiUrl,
})

async function waitFor(look: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !look(); i++) await sleep(25)
  expect(look()).toBe(true)
}

describe('serve', () => {
  it('ingests where there is no index yet, answers, and ends cleanly', async () => {
    writeFileSync(join(folder.path, 'page.md'), '# Badges\n\nThe badge of a visitor is yellow.\n')
    const server = start({ ...slackSettings(), LAKEDESK_DOCS: join(folder.path, 'page.md') })
    const url = `http://127.0.0.1:${await server.port}`
    await waitFor(() => server.lines().includes('The documentation was ingested'))
    const text = 'What colour is the badge of a visitor?'
    const ts = slack.say('D1', text)
    const event = { type: 'message', channel_type: 'im', channel: 'D1', user: 'U1', text, ts, event_ts: ts }
    expect((await slack.sendEvent(`${url}/slack/events`, event)).status).toBe(200)
    await waitFor(() => slack.messages('D1', ts).some((message) => message.text.includes('yellow')))
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', documents: 1 })
    expect((await fetch(`${url}/else`)).status).toBe(404)
    server.stop()
    await server.done
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })

  it('answers over Socket Mode', async () => {
    writeFileSync(join(folder.path, 'page.md'), '# Badges\n\nThe badge of a visitor is yellow.\n')
    const server = start({
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: slack.apiUrl,
      LAKEDESK_DOCS: join(folder.path, 'page.md'),
      LAKEDESK_SYNC: 'CONTINUOUS',
    })
    const url = `http://127.0.0.1:${await server.port}`
    await waitFor(() => slack.sockets() > 0)
    for (let documents = 0; documents === 0; await sleep(25)) {
      documents = ((await (await fetch(`${url}/healthz`)).json()) as { documents: number }).documents
    }
    const text = 'What colour is the badge of a visitor?'
    const ts = slack.say('D2', text)
    const event = { type: 'message', channel_type: 'im', channel: 'D2', user: 'U1', text, ts, event_ts: ts }
    await slack.sendSocket('events_api', { type: 'event_callback', team_id: slack.team, event_id: 'EvS1', event })
    await waitFor(() => slack.messages('D2', ts).some((message) => message.text.includes('yellow')))
    server.stop()
    await server.done
  })

  it('refuses to start without a face, with a refused token, or on a taken port', async () => {
    await expect(start({}).done).rejects.toThrow('No face is configured')
    slack.fail({ method: 'auth.test', error: 'invalid_auth' })
    await expect(start(slackSettings()).done).rejects.toThrow(/invalid_auth/)
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    await expect(start({ ...slackSettings(), LAKEDESK_PORT: String(port) }).done).rejects.toThrow('LAKEDESK_PORT')
    await new Promise((resolve) => taken.close(resolve))
  })
})
