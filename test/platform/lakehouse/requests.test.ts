// Requests that would wear the local lakehouse down: large ones, slow ones, ones without a token, and odd addresses.
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryBlobs } from '../../../src/platform/lakehouse/blobs.ts'
import { cannedEngine } from '../../../src/platform/lakehouse/sql-engine.ts'
import { startLakehouse } from '../../../src/platform/lakehouse/start-lakehouse.ts'
import { memoryState } from '../../../src/platform/lakehouse/state.ts'
import { ask as askHost, OWNER, TOKEN } from './ask-lakehouse.ts'

const MB = 1024 * 1024
const FILE = '/api/2.0/fs/files/Volumes/ml/s/v/large.bin'
const ME = '/api/2.0/preview/scim/v2/Me'

let lakehouse: Awaited<ReturnType<typeof startLakehouse>>
const asked: string[] = []
beforeAll(async () => {
  lakehouse = await startLakehouse({
    state: memoryState(),
    blobs: memoryBlobs(),
    engine: cannedEngine([{ name: '1', type: 'INT' }], [[1]]),
    answer: () => ({}),
    onAsked: ({ path }) => void asked.push(path),
    limits: { fileBytes: 20 * MB, headersMs: 300, bodyMs: 600 },
  })
  lakehouse.people.addUser({ userName: OWNER, groups: ['admins'] })
  lakehouse.people.addToken(OWNER, TOKEN)
})
afterAll(() => lakehouse?.close())

/** Sends `megabytes` of zeros, as long as it is let. */
async function sendLarge(
  path: string,
  {
    megabytes,
    method = 'POST',
    headers = {},
  }: { megabytes: number; method?: string; headers?: Record<string, string> },
) {
  const sent = request(lakehouse.host + path, { method, headers, agent: false })
  sent.on('error', () => undefined)
  const answered = once(sent, 'response')
  let isOver = false
  void answered.finally(() => {
    isOver = true
  })
  const part = Buffer.alloc(MB)
  for (let i = 0; i < megabytes && !isOver && !sent.destroyed; i += 1) {
    if (!sent.write(part)) await Promise.race([once(sent, 'drain'), answered])
  }
  sent.end()
  const [response] = await answered
  let text = ''
  for await (const piece of response) text += piece
  return { status: response.statusCode, json: JSON.parse(text || '{}') }
}

/** What comes back for bytes as they are written; the connection is left open until the other side ends it. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(new URL(lakehouse.host).port), '127.0.0.1')
  socket.write(text)
  let said = ''
  socket.on('data', (part) => {
    said += part
  })
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return said
}
const head = (line: string, more = '') =>
  `${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n${more}connection: close\r\n\r\n`

describe('a large body', () => {
  it('without a token is refused by its head, and never held in memory', async () => {
    const before = process.memoryUsage().rss
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before)
    }, 5)
    for (const path of [FILE, '/api/2.0/sql/statements', '/storage/runs/x', '/oidc/v1/token', '/nowhere']) {
      const { status } = await sendLarge(path, { megabytes: 200, method: path === FILE ? 'PUT' : 'POST' })
      expect([401, 404, 413], path).toContain(status)
    }
    clearInterval(watch)
    expect(most).toBeLessThan(150 * MB)
  })

  it('with a token is refused above the limit of its kind, with JSON', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const declared = { ...headers, 'content-length': String(30 * MB) }
    for (const one of [headers, declared]) {
      const refused = await sendLarge('/api/2.0/sql/statements', { megabytes: 30, headers: one })
      expect(refused).toMatchObject({ status: 413, json: { error_code: 'MAX_REQUEST_SIZE_EXCEEDED' } })
      expect(refused.json.message).toContain('16777216')
    }
    expect((await sendLarge(FILE, { megabytes: 30, method: 'PUT', headers })).status).toBe(413)
    expect((await sendLarge(FILE, { megabytes: 18, method: 'PUT', headers })).status).toBe(204)
    const found = await fetch(lakehouse.host + FILE, { method: 'HEAD', headers })
    expect(found.headers.get('content-length')).toBe(String(18 * MB))
  })
})

it('a body that ends in the middle leaves nothing', async () => {
  const socket = connect(Number(new URL(lakehouse.host).port), '127.0.0.1')
  const path = FILE.replace('large', 'half')
  socket.write(`PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 1000\r\n\r\nhalf`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await askHost(lakehouse.host, `GET ${path}`)).status).toBe(404)
})

describe('a slow client', () => {
  it('is let go while it writes its head, and while it writes its body', async () => {
    expect(await sendRaw(`GET ${ME} HTTP/1.1\r\nhost: x\r\n`)).toContain('408')
    const slow = `PUT ${FILE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 9\r\n\r\nx`
    expect(await sendRaw(slow)).toContain('408')
  })
})

describe('a fault by header', () => {
  it('is obeyed for people of the workspace alone', async () => {
    const fault = { 'x-lakedesk-fault': '503' }
    const without = await fetch(lakehouse.host + ME, { headers: fault })
    expect(without.status).toBe(401)
    const wrong = await askHost(lakehouse.host, `GET ${ME}`, undefined, { ...fault, authorization: 'Bearer wrong' })
    expect(wrong.status).toBe(403)
    expect((await fetch(`${lakehouse.host}/oidc/v1/token`, { method: 'POST', headers: fault })).status).toBe(400)
    expect((await askHost(lakehouse.host, `GET ${ME}`, undefined, fault)).status).toBe(503)
  })
})

describe('an odd address', () => {
  it.each(['//', '///', '//x:99999/', '*', 'http://', '/api/%', '/%00', '//evil/api/2.0/preview/scim/v2/Me'])(
    '%s is answered, and leads nowhere',
    async (path) => {
      expect(await sendRaw(head(`GET ${path}`))).toMatch(/^HTTP\/1\.1 40[04] /)
    },
  )

  it('of the whole form is the same as its path', async () => {
    expect(await sendRaw(head(`GET http://anywhere${ME}`))).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('with encoded slashes and dots reaches no other file', async () => {
    for (const path of ['..%2f..%2fx', '%2e%2e/%2e%2e/x', 'v%2f..%2f..%2fsecret']) {
      const { status } = await askHost(lakehouse.host, `GET /api/2.0/fs/files/Volumes/ml/s/v/${path}`)
      expect([400, 404], path).toContain(status)
    }
  })
})
