// The HTTP client of MLflow's REST API, over a real server: headers, errors, retries and time limits.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { createMlflowHttp, type MlflowHttp, type PlatformCall } from '../../../src/platform/mlflow/mlflow-http.ts'
import { answerOf, isAlreadyThere } from '../../../src/platform/mlflow/platform-errors.ts'
import { nothingSchema } from '../../../src/platform/mlflow/wire.ts'
import { type Answer, startScriptedServer } from './scripted-server.ts'

const anything = z.looseObject({})
const read: PlatformCall = { method: 'GET', path: '/2.0/mlflow/runs/get', about: 'run r1' }
const create: PlatformCall = { method: 'POST', path: '/2.0/mlflow/runs/create', about: 'a new run', body: {} }

const ask = (http: MlflowHttp, call: PlatformCall = read) => http.json({ ...call, answer: anything })

async function failure(work: Promise<unknown>): Promise<LakedeskError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof LakedeskError)) throw new Error(`expected a LakedeskError, got ${String(error)}`)
  return error
}

async function failureOf(answer: Answer, call?: PlatformCall): Promise<LakedeskError> {
  const { baseUrl } = await startScriptedServer(() => answer)
  return failure(ask(createMlflowHttp({ baseUrl, token: 'dapi-secret-1', retryMs: 300 }), call))
}

const refusal = (status: number, error_code: string | number, message: string): Answer => ({
  status,
  json: { error_code, message },
})

describe('requests', () => {
  it('sends JSON with a fresh token each time, and the query as it is', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => ({ json: { run: 1 } }))
    let count = 0
    const http = createMlflowHttp({ baseUrl: `${baseUrl}/`, token: async () => `token-${++count}` })
    await http.json({ ...read, query: { run_id: 'a b&c', path: undefined, ids: ['1', '2'] }, answer: anything })
    await http.json({ ...create, body: { name: 'é' }, answer: anything })
    expect(asked.map((one) => [one.method, one.url, one.headers.authorization])).toEqual([
      ['GET', '/api/2.0/mlflow/runs/get?run_id=a+b%26c&ids=1&ids=2', 'Bearer token-1'],
      ['POST', '/api/2.0/mlflow/runs/create', 'Bearer token-2'],
    ])
    expect(asked[1]?.body).toEqual({ name: 'é' })
  })

  it('takes user and password out of the address and sends them as Basic auth', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => refusal(403, 'PERMISSION_DENIED', 'no'))
    const http = createMlflowHttp({ baseUrl: baseUrl.replace('//', '//ana:p%40ss@') })
    const error = await failure(ask(http))
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ana:p@ss').toString('base64')}`)
    expect(http.baseUrl).toBe(baseUrl)
    expect(error.message).not.toContain('p%40ss')
  })

  it('keeps the path prefix of the address and follows another API prefix', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => ({ json: {} }))
    await ask(createMlflowHttp({ baseUrl: `${baseUrl}/team/`, apiPrefix: '' }))
    expect(asked[0]?.url).toBe('/team/2.0/mlflow/runs/get')
  })

  it('refuses an address that is none, without showing its password', () => {
    expect(() => createMlflowHttp({ baseUrl: '127.0.0.1:5000' })).toThrow(/CONFIG_INVALID/)
    expect(() => createMlflowHttp({ baseUrl: 'ftp://ana:hidden@host' })).toThrow(/CONFIG_INVALID(?!.*hidden)/)
  })
})

describe('errors', () => {
  it.each([
    [401, 401, 'PLATFORM_UNAUTHORIZED'],
    [403, 'PERMISSION_DENIED', 'PLATFORM_UNAUTHORIZED'],
    [404, 'RESOURCE_DOES_NOT_EXIST', 'PLATFORM_NOT_FOUND'],
    [400, 'RESOURCE_DOES_NOT_EXIST', 'PLATFORM_NOT_FOUND'],
    [404, 'ENDPOINT_NOT_FOUND', 'PLATFORM_NOT_FOUND'],
    [400, 'INVALID_PARAMETER_VALUE', 'PLATFORM_REFUSED'],
    [500, 'INVALID_STATE', 'PLATFORM_REFUSED'],
    [409, 'RESOURCE_CONFLICT', 'ENDPOINT_BUSY'],
    [500, 'INTERNAL_ERROR', 'PLATFORM_FAILED'],
    [504, 'DEADLINE_EXCEEDED', 'PLATFORM_FAILED'],
  ])('HTTP %s %s is %s, in the words of the server', async (status, errorCode, code) => {
    const error = await failureOf(refusal(status, errorCode, 'the very words.'))
    expect(error.code).toBe(code)
    expect(error.userMessage).toContain('the very words)')
    expect(error.userMessage).toContain('run r1')
  })

  it.each([
    [400, 'RESOURCE_ALREADY_EXISTS'],
    [409, 'ALREADY_EXISTS'],
  ])('tells what exists already apart (HTTP %s %s)', async (status, errorCode) => {
    const error = await failureOf(refusal(status, errorCode, 'there'))
    expect([error.code, isAlreadyThere(error)]).toEqual(['PLATFORM_REFUSED', true])
  })

  it('never repeats a token, wherever the server puts it', async () => {
    const error = await failureOf(
      refusal(403, 'PERMISSION_DENIED', 'token dapi-secret-1 and Bearer abcdefghijk are bad'),
    )
    expect(JSON.stringify([error.message, error.userMessage, String(error.cause)])).not.toMatch(/secret|abcdefg/)
  })

  it.each([
    ['a web page', { text: '<html>log in</html>', headers: { 'content-type': 'text/html' } }],
    ['cut JSON', { text: '{"run":' }],
    ['a page for an unknown path', { status: 404, text: '<html>not found</html>' }],
    ['a redirect to a log-in', { status: 302, headers: { location: '/login' } }],
    ['a list instead of an object', { text: '[]' }],
  ])('%s is PLATFORM_FAILED', async (_name, answer) => {
    const error = await failureOf(answer)
    expect(error.code).toBe('PLATFORM_FAILED')
    expect(error.userMessage).not.toContain('<html>')
  })

  it.each<[string, Answer, string, RegExp]>([
    ['API 1.2', { status: 400, json: { error: 'No such cluster size.' } }, 'PLATFORM_REFUSED', /No such cluster size/],
    ['API 1.2, unknown', { status: 404, json: { error: 'No such thing.' } }, 'PLATFORM_NOT_FOUND', /No such thing/],
    [
      'SCIM',
      {
        status: 404,
        json: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail: 'User not found.', status: '404' },
      },
      'PLATFORM_NOT_FOUND',
      /User not found/,
    ],
    [
      'SCIM with its type',
      { status: 400, json: { detail: 'Bad filter.', status: '400', scimType: 'invalidFilter' } },
      'PLATFORM_REFUSED',
      /invalidFilter: Bad filter/,
    ],
    [
      'plain text with a code',
      { status: 404, text: 'RESOURCE_DOES_NOT_EXIST: No run r1.' },
      'PLATFORM_NOT_FOUND',
      /No run r1/,
    ],
    [
      'plain text',
      {
        status: 400,
        text: 'Bad request: rpc error: code = InvalidArgument desc = max_tokens (10000) cannot exceed 8192.',
      },
      'PLATFORM_REFUSED',
      /cannot exceed 8192/,
    ],
    [
      'a page with a reason',
      { status: 500, text: '<html><body><h1>x</h1><pre>ENDPOINT &lt;a&gt;\n is <b>down</b></pre></body></html>' },
      'PLATFORM_FAILED',
      /ENDPOINT <a> is down/,
    ],
    [
      'a page with a title',
      { status: 502, text: '<html><title>502 Bad Gateway</title></html>' },
      'PLATFORM_FAILED',
      /502 Bad Gateway/,
    ],
    ['nothing at all', { status: 403, text: '' }, 'PLATFORM_UNAUTHORIZED', /HTTP 403: Forbidden/],
    ['a list', { status: 500, text: '["x"]' }, 'PLATFORM_FAILED', /HTTP 500/],
    [
      'a code as text',
      { status: 401, json: { error_code: '401', message: 'No token.' } },
      'PLATFORM_UNAUTHORIZED',
      /No token/,
    ],
    ['OpenAI', { status: 400, json: { error: { message: 'too long', code: 'x' } } }, 'PLATFORM_REFUSED', /too long/],
    [
      'a job that is not there',
      { status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 455 does not exist.' } },
      'PLATFORM_NOT_FOUND',
      /Run 455 does not exist/,
    ],
    [
      'a run that is not of the job',
      { status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE', message: "Run: 1 in job: 2 doesn't exist." } },
      'PLATFORM_NOT_FOUND',
      /Run: 1 in job: 2/,
    ],
    [
      'details that are none',
      { status: 409, json: { error_code: 'RESOURCE_CONFLICT', message: 'Being updated.', details: 'odd' } },
      'ENDPOINT_BUSY',
      /Being updated/,
    ],
  ])('reads a refusal in the form of %s', async (_, answer, code, words) => {
    const error = await failureOf(answer)
    expect(error.code).toBe(code)
    expect(error.userMessage).toMatch(words)
  })

  it.each<[string, Answer]>([
    ['header', { ...refusal(500, 'INTERNAL_ERROR', 'Oops.'), headers: { 'x-request-id': 'req-1' } }],
    [
      'detail',
      {
        status: 500,
        json: {
          ...{ error_code: 'INTERNAL_ERROR', message: 'Oops.' },
          details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: 'req-1', serving_data: '' }],
        },
      },
    ],
    ['the words', refusal(500, 'INTERNAL_ERROR', 'Oops. [ReqId: req-1]')],
  ])('carries the request id of the %s', async (_, answer) => {
    const error = await failureOf(answer)
    expect(error.userMessage.match(/req-1/g)).toHaveLength(1)
    expect(answerOf(error)?.requestId).toBe('req-1')
  })

  it('names the field that is missing in an answer', async () => {
    const { baseUrl } = await startScriptedServer(() => ({ json: { run: { info: {} } } }))
    const answer = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) })
    const error = await failure(createMlflowHttp({ baseUrl }).json({ ...read, answer }))
    expect(error.code).toBe('PLATFORM_FAILED')
    expect(error.userMessage).toContain('run.info.run_id')
  })

  it('a port where nobody listens is PLATFORM_UNREACHABLE', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const error = await failure(ask(createMlflowHttp({ baseUrl: `http://127.0.0.1:${port}`, retryMs: 200 })))
    expect(error.code).toBe('PLATFORM_UNREACHABLE')
    expect(error.userMessage).toContain('ECONNREFUSED')
  })

  it('silence is PLATFORM_UNREACHABLE after the time limit', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => () => {})
    const error = await failure(ask(createMlflowHttp({ baseUrl, timeoutMs: 150, retryMs: 100 })))
    expect(error.code).toBe('PLATFORM_UNREACHABLE')
    expect(error.userMessage).toContain('0.15 s')
    expect(asked).toHaveLength(1)
  })
})

describe('retries', () => {
  const busy: Answer = { status: 429, json: { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow' } }

  it('waits as long as Retry-After says', async () => {
    const { baseUrl, asked } = await startScriptedServer((_asked, nth) =>
      nth === 0 ? { ...busy, headers: { 'retry-after': '1' } } : { json: {} },
    )
    const start = Date.now()
    await ask(createMlflowHttp({ baseUrl }), create)
    expect(Date.now() - start).toBeGreaterThanOrEqual(950)
    expect(asked).toHaveLength(2)
  })

  it('gives up at once where Retry-After is longer than the time left', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => ({ ...busy, headers: { 'retry-after': '600' } }))
    const error = await failure(ask(createMlflowHttp({ baseUrl })))
    expect([error.code, asked.length, answerOf(error)?.retryAfterMs]).toEqual(['PLATFORM_FAILED', 1, 600_000])
  })

  it('ends after a few tries', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => ({ ...busy, headers: { 'retry-after': '0' } }))
    const error = await failure(ask(createMlflowHttp({ baseUrl })))
    expect([error.code, asked.length]).toEqual(['PLATFORM_FAILED', 5])
  })

  it('does not create twice on a 503 that leaves open what happened, but reads again', async () => {
    const flaky = () => startScriptedServer((_asked, nth) => (nth === 0 ? { status: 503, text: 'upstream' } : {}))
    const first = await flaky()
    const error = await failure(ask(createMlflowHttp(first), create))
    expect([error.code, first.asked.length]).toEqual(['PLATFORM_FAILED', 1])
    const second = await flaky()
    await ask(createMlflowHttp(second), { ...create, repeatable: true })
    expect(second.asked).toHaveLength(2)
  })

  it('does not create twice where the connection broke in the middle, but reads again', async () => {
    const broken = () =>
      startScriptedServer((_asked, nth) => (nth === 0 ? (response) => response.socket?.destroy() : { json: {} }))
    const first = await broken()
    expect((await failure(ask(createMlflowHttp(first), create))).code).toBe('PLATFORM_UNREACHABLE')
    expect(first.asked).toHaveLength(1)
    const second = await broken()
    await ask(createMlflowHttp(second))
    expect(second.asked).toHaveLength(2)
  })

  it('never repeats what the server refused or failed at', async () => {
    for (const status of [400, 409, 500]) {
      const server = await startScriptedServer(() => refusal(status, 'INTERNAL_ERROR', 'no'))
      await failure(ask(createMlflowHttp(server)))
      expect(server.asked).toHaveLength(1)
    }
  })

  it('waits as long as the details of a refusal say, and as a date in Retry-After says', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retry_delay: '0.2s' }]
    const told = await startScriptedServer((_asked, nth) =>
      nth === 0 ? { status: 429, json: { error_code: 'RESOURCE_EXHAUSTED', message: 'slow', details } } : { json: {} },
    )
    const start = Date.now()
    await ask(createMlflowHttp(told), create)
    expect(Date.now() - start).toBeGreaterThanOrEqual(195)
    expect(Date.now() - start).toBeLessThan(900)
    const soon = new Date(Date.now() + 2_000).toUTCString()
    const dated = await startScriptedServer(() => ({ ...busy, headers: { 'retry-after': soon } }))
    const error = await failure(ask(createMlflowHttp({ ...dated, retryMs: 100 })))
    expect(answerOf(error)?.retryAfterMs).toBeGreaterThan(0)
    expect(answerOf(error)?.retryAfterMs).toBeLessThanOrEqual(2_000)
  })

  it('asks again where the words say that it may pass, and only what may be repeated', async () => {
    const words = 'Please try again later or try a faster operation.'
    const flaky = () =>
      startScriptedServer((_asked, nth) => (nth === 0 ? refusal(400, 'BAD_REQUEST', words) : { json: {} }))
    const first = await flaky()
    await ask(createMlflowHttp(first))
    expect(first.asked).toHaveLength(2)
    const second = await flaky()
    expect((await failure(ask(createMlflowHttp(second), create))).code).toBe('PLATFORM_REFUSED')
    expect(second.asked).toHaveLength(1)
  })

  it('sends again with a fresh token what was refused for the token, whatever it is, and once only', async () => {
    const { baseUrl, asked } = await startScriptedServer(({ headers }) =>
      headers.authorization === 'Bearer old' ? refusal(401, 401, 'expired') : { json: {} },
    )
    const refused: unknown[] = []
    const token = async (old?: string) => {
      if (old !== undefined) refused.push(old)
      return old === undefined ? 'old' : 'new'
    }
    await ask(createMlflowHttp({ baseUrl, token }), create)
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
    expect(refused).toEqual(['old'])
    const same = await startScriptedServer(() => refusal(401, 401, 'no'))
    expect((await failure(ask(createMlflowHttp({ ...same, token: async () => 'pat' })))).code).toBe(
      'PLATFORM_UNAUTHORIZED',
    )
    expect(same.asked).toHaveLength(1)
  })

  it('gives up at once on a token that is long in coming, and sends nothing', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => ({ json: {} }))
    const token = () => new Promise<string>(() => {})
    const call = { ...read, signal: AbortSignal.timeout(50), answer: anything }
    await expect(createMlflowHttp({ baseUrl, token }).json(call)).rejects.toThrow(/timeout|aborted/i)
    expect(asked).toHaveLength(0)
  })

  it('tells method, path, status and request id in the log, and never a token or a query', async () => {
    const { baseUrl } = await startScriptedServer(() => ({ json: {}, headers: { 'x-request-id': 'req-9' } }))
    const lines: unknown[] = []
    const log = { ...silentLog, debug: (message: string, fields?: object) => void lines.push({ message, ...fields }) }
    await createMlflowHttp({ baseUrl, token: 'dapi-secret-1', log }).json({
      ...read,
      query: { q: 'hidden' },
      answer: anything,
    })
    expect(lines).toEqual([
      expect.objectContaining({
        method: 'GET',
        path: read.path,
        status: 200,
        ms: expect.any(Number),
        requestId: 'req-9',
      }),
    ])
    expect(JSON.stringify(lines)).not.toMatch(/dapi|hidden/)
  })

  it('stops waiting when the caller gives up', async () => {
    const { baseUrl } = await startScriptedServer(() => ({ ...busy, headers: { 'retry-after': '20' } }))
    const start = Date.now()
    const call = { ...read, signal: AbortSignal.timeout(100), answer: anything }
    await expect(createMlflowHttp({ baseUrl }).json(call)).rejects.toThrow(/timeout|aborted/i)
    expect(Date.now() - start).toBeLessThan(5000)
  })
})

describe('a success without a body', () => {
  const empty: Answer = { text: '' }

  it('is no answer to a question: a read is asked again, a write is not', async () => {
    const { baseUrl, asked } = await startScriptedServer((_, nth) => (nth === 0 ? empty : { json: { run: 1 } }))
    expect(await ask(createMlflowHttp({ baseUrl }))).toEqual({ run: 1 })
    expect(asked.length).toBe(2)
    const silent = await startScriptedServer(() => ({ text: ' \n' }))
    const http = createMlflowHttp({ baseUrl: silent.baseUrl })
    const error = await failure(ask(http, create))
    expect([error.code, silent.asked.length]).toEqual(['PLATFORM_FAILED', 1])
    expect(error.userMessage).toMatch(/a new run; it is empty/)
  })

  it('never stands for an empty list', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => empty)
    const http = createMlflowHttp({ baseUrl, retryMs: 1_000 })
    const list = z.object({ runs: z.array(z.string()).default([]) })
    const error = await failure(http.json({ ...read, answer: list }))
    expect([error.code, asked.length > 1]).toEqual(['PLATFORM_FAILED', true])
  })

  it('is enough where nothing is read from it', async () => {
    const { baseUrl, asked } = await startScriptedServer(() => empty)
    await createMlflowHttp({ baseUrl }).json({ ...create, answer: nothingSchema })
    expect(asked.length).toBe(1)
  })
})
