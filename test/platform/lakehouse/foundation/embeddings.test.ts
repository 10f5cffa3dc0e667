// The embedding endpoints of the local lakehouse: 1024 numbers, cosines as they were, and the limits of each endpoint.
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutTokens } from '../../../../src/platform/lakehouse/foundation/tokens.ts'
import { widen } from '../../../../src/platform/lakehouse/foundation/widen.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'
import { createLetterEmbeddings, createScriptedModel } from './scripted-model.ts'

const GTE = 'databricks-gte-large-en'
const BGE = 'databricks-bge-large-en'
const QWEN = 'databricks-qwen3-embedding-0-6b'

const { embeddings } = createLetterEmbeddings()
let lakehouse: DatabricksStandIn
let client: OpenAI
beforeAll(async () => {
  const { chat } = createScriptedModel(() => ({}))
  lakehouse = await startDatabricks({ foundation: { chat, embeddings } })
  client = new OpenAI({ baseURL: `${lakehouse.host}/serving-endpoints`, apiKey: lakehouse.token, maxRetries: 0 })
})
afterAll(() => lakehouse.close())

async function invoke(name: string, body: object) {
  const response = await fetch(`${lakehouse.host}/serving-endpoints/${name}/invocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lakehouse.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

describe('a vector', () => {
  const random = (seed: number, size: number) =>
    Array.from({ length: size }, (_, i) => Math.sin(seed * 997 + i * i * 0.37))
  const unit = (vector: number[]) => vector.map((value) => value / Math.hypot(...vector))

  it.each([3, 384, 768, 1000, 1024])('of %i numbers keeps its cosines among 1024', (size) => {
    const [a, b] = [unit(random(1, size)), unit(random(2, size))]
    const [wideA, wideB] = [widen(a), widen(b)]
    expect(wideA).toHaveLength(1024)
    expect(dot(wideA, wideB)).toBeCloseTo(dot(a, b), 10)
    expect(Math.hypot(...wideA)).toBeCloseTo(1, 10)
    // All numbers carry something: none is mere filling.
    if (size >= 384) expect(wideA.filter((value) => Math.abs(value) < 1e-9).length).toBeLessThan(5)
  })

  it('of more numbers keeps them about', () => {
    const [a, b] = [unit(random(1, 3072)), unit(random(1.0001, 3072))]
    expect(Math.abs(dot(widen(a), widen(b)) - dot(a, b))).toBeLessThan(0.1)
  })
})

describe('embeddings', () => {
  it('come as the official client asks for them by default, in order', async () => {
    const input = ['reset the password', 'weight of parcels', 'the password reset']
    const { data, model, usage } = await client.embeddings.create({ model: BGE, input })
    expect([model, usage]).toEqual(['letters', { prompt_tokens: 12, total_tokens: 12 }])
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
    const [a, b, c] = data.map(({ embedding }) => embedding)
    if (!a || !b || !c) throw new Error('a vector is missing')
    expect(a).toHaveLength(1024)
    expect(Math.hypot(...a)).toBeCloseTo(1, 4)
    expect(dot(a, c)).toBeGreaterThan(0.99)
    expect(dot(a, b)).toBeLessThan(0.9)
    const plain = await client.embeddings.create({ model: BGE, input, encoding_format: 'float' })
    expect(plain.data[0]?.embedding[5]).toBeCloseTo(a[5] ?? 9, 5)
  })

  it('of GTE are 24 long, and point where those of BGE point', async () => {
    const [gte, bge] = await Promise.all([GTE, BGE].map((name) => invoke(name, { input: 'hello there' })))
    const [a, b] = [gte?.body.data[0].embedding, bge?.body.data[0].embedding]
    expect(Math.hypot(...a)).toBeCloseTo(24, 6)
    expect(dot(a, b) / 24).toBeCloseTo(1, 6)
  })

  it('of 150 texts are taken, of 151 refused', async () => {
    const texts = (count: number) => ({ input: Array.from({ length: count }, (_, nth) => `text ${nth}`) })
    expect((await invoke(GTE, texts(150))).body.data).toHaveLength(150)
    expect(await invoke(GTE, texts(151))).toEqual({
      status: 400,
      body: {
        error_code: 'BAD_REQUEST',
        message: `Input embeddings size is too large, exceeding 150 limit for ${GTE}`,
      },
    })
  })

  it('of a text of 20,000 tokens are of its beginning, or refused where the endpoint refuses', async () => {
    const long = 'one two three four '.repeat(5000)
    for (const [name, limit] of [
      [GTE, 8192],
      [BGE, 512],
    ] as const) {
      const { body } = await invoke(name, { input: long })
      expect(body.usage.prompt_tokens).toBe(limit)
      const beginning = await invoke(name, { input: cutTokens(long, limit) })
      expect(beginning.body.data).toEqual(body.data)
    }
    expect((await invoke(QWEN, { input: long })).status).toBe(200)
    const refused = await invoke(QWEN, { input: long.repeat(2) })
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect(refused.body.message).toContain('32768')
  })

  it('of Qwen may be shorter, others not', async () => {
    const short = await invoke(QWEN, { input: 'x', dimensions: 256 })
    expect(short.body.data[0].embedding).toHaveLength(256)
    expect(Math.hypot(...short.body.data[0].embedding)).toBeCloseTo(1, 6)
    expect((await invoke(GTE, { input: 'x', dimensions: 256 })).status).toBe(400)
    expect((await invoke(QWEN, { input: 'x', dimensions: 4096 })).status).toBe(400)
  })

  it.each([
    ['no input', {}],
    ['an empty list', { input: [] }],
    ['tokens instead of text', { input: [1, 2] }],
  ])('are refused for %s', async (_, body) => {
    expect(await invoke(BGE, body)).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
  })

  it('are not what a chat endpoint gives', async () => {
    const wrong = client.embeddings.create({ model: 'databricks-gpt-oss-20b', input: 'x' })
    await expect(wrong).rejects.toMatchObject({ status: 400, message: expect.stringContaining('llm/v1/chat') })
    await expect(client.embeddings.create({ model: 'gone', input: 'x' })).rejects.toMatchObject({ status: 404 })
  })
})
