// The OpenAI-compatible driver over real HTTP: what it sends, what it reads, and what it says when it fails.
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { createOpenAiChatModel } from '../../../src/platform/openai/create-openai-chat-model.ts'
import { createOpenAiEmbeddings } from '../../../src/platform/openai/create-openai-embeddings.ts'
import { splitForEmbedding } from '../../../src/platform/openai/split-for-embedding.ts'
import { type OpenAiStandIn, type ScriptedAnswer, startOpenAiStandIn } from '../../stand-ins/openai.ts'

let endpoint: OpenAiStandIn
beforeEach(async () => {
  endpoint = await startOpenAiStandIn()
})
afterEach(() => endpoint.close())

const create = (more: Partial<Parameters<typeof createOpenAiChatModel>[0]> = {}) =>
  createOpenAiChatModel({
    baseUrl: endpoint.baseUrl,
    apiKey: 'sk-secret',
    model: 'some-model',
    timeoutMs: 5_000,
    ...more,
  })

async function errorOf(work: Promise<unknown>): Promise<LakedeskError> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof LakedeskError)) throw error ?? new Error('it did not reject')
  expect(error.userMessage).not.toContain('sk-secret')
  return error
}

describe('the stand-in', () => {
  it('is read by the official client: text, tool calls, embeddings, errors', async () => {
    const client = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: 'k', maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'hi' }]
    endpoint.script = () => ({ text: 'Hello there.' })
    const whole = await client.chat.completions.create({ model: 'm', messages })
    expect(whole.choices[0]?.message.content).toBe('Hello there.')
    let streamed = ''
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? ''
    }
    expect(streamed).toBe('Hello there.')
    endpoint.script = () => ({ toolCalls: [{ name: 'look', arguments: { q: 1 } }] })
    const runner = client.chat.completions.stream({ model: 'm', messages })
    expect((await runner.finalChatCompletion()).choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'look', arguments: '{"q":1}' },
    })
    const vectors = await client.embeddings.create({ model: 'e', input: ['a', 'bb'], encoding_format: 'float' })
    expect(vectors.data.find(({ index }) => index === 1)?.embedding).toEqual([2, 1, 0, 0])
    endpoint.script = () => ({ status: 429, headers: { 'retry-after': '1' } })
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toBeInstanceOf(OpenAI.RateLimitError)
  })
})

describe('a chat model', () => {
  it('sends only what was asked for', async () => {
    await create().model.invoke('hi')
    expect(endpoint.authorizations).toEqual(['Bearer sk-secret'])
    const { messages: _, model, stream, ...rest } = endpoint.requests[0] ?? { messages: [], model: '' }
    expect([model, stream ?? false]).toEqual(['some-model', false])
    expect(rest).toEqual({})
    await create({ temperature: 0.1, maxTokens: 512 }).model.invoke('hi')
    expect(endpoint.requests[1]).toMatchObject({ temperature: 0.1, max_tokens: 512 })
  })

  it('sends no strict schema and no empty text beside tool calls', async () => {
    const look = tool(() => 'x', { name: 'look', description: 'Looks.', schema: z.object({ q: z.string() }) })
    const bound = create().model.bindTools?.([look], { strict: true } as object)
    const call = { id: 'c1', name: 'look', args: { q: 'a' }, type: 'tool_call' as const }
    await bound?.invoke([
      new HumanMessage('hi'),
      new AIMessage({ content: '', tool_calls: [call] }),
      new ToolMessage({ content: 'found', tool_call_id: 'c1' }),
    ])
    const sent = endpoint.requests[0]
    expect(sent?.tools?.[0]?.function).not.toHaveProperty('strict')
    expect(sent?.messages[1]).toMatchObject({ role: 'assistant', content: ' ' })
  })

  it('reads content parts and takes cumulative usage once', async () => {
    endpoint.script = () => ({ text: 'The answer.', reasoning: 'hm' })
    const chunks: string[] = []
    let tokens = 0
    for await (const chunk of await create().model.stream('hi')) {
      chunks.push(chunk.text)
      tokens += chunk.usage_metadata?.total_tokens ?? 0
    }
    expect(chunks.join('')).toBe('The answer.')
    expect(tokens).toBe(15)
  })

  it.each<[ScriptedAnswer, string, RegExp]>([
    [
      { status: 401, body: { error: { message: 'Incorrect API key: sk-secret' } } },
      'MODEL_UNAUTHORIZED',
      /credentials/,
    ],
    [{ status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } }, 'MODEL_UNAUTHORIZED', /credentials/],
    [
      { status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND', message: 'gone' } },
      'MODEL_NOT_FOUND',
      /some-model.*gone/,
    ],
    [{ status: 404, body: '<html>nope</html>' }, 'MODEL_UNREACHABLE', /web page.*\/v1/],
    [{ status: 200, body: '<!doctype html>' }, 'MODEL_UNREACHABLE', /web page/],
    [{ status: 429 }, 'MODEL_BUSY', /rate limit/],
    [{ status: 500 }, 'MODEL_FAILED', /HTTP 500/],
    [{ status: 502, body: '<html>bad gateway</html>' }, 'MODEL_FAILED', /HTTP 502/],
    [{ status: 504 }, 'MODEL_TIMEOUT', /took too long/],
    [
      { status: 400, body: 'Bad request: max_tokens (10000) cannot exceed 8192.' },
      'MODEL_FAILED',
      /cannot exceed 8192/,
    ],
    [{ status: 200, body: 'not json' }, 'MODEL_FAILED', /could not be read/],
  ])('says what %j means', async (answer, code, words) => {
    endpoint.script = () => answer
    const error = await errorOf(create().model.invoke('hi'))
    expect(error.code).toBe(code)
    expect(error.userMessage).toMatch(words)
    expect(error.userMessage).toContain(endpoint.baseUrl)
    expect(endpoint.requests).toHaveLength(1)
    const stream = async () => {
      for await (const _ of await create().model.stream('hi'));
    }
    expect((await errorOf(stream())).code).toBe(code)
  })

  const asStream = (...events: string[]): ScriptedAnswer => ({
    ...{ status: 200, headers: { 'content-type': 'text/event-stream' } },
    body: events.map((event) => `data: ${event}\n\n`).join(''),
  })
  const first = '{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel"}}]}'
  const readStream = async () => {
    for await (const _ of await create().model.stream('hi'));
  }

  it.each([
    [{ error: { code: '401', message: 'sk-secret expired' } }, 'MODEL_UNAUTHORIZED', /refused the credentials/],
    [{ error: { code: 429, message: 'slow down' } }, 'MODEL_BUSY', /rate limit/],
    [{ error: { code: 'ENDPOINT_NOT_FOUND', message: 'gone' } }, 'MODEL_NOT_FOUND', /some-model.*gone/],
    [{ error: { type: 'overloaded_error', message: 'busy' } }, 'MODEL_FAILED', /HTTP 503/],
    [{ error: { code: 'odd_thing', message: 'no luck' } }, 'MODEL_FAILED', /odd_thing: no luck/],
    [{ error_code: 'UNAUTHENTICATED', message: 'Token is expired.' }, 'MODEL_UNAUTHORIZED', /refused the credentials/],
    [{ error_code: 'PERMISSION_DENIED', message: 'no' }, 'MODEL_UNAUTHORIZED', /may query some-model/],
    [{ error_code: 'DEADLINE_EXCEEDED', message: 'late' }, 'MODEL_TIMEOUT', /took too long/],
  ])('says what the event %j of a stream means, alone and after text', async (event, code, words) => {
    for (const before of [[], [first]]) {
      endpoint.script = () => asStream(...before, JSON.stringify(event))
      const error = await errorOf(readStream())
      expect(error.code).toBe(code)
      expect(error.userMessage).toMatch(words)
      expect(error.userMessage).not.toContain('could not be reached')
    }
  })

  it('says that an event is no JSON, and prints nothing', async () => {
    const printed = (['error', 'warn', 'log'] as const).map((kind) => vi.spyOn(console, kind))
    endpoint.script = () => asStream(first, '{"half":')
    const error = await errorOf(readStream())
    for (const one of printed) expect(one).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expect(error.code).toBe('MODEL_FAILED')
  })

  it('says so when nothing answers, or not in time', async () => {
    endpoint.script = () => ({ hang: true })
    expect((await errorOf(create({ timeoutMs: 50 }).model.invoke('hi'))).code).toBe('MODEL_TIMEOUT')
    const gone = create({ baseUrl: 'http://127.0.0.1:9/v1' })
    expect(await errorOf(gone.model.invoke('hi'))).toMatchObject({ code: 'MODEL_UNREACHABLE' })
    const stream = async () => {
      for await (const _ of await gone.model.stream('hi'));
    }
    expect((await errorOf(stream())).userMessage).toContain('http://127.0.0.1:9/v1')
  })

  it.each(['localhost:8080', 'ftp://x/v1', ''])('refuses the base URL "%s"', (baseUrl) => {
    expect(() => create({ baseUrl })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

describe('embeddings', () => {
  const open = (more: object = {}) =>
    createOpenAiEmbeddings({ baseUrl: endpoint.baseUrl, model: 'e', timeoutMs: 5_000, maxRetries: 1, ...more })

  it('are unit vectors in the order of the texts, in batches of at most 150', async () => {
    const embeddings = await open()
    expect(embeddings).toMatchObject({ name: 'e', dimension: 4 })
    const texts = Array.from({ length: 320 }, (_, i) => 'x'.repeat(i + 1))
    const vectors = await embeddings.embedDocuments(texts)
    expect(endpoint.embeddingRequests.slice(1).map(({ length }) => length)).toEqual([150, 150, 20])
    vectors.forEach((vector, i) => {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 9)
      expect((vector[0] ?? 0) / (vector[1] ?? 1)).toBeCloseTo(i + 1, 6)
    })
    expect(await embeddings.embedQuery('')).toHaveLength(4)
  })

  it('split long text and average it', async () => {
    endpoint.embed = (text) => (text.includes('b') ? [0, 2, 0, 0] : [3, 0, 0, 0])
    const embeddings = await open({ dimension: 4, maxInputTokens: 10 })
    const vector = await embeddings.embedQuery(`${'a'.repeat(20)}${'b'.repeat(20)}`)
    expect(vector.map((value) => Number(value.toFixed(2)))).toEqual([0.71, 0.71, 0, 0])
  })

  it('survive a busy endpoint and say what is wrong with a broken one', async () => {
    const embeddings = await open({ dimension: 4 })
    endpoint.embeddingFaults = [{ status: 429, headers: { 'retry-after': '0' } }]
    expect(await embeddings.embedQuery('a')).toHaveLength(4)
    endpoint.embeddingFaults = [{ status: 401 }]
    expect((await errorOf(embeddings.embedQuery('a'))).code).toBe('MODEL_UNAUTHORIZED')
    endpoint.embed = () => [1]
    expect((await errorOf(embeddings.embedQuery('a'))).userMessage).toContain('1 numbers instead of 4')
    endpoint.embeddingFaults = [{ status: 200, body: { data: [] } }]
    expect((await errorOf(embeddings.embedQuery('a'))).code).toBe('EMBEDDINGS_FAILED')
  })

  it.each([
    ['short', 10],
    ['one two three four five six seven eight nine ten', 5],
    ['x'.repeat(95), 10],
    ['漢字'.repeat(30), 10],
    ['👍'.repeat(30), 5],
  ])('lose no character of %j', (text, maxTokens) => {
    const parts = splitForEmbedding(text, maxTokens)
    expect(parts.join('')).toBe(text)
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(maxTokens * 2)
      expect(part.isWellFormed()).toBe(true)
    }
  })
})
