// MLflow's scoring protocol over real HTTP: predictions, refusals, the token, and a caller who goes away.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createInvocations } from '../../src/cli/invocations.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function open(
  answer: (question: string, signal: AbortSignal) => Promise<string>,
  token?: string,
): Promise<(body: unknown, init?: RequestInit) => Promise<Response>> {
  const invocations = createInvocations({ answer, token, concurrency: 2, log: silentLog })
  server = createServer((req, res) => void invocations.handle(req, res))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return (body, init = {}) =>
    fetch(`http://127.0.0.1:${port}/invocations`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    })
}

const echo = async (question: string) => `answer to ${question}`

describe('/invocations', () => {
  it('gives one prediction per record, in order, few at a time', async () => {
    let running = 0
    let most = 0
    const post = await open(async (question) => {
      most = Math.max(most, ++running)
      await sleep(10)
      running--
      return echo(question)
    })
    const questions = Array.from({ length: 9 }, (_, i) => ({ question: `q${i}` }))
    const response = await post({ dataframe_records: questions })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      predictions: questions.map(({ question }) => ({ answer: `answer to ${question}` })),
    })
    expect(most).toBe(2)
  })

  it('refuses what is not of the protocol with a sentence', async () => {
    const post = await open(echo)
    for (const body of ['no json', '', { question: 'a' }, { inputs: [] }]) {
      const response = await post(body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error_code: 'BAD_REQUEST', message: expect.stringMatching(/\.$/) })
    }
    expect((await post(undefined, { method: 'GET', body: null })).status).toBe(405)
  })

  it('refuses a body larger than Model Serving takes', async () => {
    const post = await open(echo)
    const response = await post(JSON.stringify({ inputs: 'a'.repeat(17 * 1024 * 1024) })).catch(() => null)
    // The connection may be closed before the whole body was read; either way nothing is answered.
    expect(response === null || response.status === 413).toBe(true)
  })

  it('asks for the token where there is one', async () => {
    const post = await open(echo, 'secret-token')
    const body = { inputs: 'a' }
    expect((await post(body)).status).toBe(401)
    expect((await post(body, { headers: { authorization: 'Bearer wrong-token!' } })).status).toBe(401)
    const response = await post(body, { headers: { authorization: 'Bearer secret-token' } })
    expect(response.status).toBe(200)
  })

  it('says what broke, and nothing of what stands behind it', async () => {
    const post = await open(async (question) => {
      if (question === 'known') throw new LakedeskError('MODEL_BUSY', 'The model is busy. Try again.')
      throw new Error('password=hunter2')
    })
    const known = await post({ inputs: 'known' })
    expect([known.status, await known.json()]).toEqual([
      500,
      { error_code: 'MODEL_BUSY', message: 'The model is busy. Try again.' },
    ])
    expect(await (await post({ inputs: 'unknown' })).text()).not.toContain('hunter2')
  })

  it('stops answering a caller who went away', async () => {
    let stopped = false
    const post = await open(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true
            reject(new DOMException('gone', 'AbortError'))
          })
        }),
    )
    const caller = new AbortController()
    const call = post({ inputs: 'a' }, { signal: caller.signal }).catch(() => 'gone')
    await sleep(100)
    caller.abort()
    expect(await call).toBe('gone')
    for (let i = 0; i < 100 && !stopped; i++) await sleep(20)
    expect(stopped).toBe(true)
  })
})
