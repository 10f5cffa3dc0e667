// Faults that users ask the local lakehouse for, by header and by rule.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFault } from '../../../src/platform/lakehouse/faults.ts'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { ask as askHost } from './ask-lakehouse.ts'

let standIn: Awaited<ReturnType<typeof startDatabricks>>
beforeAll(async () => {
  standIn = await startDatabricks()
})
afterAll(() => standIn?.close())

const ME = 'GET /api/2.0/preview/scim/v2/Me'
const CREATE = 'POST /api/2.0/mlflow/experiments/create'
const ask = (request: string, body?: unknown, headers: Readonly<Record<string, string>> = {}, token = standIn.token) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${token}`, ...headers })
const withFault = (fault: string, request = ME, body?: unknown, token?: string) =>
  ask(request, body, { 'x-lakedesk-fault': fault }, token)

describe('a fault by header', () => {
  it.each([
    ['401', 401, 'UNAUTHENTICATED'],
    ['403', 403, 'PERMISSION_DENIED'],
    ['409', 409, 'RESOURCE_CONFLICT'],
    ['429', 429, 'REQUEST_LIMIT_EXCEEDED'],
    ['500', 500, 'INTERNAL_ERROR'],
    ['503', 503, 'TEMPORARILY_UNAVAILABLE'],
  ])('%s answers so', async (fault, status, error_code) => {
    expect(await withFault(fault)).toMatchObject({ status, json: { error_code } })
    expect((await ask(ME)).status).toBe(200)
  })

  it('tells how long to wait', async () => {
    expect((await withFault('429=3')).headers.get('retry-after')).toBe('3')
  })

  it('can come after what was asked is done', async () => {
    expect((await withFault('after-503', CREATE, { name: '/Shared/done' })).status).toBe(503)
    expect((await withFault('503', CREATE, { name: '/Shared/not-done' })).status).toBe(503)
    const found = (name: string) => ask(`GET /api/2.0/mlflow/experiments/get-by-name?experiment_name=${name}`)
    expect((await found('/Shared/done')).status).toBe(200)
    expect((await found('/Shared/not-done')).status).toBe(404)
  })

  it('breaks the connection before, after, and at every byte of an answer', async () => {
    await expect(withFault('cut')).rejects.toThrow()
    await expect(withFault('cut-after', CREATE, { name: '/Shared/cut' })).rejects.toThrow()
    expect(await ask(CREATE, { name: '/Shared/cut' })).toMatchObject({
      json: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    })
    const whole = JSON.stringify((await ask(ME)).json).length
    for (let bytes = 0; bytes < whole; bytes += 1) await expect(withFault(`cut-after-bytes=${bytes}`)).rejects.toThrow()
    expect((await withFault(`cut-after-bytes=${whole}`)).status).toBe(200)
  })

  it('ends a token in the middle of an answer', async () => {
    const token = standIn.people.addToken('owner@example.com')
    await expect(withFault('expire-after-bytes=10', ME, undefined, token)).rejects.toThrow()
    expect(await ask(ME, undefined, {}, token)).toMatchObject({ status: 401, json: { error_code: 'UNAUTHENTICATED' } })
  })

  it('is slow, or no JSON at all', async () => {
    const began = performance.now()
    expect((await withFault('slow=120')).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(110)
    const headers = { authorization: `Bearer ${standIn.token}`, 'x-lakedesk-fault': 'html' }
    const page = await fetch(`${standIn.host}/api/2.0/preview/scim/v2/Me`, { headers })
    expect(page.headers.get('content-type')).toBe('text/html')
    expect(await page.text()).toContain('<html>')
  })

  it('that nobody knows is refused, and says which there are', async () => {
    for (const word of ['', '418', 'slow', 'slow=1e9', 'cut=1', 'toString', 'after-200']) {
      expect(parseFault(word)).toBeUndefined()
    }
    expect(await withFault('418')).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('cut-after-bytes') },
    })
  })
})

describe('a fault by rule', () => {
  it('meets the requests that begin so, as often as it says, after those that it lets by', async () => {
    const rule = { start: 'GET /api/2.0/preview/scim/', fault: '503', times: 2, skip: 1 }
    expect((await ask('POST /lakehouse/faults', rule)).status).toBe(200)
    const statuses: number[] = []
    for (let i = 0; i < 4; i += 1) statuses.push((await ask(ME)).status)
    expect(statuses).toEqual([200, 503, 503, 200])
  })

  it('is listed and taken back, and never closes its own door', async () => {
    await ask('POST /lakehouse/faults', { start: '* /', fault: '500', times: 1000 })
    expect((await ask(ME)).status).toBe(500)
    expect((await ask('GET /lakehouse/faults')).json).toMatchObject({ faults: [{ start: '* /' }] })
    expect((await ask('DELETE /lakehouse/faults')).status).toBe(200)
    expect((await ask(ME)).status).toBe(200)
  })

  it('needs a token, and a beginning that can be met', async () => {
    const open = await fetch(`${standIn.host}/lakehouse/faults`, { method: 'POST', body: '{}' })
    expect(open.status).toBe(401)
    expect((await ask('POST /lakehouse/faults', { start: 'everything', fault: '500' })).status).toBe(400)
  })
})
