// Foundation Model APIs through the drivers: found by task, retired names explained, limits kept, and streams cut at every byte.
import { tool } from '@langchain/core/tools'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { connectWorkspace } from '../../../src/platform/databricks/connect-workspace.ts'
import {
  chooseChatModel,
  explainMissing,
  type ListedModel,
  listModels,
} from '../../../src/platform/databricks/list-models.ts'
import { createOpenAiChatModel } from '../../../src/platform/openai/create-openai-chat-model.ts'
import { createOpenAiEmbeddings } from '../../../src/platform/openai/create-openai-embeddings.ts'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'
import { createLetterEmbeddings, createScriptedModel, type Scripted } from '../lakehouse/foundation/scripted-model.ts'

const LLAMA = 'databricks-meta-llama-3-3-70b-instruct'
const GTE = 'databricks-gte-large-en'
let script: Scripted
let letters: ReturnType<typeof createLetterEmbeddings>
let lakehouse: DatabricksStandIn
beforeEach(async () => {
  script = { text: 'A Delta table keeps its history.' }
  letters = createLetterEmbeddings()
  lakehouse = await startDatabricks({
    foundation: { chat: createScriptedModel(() => script).chat, embeddings: letters.embeddings },
  })
  lakehouse.people.addClient('sp-1', 'its-secret')
})
afterEach(() => lakehouse.close())

const connect = () =>
  connectWorkspace({
    host: lakehouse.host,
    workspaceId: '77',
    auth: { kind: 'client', clientId: 'sp-1', clientSecret: 'its-secret' },
  })

function openChat(model = LLAMA, more: object = {}) {
  const { http, tokenOf, headers } = connect()
  return createOpenAiChatModel({
    ...{ baseUrl: `${lakehouse.host}/serving-endpoints`, model, timeoutMs: 5_000, apiKey: tokenOf, headers },
    explainMissing: async (name) => explainMissing(name, await listModels(http)),
    maxTools: 32,
    ...more,
  })
}

async function errorOf(work: Promise<unknown>): Promise<LakedeskError> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof LakedeskError) return error
  throw error
}

async function read(model = openChat()): Promise<string> {
  let text = ''
  for await (const chunk of await model.model.stream('hi')) text += chunk.text
  return text
}

const listed = (name: string, more: Partial<ListedModel> = {}): ListedModel => ({
  ...{ name, task: 'chat', ready: true, system: true, entity: '', throughput: null },
  ...more,
})

describe('the list of models', () => {
  it('is read by task, and tells what Databricks keeps from what is ours', async () => {
    const models = await listModels(connect().http)
    expect(models.filter(({ task }) => task === 'chat').map(({ name }) => name)).toContain(LLAMA)
    expect(models.find(({ name }) => name === GTE)).toEqual({
      ...{ name: GTE, task: 'embeddings', ready: true, system: true },
      ...{ entity: 'system.ai.gte_large_en_v1_5', throughput: null },
    })
    expect(chooseChatModel(models)?.name).toBe(LLAMA)
  })

  it('knows provisioned throughput, as tokens a second and as units, in numbers or as text', async () => {
    const entity = { entity_name: 'ml.llm.mine', entity_version: '1' }
    const endpoints = [
      { name: 'tokens', entity: { ...entity, min_provisioned_throughput: 0, max_provisioned_throughput: '9500' } },
      { name: 'units', entity: { ...entity, provisioned_model_units: 50 } },
      { name: 'sizes', entity: { ...entity, workload_size: 'Small' } },
    ].map(({ name, entity }) => ({
      ...{ name, creator: 'ana@acme.example', task: 'llm/v1/chat', state: { ready: 'READY' } },
      config: { served_entities: [entity] },
    }))
    const body = JSON.stringify({
      endpoints: [...endpoints, { name: 'own', task: null }, { name: 'agent', task: 'agent/v1/responses' }],
    })
    lakehouse.fail('GET /api/2.0/serving-endpoints', { status: 200, body })
    expect(
      (await listModels(connect().http)).map(({ name, throughput, system }) => [name, throughput, system]),
    ).toEqual([
      ['sizes', null, false],
      ['tokens', { minTokens: 0, maxTokens: 9500, units: null }, false],
      ['units', { minTokens: null, maxTokens: null, units: 50 }, false],
    ])
  })

  it('gives a choice that needs no name: ready ones, Databricks’ own first, those that refuse settings last', () => {
    const name = (...models: ListedModel[]) => chooseChatModel(models)?.name ?? null
    expect(name()).toBeNull()
    expect(name(listed('x', { task: 'embeddings' }), listed('y', { ready: false }))).toBeNull()
    expect(name(listed('ours', { system: false }), listed('databricks-never-heard-of'))).toBe(
      'databricks-never-heard-of',
    )
    expect(name(listed('databricks-claude-sonnet-5'), listed('databricks-zeta'))).toBe('databricks-zeta')
    expect(name(listed('databricks-zeta'), listed('databricks-gpt-oss-120b'))).toBe('databricks-gpt-oss-120b')
    expect(name(listed('ours', { system: false }))).toBe('ours')
  })
})

describe('a model that is not there', () => {
  it.each([
    [
      'databricks-dbrx-instruct',
      /databricks-dbrx-instruct was retired .* replaced by databricks-meta-llama-3-3-70b-instruct\. Set that name/,
    ],
    ['dbrx-instruct', /replaced by databricks-meta-llama-3-3-70b-instruct/],
    [
      'databricks-meta-llama-3-1-70b-instruct',
      /retired on 2024-12-11 and replaced by databricks-meta-llama-3-3-70b-instruct/,
    ],
    ['databricks-meta-llama-3-3-70b-instrct', /nearest names that there are: databricks-meta-llama-3-3-70b-instruct/],
  ])('%s is explained', async (name, words) => {
    const error = await errorOf(openChat(name).model.invoke('hi'))
    expect(error.code).toBe('MODEL_NOT_FOUND')
    expect(error.userMessage).toMatch(words)
    expect(error.userMessage).toContain(name)
  })

  it('stays an error of its own where the list cannot be read either', async () => {
    lakehouse.fail('GET /api/2.0/serving-endpoints', { status: 500, body: 'x' }, 9)
    expect((await errorOf(openChat('nope').model.invoke('hi'))).code).toBe('MODEL_NOT_FOUND')
  })

  it('says that a replacement is not listed, and that an endpoint is not ready', () => {
    expect(explainMissing('databricks-dbrx-instruct', [listed('databricks-x')])).toMatch(
      /does not list either.*databricks-x/,
    )
    expect(explainMissing('slow', [listed('slow', { ready: false })])).toMatch(/not ready/)
    expect(explainMissing('any', [])).toMatch(/CAN QUERY/)
  })
})

describe('chat on the workspace', () => {
  it('goes with a token of the service principal, the number of the workspace and our name', async () => {
    expect(await read()).toBe(script.text)
    const headers = lakehouse.asked.find(({ path }) => path.endsWith('/chat/completions'))?.headers
    expect(headers).toMatchObject({ 'x-databricks-workspace-id': '77', 'x-databricks-org-id': '77' })
    expect(headers?.['user-agent']).toMatch(/^lakedesk\/\d+\.\d+\.\d+ node\/\S+ os\/\S+ auth\/oauth-m2m$/)
  })

  it('gets a fresh token where the running one is refused, and sends again', async () => {
    const model = openChat()
    await model.model.invoke('hi')
    const body = JSON.stringify({ error_code: 401, message: 'Access token is expired.' })
    lakehouse.fail('POST /serving-endpoints/chat', { status: 401, body })
    expect((await model.model.invoke('hi')).text).toBe(script.text)
    expect(lakehouse.people.tokensGiven).toBe(2)
  })

  it('offers no more than 32 tools, and sends nothing then', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        tool(() => 'x', { name: `look_${i}`, description: 'Looks.', schema: z.object({}) }),
      )
    const asked = () => lakehouse.asked.filter(({ path }) => path.startsWith('/serving-endpoints')).length
    const { model } = openChat()
    await model.bindTools?.(many(32)).invoke('hi')
    expect(asked()).toBe(1)
    const error = await errorOf(Promise.resolve(model.bindTools?.(many(33)).invoke('hi')))
    expect(error.userMessage).toMatch(/at most 32 tools.*33 were to be sent, so nothing was/)
    expect(asked()).toBe(1)
  })

  it('says which setting helps where a model refuses a temperature', async () => {
    const body = JSON.stringify({ error_code: 'BAD_REQUEST', message: 'temperature is not supported with this model' })
    lakehouse.fail('POST /serving-endpoints/chat', { status: 400, body })
    const error = await errorOf(openChat(LLAMA, { temperature: 0.1 }).model.invoke('hi'))
    expect(error.userMessage).toContain('LAKEDESK_MODEL_TEMPERATURE=none')
  })

  it('names CAN QUERY where the right to ask is missing', async () => {
    const body = JSON.stringify({ error_code: 'PERMISSION_DENIED', message: 'You do not have permission.' })
    lakehouse.fail('POST /serving-endpoints/chat', { status: 403, body })
    const error = await errorOf(openChat().model.invoke('hi'))
    expect(error.code).toBe('MODEL_UNAUTHORIZED')
    expect(error.userMessage).toMatch(new RegExp(`${LLAMA}.*CAN QUERY`))
  })

  it('stops at once when the caller gives up', async () => {
    script = { text: 'one two three four five six', slowMs: 100 }
    const started = Date.now()
    const end = new AbortController()
    const work = (async () => {
      for await (const chunk of await openChat().model.stream('hi', { signal: end.signal })) if (chunk.text) end.abort()
    })()
    await expect(work).rejects.toThrow(/abort/i)
    expect(Date.now() - started).toBeLessThan(1_500)
  })
})

describe('a stream that is cut', { timeout: 60_000 }, () => {
  it('at any byte is an error that names the model, and never half an answer told as whole', async () => {
    script = { text: 'Yes: 35 days.' }
    const { token } = lakehouse
    const whole = await fetch(`${lakehouse.host}/serving-endpoints/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: LLAMA, messages: [{ role: 'user', content: 'hi' }], stream: true }),
    })
    const bytes = Buffer.byteLength(await whole.text())
    const model = openChat(LLAMA, { apiKey: async () => token })
    const codes = new Set<string>()
    let wholes = 0
    for (let at = 0; at < bytes; at++) {
      lakehouse.fail('POST /serving-endpoints/chat', { cutAfterBytes: at })
      const said = await read(model).catch((error: unknown) => error)
      if (said === script.text) {
        wholes++
        continue
      }
      if (!(said instanceof LakedeskError)) throw new Error(`at byte ${at}: ${String(said)}`)
      codes.add(said.code)
    }
    expect([...codes].every((code) => /^MODEL_(FAILED|UNREACHABLE)$/.test(code))).toBe(true)
    // Only after the last word with its reason has come may the answer count as whole: what is missing is the end mark.
    expect(wholes).toBeLessThanOrEqual(Buffer.byteLength('data: [DONE]\n\n') + 1)
  })

  it('in good order, with the reason missing, is an error too', async () => {
    const chunk = (content: string, finish_reason: string | null) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
    const headers = { 'content-type': 'text/event-stream' }
    lakehouse.fail('POST /serving-endpoints/chat', { status: 200, headers, body: chunk('Yes: 35', null) })
    const error = await errorOf(read())
    expect(error.code).toBe('MODEL_FAILED')
    expect(error.userMessage).toMatch(new RegExp(`${LLAMA}.*broke off`))
    lakehouse.fail('POST /serving-endpoints/chat', { status: 200, headers, body: chunk('Yes.', 'stop') })
    expect(await read()).toBe('Yes.')
  })
})

describe('embeddings on the workspace', () => {
  const open = (model: string, more: object = {}) => {
    const { tokenOf, headers } = connect()
    return createOpenAiEmbeddings({
      ...{ baseUrl: `${lakehouse.host}/serving-endpoints`, model, timeoutMs: 5_000, apiKey: tokenOf, headers },
      ...{ maxRetries: 0, ...more },
    })
  }

  it('are unit vectors of gte, whose own are about 24 long, in batches of 150 and in order', async () => {
    const embeddings = await open(GTE)
    const texts = Array.from({ length: 301 }, (_, n) => `word${n}`)
    const vectors = await embeddings.embedDocuments(texts)
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
    const asked = lakehouse.asked.filter(({ path }) => path === '/serving-endpoints/embeddings')
    expect(asked.slice(1).map(({ args }) => (Array.isArray(args.input) ? args.input.length : 0))).toEqual([150, 150, 1])
    const [again] = await embeddings.embedDocuments([texts[300] ?? ''])
    expect(again?.every((value, i) => Math.abs(value - (vectors[300]?.[i] ?? 9)) < 1e-6)).toBe(true)
  })

  it('tell in the log where texts are longer than the model reads, and lose no part of them', async () => {
    const warnings: object[] = []
    const log = { ...silentLog, warn: (message: string, fields?: object) => void warnings.push({ message, ...fields }) }
    const embeddings = await open('databricks-bge-large-en', { maxInputTokens: 512, log })
    const start = 'alpha '.repeat(300)
    const [long] = await embeddings.embedDocuments([`${start}${'omega '.repeat(300)}`])
    const [alpha, omega] = await embeddings.embedDocuments(['alpha', 'omega'])
    const likeness = (other: ArrayLike<number> | undefined) =>
      Array.from(long ?? []).reduce((sum, value, i) => sum + value * (other?.[i] ?? 0), 0)
    expect(warnings).toEqual([expect.objectContaining({ model: 'databricks-bge-large-en', maxTokens: 512, texts: 1 })])
    expect(likeness(alpha)).toBeGreaterThan(0.5)
    expect(likeness(omega)).toBeGreaterThan(0.5)
  })

  it('that are refused say so in the words of the endpoint', async () => {
    const embeddings = await open(GTE)
    const message = `Input embeddings size is too large, exceeding 150 limit for ${GTE}`
    const body = JSON.stringify({ error_code: 'BAD_REQUEST', message })
    lakehouse.fail('POST /serving-endpoints/embeddings', { status: 400, body })
    expect((await errorOf(embeddings.embedQuery('x'))).userMessage).toContain('exceeding 150 limit')
  })
})
