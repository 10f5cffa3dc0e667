// The HTTP client of MLflow's REST API, over a real server: headers, errors, retries and time limits.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { createMlflowHttp, type MlflowHttp, type PlatformCall } from '../../../src/platform/mlflow/mlflow-http.ts'
import { answerOf, isAlreadyThere } from '../../../src/platform/mlflow/platform-errors.ts'
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

  it('stops waiting when the caller gives up', async () => {
    const { baseUrl } = await startScriptedServer(() => ({ ...busy, headers: { 'retry-after': '20' } }))
    const start = Date.now()
    const call = { ...read, signal: AbortSignal.timeout(100), answer: anything }
    await expect(createMlflowHttp({ baseUrl }).json(call)).rejects.toThrow(/timeout|aborted/i)
    expect(Date.now() - start).toBeLessThan(5000)
  })
})
