// The playground as a visitor's browser meets it: the page, its events, questions in both platforms, and who is kept out.
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaygroundEvent, SlackMessageView } from '../../src/playground/words.ts'
import { type Browser, makePlaygroundFolder, type Played, startPlayground, TOKENS } from './played.ts'

const QUESTION = 'How do I reset my password?'

let folder: ReturnType<typeof makePlaygroundFolder>
let played: Played

beforeAll(async () => {
  folder = makePlaygroundFolder()
  played = await startPlayground(folder.path)
  await played.ready()
}, 240_000)

afterAll(async () => {
  await played.stop('SIGTERM')
  folder.dispose()
})

/** The bot's message below this one, once it is complete. */
function answerTo(browser: Browser, ts: unknown): Promise<SlackMessageView> {
  const check = (event: PlaygroundEvent) => {
    if (event.kind !== 'slack-message' || !event.message.bot || event.message.thread !== ts) return undefined
    return event.message.stream === 'completed' ? event.message : undefined
  }
  return browser.until(check, `an answer below ${String(ts)}`)
}

/** With headers that fetch would set by itself. */
function get(path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request(`${played.url}${path}`, { headers }, (res) => {
      let text = ''
      res.on('data', (data) => {
        text += data
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, text }))
      res.on('error', reject)
      if (res.headers['content-type']?.includes('event-stream')) res.destroy()
      res.on('close', () => resolve({ status: res.statusCode ?? 0, text }))
    })
    req.on('error', reject).end()
  })
}

describe('the page', () => {
  it('is served with a strict policy, packed, and kept by the browser where its name tells the content', async () => {
    const page = await fetch(`${played.url}/`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
    const [, script = ''] = /<script[^>]*src="([^"]+)"/.exec(html) ?? []
    const asset = await fetch(`${played.url}${script}`, { headers: { 'accept-encoding': 'br' } })
    expect(asset.headers.get('content-encoding')).toBe('br')
    expect(asset.headers.get('cache-control')).toContain('immutable')
    const etag = asset.headers.get('etag') ?? ''
    const again = await fetch(`${played.url}${script}`, { headers: { 'accept-encoding': 'br', 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect((await fetch(`${played.url}/../package.json`)).status).toBe(404)
    expect((await fetch(`${played.url}/..%2f..%2fpackage.json`)).status).toBe(404)
  })
})

/** A request line as no browser sends it. */
function sendRaw(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(played.url).port), '127.0.0.1', () => socket.write(head))
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('close', () => resolve(text)).on('error', reject)
  })
}

describe('what no page of ours sends', () => {
  it('is refused: whole addresses, and paths that name a host', async () => {
    for (const target of [
      'http://evil.example/api/events',
      '//',
      '//evil.example/api/events',
      '/\\..\\..',
      'http://',
    ]) {
      const { host } = new URL(played.url)
      const answer = await sendRaw(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
      expect(answer, target).toMatch(/^HTTP\/1\.1 400 /)
    }
  })

  it('is told as a sentence where the place is gone, another person’s, or nothing is said', async () => {
    const refused: [unknown, string][] = [
      [{ do: 'slack-command', as: 'sam', channel: 'CGONE', command: '/versions', text: '' }, 'does not exist'],
      [{ do: 'slack-post', as: 'sam', channel: 'DANA', text: 'psst' }, 'does not exist'],
      [{ do: 'slack-post', as: 'sam', channel: 'CSUPPORT', text: ' ' }, 'empty'],
    ]
    for (const [deed, why] of refused) {
      const { status, body } = await played.post(deed)
      expect(status).toBe(400)
      expect(body.error).toContain(why)
    }
    expect(played.err()).toBe('')
  })
})

describe('a question', () => {
  it('asked in Slack is streamed and cited by the real bot, and every way it went can be seen', async () => {
    const browser = await played.listen()
    const { ts } = await played.deed({
      do: 'slack-post',
      as: 'sam',
      channel: 'CSUPPORT',
      text: `@Lakedesk ${QUESTION}`,
    })
    const answer = await answerTo(browser, ts)
    expect(answer.text).toContain('[1]')
    const wire = browser.heard.flatMap(({ event }) => (event.kind === 'wire' ? event.entry : []))
    const names = wire
      .filter(({ platform }) => platform === 'slack')
      .map(({ direction, name }) => `${direction} ${name}`)
    expect(names).toEqual(expect.arrayContaining(['out app_mention', 'in chat.startStream', 'in chat.stopStream']))
    await browser.until((e) => (e.kind === 'step' && e.entry.text.includes('A turn ended') ? e : undefined), 'the end')
    const steps = browser.heard.flatMap(({ event }) => (event.kind === 'step' ? event.entry : []))
    const search = steps.find(({ name }) => name === 'search-docs')
    expect(search).toMatchObject({ kind: 'tool', text: 'done', took: expect.any(Number) })
    const own = steps.filter(({ turn }) => turn === search?.turn)
    expect(own.some(({ kind, took }) => kind === 'model' && took !== undefined)).toBe(true)
    expect(own.filter(({ kind }) => kind === 'turn').length).toBeGreaterThan(1)
    browser.leave()
  })

  it('asked in Teams is answered with the same words', async () => {
    const browser = await played.listen()
    await played.deed({ do: 'teams-post', as: 'ana', chat: 'a:ana', text: QUESTION, mention: false })
    const done = (event: PlaygroundEvent) =>
      event.kind === 'teams-message' && event.message.from === 'bot' && event.message.stream === 'done'
        ? event.message
        : undefined
    const inTeams = await browser.until(done, 'an answer in Teams')
    expect(inTeams.text).toContain('[1]')
    expect(inTeams.chat).toBe('a:ana')
    browser.leave()
  })

  it('is heard by a browser that was loaded anew in the middle of the stream, without a gap', async () => {
    const whole = await played.listen()
    const { ts } = await played.deed({ do: 'slack-post', as: 'bo', channel: 'DBO', text: QUESTION })
    const begun = (event: PlaygroundEvent) =>
      event.kind === 'slack-message' && event.message.thread === ts && event.message.stream === 'in_progress'
        ? event.message
        : undefined
    await whole.until(begun, 'the begin of the stream')
    // One comes back after a lost connection, one is loaded anew.
    const back = await played.listen(whole.heard.at(-1)?.id)
    const anew = await played.listen()
    await answerTo(whole, ts)
    await sleep(300)
    const [hello] = anew.heard
    const view = hello?.event.kind === 'hello' ? hello.event.view : null
    expect(view?.slack.messages.some((message) => message.thread === ts && message.bot)).toBe(true)
    expect(back.heard[0]?.event.kind).not.toBe('hello')
    const first = Number(back.heard[0]?.id)
    const sameTail = whole.heard.filter(({ id }) => Number(id) >= first)
    expect(back.heard.map(({ id }) => id)).toEqual(sameTail.map(({ id }) => id))
    expect(Number(anew.heard[1]?.id)).toBe(Number(hello?.id) + 1)
    for (const browser of [whole, back, anew]) browser.leave()
  })

  it('is seen alike by two browsers', async () => {
    const [one, other] = [await played.listen(), await played.listen()]
    await played.deed({ do: 'slack-command', as: 'ana', channel: 'CRELEASES', command: '/versions', text: '' })
    const listed = (event: PlaygroundEvent) =>
      event.kind === 'slack-message' && event.message.bot && JSON.stringify(event.message).includes('v3')
        ? event.message
        : undefined
    expect(await one.until(listed, 'the versions in one')).toEqual(
      await other.until(listed, 'the versions in the other'),
    )
    one.leave()
    other.leave()
  })

  it('shows no token, secret or signature anywhere', async () => {
    const text = JSON.stringify(await played.view())
    expect(text.length).toBeGreaterThan(5000)
    for (const secret of Object.values(TOKENS)) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/xoxb-\w|Bearer ey|v0=[0-9a-f]{64}/)
  })
})

describe('who is kept out', () => {
  it('answers no other name than its own, as a site would use that points its name to this machine', async () => {
    for (const host of ['evil.example', 'evil.example:8090', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      expect((await get('/', { host })).status, host).toBe(403)
      expect((await get('/api/events', { host })).status, host).toBe(403)
    }
    const { port } = new URL(played.url)
    expect((await get('/', { host: `localhost:${port}` })).status).toBe(200)
  })

  it('lets no page of another site read or do anything', async () => {
    const deed = { do: 'bot', action: 'kill' }
    const { port } = new URL(played.url)
    for (const origin of ['https://evil.example', `http://127.0.0.1:${Number(port) + 1}`, 'null']) {
      expect((await played.post(deed, { origin })).status, origin).toBe(403)
    }
    expect((await get('/api/events', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await played.post(deed, { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await played.post(deed, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await played.post(deed, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect((await played.view()).bot).toMatchObject({ state: 'ready', starts: 1 })
  })

  it('says in a sentence what is wrong with a deed', async () => {
    const wrong = [
      '{',
      [],
      { do: 'fly' },
      { do: 'slack-post', as: 'sam', channel: 'CSUPPORT' },
      { do: 'slack-post', as: 'nobody', channel: 'CSUPPORT', text: 'hi' },
      { do: 'slack-post', as: 'sam', channel: 'CGONE', text: 'hi' },
      { do: 'teams-post', as: 'sam', chat: 'a:ana', text: 'hi', mention: false },
      { do: 'faults', faults: { lateMs: -1 } },
    ]
    for (const deed of wrong) {
      const { status, body } = await played.post(deed)
      expect(status, JSON.stringify(deed)).toBe(400)
      expect(body).toMatchObject({ ok: false, error: expect.stringMatching(/\.$/) })
    }
    expect(
      (await played.post({ do: 'slack-post', as: 'sam', channel: 'CSUPPORT', text: 'x'.repeat(2_000_000) })).status,
    ).toBe(400)
  })
})
