// The chat endpoints of the local lakehouse, as the official clients and a plain request see them.
import { createDatabricksProvider } from '@databricks/ai-sdk-provider'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../../src/core/errors.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'
import { createLetterEmbeddings, createScriptedModel, type Scripted } from './scripted-model.ts'

const LLAMA = 'databricks-meta-llama-3-3-70b-instruct'
const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const ASK = [{ role: 'user' as const, content: 'Weather in Tokyo?' }]

let script: Scripted
let model: ReturnType<typeof createScriptedModel>
let lakehouse: DatabricksStandIn
let client: OpenAI
beforeEach(async () => {
  script = { text: 'A Delta table keeps its history.' }
  model = createScriptedModel(() => script)
  const { embeddings } = createLetterEmbeddings()
  lakehouse = await startDatabricks({ foundation: { chat: model.chat, embeddings } })
  client = new OpenAI({ baseURL: `${lakehouse.host}/serving-endpoints`, apiKey: lakehouse.token, maxRetries: 0 })
})
afterEach(() => lakehouse.close())

async function post(path: string, body: object): Promise<Response> {
  return fetch(`${lakehouse.host}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lakehouse.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
const invoke = (body: object, name = LLAMA) => post(`/serving-endpoints/${name}/invocations`, body)

async function events(response: Response) {
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const lines = (await response.text()).split('\n\n').filter((line) => line !== '')
  expect(lines.at(-1)).toBe('data: [DONE]')
  return lines.slice(0, -1).map((line) => JSON.parse(line.replace(/^data: /, '')))
}

describe('the list of endpoints', () => {
  it('names the pay-per-token endpoints, with their tasks and without a creator', async () => {
    const response = await fetch(`${lakehouse.host}/api/2.0/serving-endpoints`, {
      headers: { authorization: `Bearer ${lakehouse.token}` },
    })
    const { endpoints } = (await response.json()) as { endpoints: Record<string, never>[] }
    expect(endpoints).toHaveLength(5)
    for (const endpoint of endpoints) {
      expect(endpoint).toMatchObject({ creator: null, name: expect.stringMatching(/^databricks-/) })
      expect(endpoint).toMatchObject({
        config: { served_entities: [{ entity_name: expect.stringMatching(/^system\.ai\./) }] },
      })
    }
    expect(endpoints.filter(({ task }) => task === 'llm/v1/chat').map(({ name }) => name)).toContain(LLAMA)
  })
})

describe('a whole answer', () => {
  it('is the same by both routes, and names who really answered', async () => {
    const messages = [{ role: 'system' as const, content: 'Be short.' }, ...ASK]
    const byOpenAi = await client.chat.completions.create({ model: LLAMA, messages })
    const byName = await (await invoke({ messages })).json()
    const expected = {
      object: 'chat.completion',
      model: 'scripted-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'A Delta table keeps its history.' },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 8, completion_tokens: 8, total_tokens: 16 },
    }
    expect(byOpenAi).toMatchObject(expected)
    expect(byName).toMatchObject(expected)
    expect(model.asked[0]?.messages.map((message) => message.type)).toEqual(['system', 'human'])
  })

  it('tells the usage that the model tells', async () => {
    script = { text: 'Yes.', usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 } }
    const { usage } = await client.chat.completions.create({ model: LLAMA, messages: ASK })
    expect(usage).toEqual({ prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 })
  })

  it('ends at a stop word, and at max_tokens', async () => {
    const stopped = await client.chat.completions.create({ model: LLAMA, messages: ASK, stop: ['keeps'] })
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'A Delta table ' } })
    const cut = await client.chat.completions.create({ model: LLAMA, messages: ASK, max_tokens: 3 })
    expect(cut.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'A Delta table' } })
    expect(cut.usage?.completion_tokens).toBe(3)
  })

  it('gives as many choices as asked for', async () => {
    const { choices } = await client.chat.completions.create({ model: LLAMA, messages: ASK, n: 3 })
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(model.asked).toHaveLength(3)
  })

  it('calls a tool, and takes what it said', async () => {
    script = { calls: [{ name: 'get_weather', args: { city: 'Tokyo' }, id: 'call_1' }] }
    const first = await client.chat.completions.create({ model: LLAMA, messages: ASK, tools: [WEATHER] })
    const message = first.choices[0]?.message
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    expect(message).toMatchObject({
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Tokyo"}' } },
      ],
    })
    expect(model.asked[0]?.tools).toEqual([WEATHER])
    if (!message) throw new Error('there is no message')
    script = { text: 'It is 21 degrees.' }
    const tool = { role: 'tool' as const, tool_call_id: 'call_1', content: '{"c":21}' }
    const second = await client.chat.completions.create({
      model: LLAMA,
      messages: [...ASK, message, tool],
      tools: [WEATHER],
    })
    expect(second.choices[0]?.message.content).toBe('It is 21 degrees.')
    const [, called, answered] = model.asked[1]?.messages ?? []
    expect(called).toMatchObject({ tool_calls: [{ id: 'call_1', name: 'get_weather', args: { city: 'Tokyo' } }] })
    expect(answered).toMatchObject({ type: 'tool', name: 'get_weather', tool_call_id: 'call_1', content: '{"c":21}' })
  })

  it('offers no tool where tool_choice is none, and hands every other choice on', async () => {
    const choices = ['none', 'required', { type: 'function', function: { name: 'get_weather' } }]
    for (const tool_choice of choices) await invoke({ messages: ASK, tools: [WEATHER], tool_choice })
    expect(model.asked.map(({ tools }) => tools.length)).toEqual([0, 1, 1])
    expect(model.asked.map(({ kwargs }) => kwargs)).toEqual([
      {},
      { tool_choice: 'required' },
      { tool_choice: choices[2] },
    ])
  })

  it('also comes as a plain completion', async () => {
    const completion = await client.completions.create({ model: LLAMA, prompt: 'Say it.' })
    expect(completion).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'A Delta table keeps its history.' }],
    })
  })
})

describe('a streamed answer', () => {
  it('has the role in its first chunk, cumulative usage in every chunk, and its end in the last', async () => {
    const chunks = await events(await invoke({ messages: ASK, stream: true }))
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: 'A' })
    expect(chunks.slice(1).some((chunk) => 'role' in chunk.choices[0].delta)).toBe(false)
    const counts = chunks.map((chunk) => chunk.usage.completion_tokens)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts.at(-1)).toBe(8)
    expect(chunks.at(-1).choices[0]).toEqual({
      index: 0,
      delta: { content: '' },
      finish_reason: 'stop',
      logprobs: null,
    })
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1)
    expect(chunks.map((chunk) => chunk.choices[0].delta.content).join('')).toBe('A Delta table keeps its history.')
  })

  it('says a tool call first with empty arguments, then whole', async () => {
    script = { calls: [{ name: 'get_weather', args: { city: 'Tokyo' }, id: 'call_1' }] }
    const chunks = await events(await invoke({ messages: ASK, stream: true, tools: [WEATHER] }))
    const deltas = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? [])
    expect(deltas).toEqual([
      { index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } },
      { index: 0, function: { arguments: '{"city":"Tokyo"}' } },
    ])
    expect(chunks.at(-1).choices[0].finish_reason).toBe('tool_calls')
  })

  it('never shows the beginning of a stop word, and ends at max_tokens', async () => {
    const stopped = await events(await invoke({ messages: ASK, stream: true, stop: 'table keeps' }))
    expect(stopped.map((chunk) => chunk.choices[0].delta.content).join('')).toBe('A Delta ')
    expect(stopped.at(-1).choices[0].finish_reason).toBe('stop')
    const cut = await events(await invoke({ messages: ASK, stream: true, max_tokens: 2 }))
    expect(cut.map((chunk) => chunk.choices[0].delta.content).join('')).toBe('A Delta')
    expect(cut.at(-1).choices[0].finish_reason).toBe('length')
  })

  it('ends the work of the model when the client goes away', async () => {
    script = { text: 'word '.repeat(500), slowMs: 5 }
    const stream = await client.chat.completions.create({ model: LLAMA, messages: ASK, stream: true })
    for await (const _ of stream) break
    stream.controller.abort()
    await expect.poll(() => (model.asked[0]?.options.signal as AbortSignal | undefined)?.aborted).toBe(true)
    const said = model.said.length
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(model.said.length).toBeLessThan(said + 3)
  })

  it('has a status of its own where the model fails before it begins', async () => {
    script = { error: new LakedeskError('MODEL_BUSY', 'The model is busy.') }
    const response = await invoke({ messages: ASK, stream: true })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await response.json()).toMatchObject({ error_code: 'REQUEST_LIMIT_EXCEEDED' })
  })
})

describe("Databricks' own AI SDK provider", () => {
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Weather in Tokyo?' }] }]
  const tools = [
    {
      type: 'function' as const,
      name: 'get_weather',
      inputSchema: { type: 'object' as const, properties: { city: { type: 'string' as const } } },
    },
  ]
  const open = () =>
    createDatabricksProvider({
      baseURL: `${lakehouse.host}/serving-endpoints`,
      headers: { Authorization: `Bearer ${lakehouse.token}` },
      useRemoteToolCalling: false,
    }).chatCompletions(LLAMA)

  it('takes a whole answer', async () => {
    const { content, finishReason, usage } = await open().doGenerate({ prompt })
    expect(content).toMatchObject([{ type: 'text', text: 'A Delta table keeps its history.' }])
    expect(finishReason.unified).toBe('stop')
    expect(usage.outputTokens.total).toBe(8)
  })

  it('takes a stream of text, and a stream of a tool call', async () => {
    const read = async () => {
      const { stream } = await open().doStream({ prompt, tools })
      const parts = []
      for await (const part of stream) parts.push(part)
      return parts
    }
    const text = await read()
    expect(text.filter((part) => part.type === 'error')).toEqual([])
    const deltas = text.map((part) => (part.type === 'text-delta' ? part.delta : ''))
    expect(deltas.join('')).toBe('A Delta table keeps its history.')
    script = { calls: [{ name: 'get_weather', args: { city: 'Tokyo' }, id: 'call_1' }] }
    const called = await read()
    expect(called.find((part) => part.type === 'tool-call')).toMatchObject({
      toolCallId: 'call_1',
      toolName: 'get_weather',
      input: '{"city":"Tokyo"}',
    })
    expect(called.find((part) => part.type === 'finish')).toMatchObject({ finishReason: { unified: 'tool-calls' } })
  })
})

describe('the Responses form', () => {
  const TOOL = { type: 'function' as const, strict: null, name: 'get_weather', parameters: WEATHER.function.parameters }

  it('answers the official client, whole and streamed', async () => {
    const whole = await client.responses.create({ model: LLAMA, instructions: 'Be short.', input: 'Weather?' })
    expect([whole.output_text, whole.status]).toEqual(['A Delta table keeps its history.', 'completed'])
    expect(model.asked[0]?.messages.map((message) => message.type)).toEqual(['system', 'human'])
    let text = ''
    let last = ''
    for await (const event of await client.responses.create({ model: LLAMA, input: 'Weather?', stream: true })) {
      if (event.type === 'response.output_text.delta') text += event.delta
      last = event.type
    }
    expect([text, last]).toEqual(['A Delta table keeps its history.', 'response.completed'])
  })

  it('calls a tool and takes what it said', async () => {
    script = { calls: [{ name: 'get_weather', args: { city: 'Tokyo' }, id: 'call_1' }] }
    const first = await client.responses.create({ model: LLAMA, input: 'Weather in Tokyo?', tools: [TOOL] })
    expect(first.output).toMatchObject([{ type: 'function_call', call_id: 'call_1', arguments: '{"city":"Tokyo"}' }])
    const streamed = []
    for await (const event of await client.responses.create({ model: LLAMA, input: 'x', tools: [TOOL], stream: true }))
      if (event.type === 'response.output_item.done') streamed.push(event.item)
    expect(streamed).toMatchObject([{ type: 'function_call', name: 'get_weather', arguments: '{"city":"Tokyo"}' }])
    script = { text: '21 degrees.' }
    const output = { type: 'function_call_output' as const, call_id: 'call_1', output: '{"c":21}' }
    const input = [{ role: 'user' as const, content: 'Weather?' }, ...first.output, output]
    const second = await client.responses.create({ model: LLAMA, input: input as never, tools: [TOOL] })
    expect(second.output_text).toBe('21 degrees.')
    expect(model.asked.at(-1)?.messages.map((message) => message.type)).toEqual(['human', 'ai', 'tool'])
  })

  it('says that it was cut', async () => {
    const cut = await client.responses.create({ model: LLAMA, input: 'x', max_output_tokens: 2 })
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
  })
})

describe('bad requests', () => {
  const refusal = async (response: Response) => [response.status, await response.text()] as const

  it('are refused with the bodies of the real endpoints', async () => {
    const [status, words] = await refusal(await invoke({ messages: ASK, max_tokens: 10_000 }))
    expect(status).toBe(400)
    expect(words).toBe(
      'Bad request: rpc error: code = InvalidArgument desc = max_tokens (10000) cannot exceed 8192. Please reduce the length of max output tokens generated.',
    )
    for (const name of [
      'databricks-dbrx-instruct',
      'databricks-mixtral-8x7b-instruct',
      'databricks-meta-llama-3-1-70b-instruct',
      'nobody',
    ]) {
      const gone = [
        await invoke({ messages: ASK }, name),
        await post('/serving-endpoints/chat/completions', { model: name, messages: ASK }),
      ]
      for (const response of gone) {
        expect(response.status).toBe(404)
        expect(await response.json()).toEqual({
          error_code: 'ENDPOINT_NOT_FOUND',
          message:
            'The given endpoint does not exist, please retry after checking the specified model and version deployment exists.',
        })
      }
    }
  })

  it.each([
    ['no messages', { messages: [] }],
    ['a role that is none', { messages: [{ role: 'judge', content: 'x' }] }],
    [
      '33 tools',
      { tools: Array.from({ length: 33 }, (_, nth) => ({ type: 'function', function: { name: `t${nth}` } })) },
    ],
    ['a strict tool', { tools: [{ type: 'function', function: { ...WEATHER.function, strict: true } }] }],
    ['a choice that is no tool', { tools: [WEATHER], tool_choice: { type: 'function', function: { name: 'other' } } }],
    ['six choices', { n: 6 }],
    ['a temperature of 3', { temperature: 3 }],
    ['a picture', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }],
    [
      'a schema with anyOf',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { anyOf: [] } } } },
    ],
    ['a format that the model does not keep', { response_format: { type: 'json_object' } }],
    ['an answer to no call', { messages: [...ASK, { role: 'tool', tool_call_id: 'x', content: 'y' }] }],
    ['5 MB', { messages: [{ role: 'user', content: 'x'.repeat(5 << 20) }] }],
  ])('%s', async (_, more) => {
    const response = await invoke({ messages: ASK, ...more })
    expect([response.status, await response.json()]).toMatchObject([400, { error_code: 'BAD_REQUEST' }])
  })

  it('takes strict tools on the endpoint of GPT', async () => {
    const strict = { type: 'function', function: { ...WEATHER.function, strict: true } }
    expect((await invoke({ messages: ASK, tools: [strict] }, 'databricks-gpt-oss-20b')).status).toBe(200)
  })

  it('gives JSON where the model keeps to the format', async () => {
    script = { text: '{"city": "Tokyo"}' }
    const response = await invoke({ messages: ASK, response_format: { type: 'json_object' } })
    expect(response.status).toBe(200)
    expect(model.asked[0]?.options.response_format).toEqual({ type: 'json_object' })
  })
})
