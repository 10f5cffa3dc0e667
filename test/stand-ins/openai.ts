// A scripted OpenAI-compatible endpoint on loopback: chat completions with streaming and tool calls, embeddings, faults.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const chatRequestSchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).nullish(),
})
export type ChatRequest = z.infer<typeof chatRequestSchema>
const embeddingRequestSchema = z.looseObject({ model: z.string(), input: z.union([z.string(), z.array(z.string())]) })

export interface ScriptedToolCall {
  name: string
  /** An object is sent as JSON; a string as it stands, valid or not. */
  arguments: unknown
}

/** What the endpoint does with one chat request. */
export interface ScriptedAnswer {
  text?: string
  toolCalls?: ScriptedToolCall[]
  /** Reasoning sent before the text as content parts, as Databricks does. */
  reasoning?: string
  /** Cuts the text into pieces of this many characters. Default 4. */
  pieceChars?: number
  /** Milliseconds before the answer begins, and between pieces. */
  delayMs?: number
  pieceDelayMs?: number
  /** Never answers; the connection stays open. `midway`: after the text. */
  hang?: boolean | 'midway'
  /** Breaks the connection after the text. */
  breakOff?: boolean
  /** An HTTP error (or any other status) with this body: an object as JSON, a string as plain text or, with `<`, as HTML. */
  status?: number
  body?: unknown
  headers?: Record<string, string>
}

export type Script = (request: ChatRequest, at: number) => ScriptedAnswer

export interface OpenAiStandIn {
  /** Up to and with /v1. */
  readonly baseUrl: string
  readonly requests: ChatRequest[]
  readonly embeddingRequests: string[][]
  readonly authorizations: string[]
  /** Connections that the client closed before the answer was complete. */
  aborted: number
  script: Script
  /** Vector of one text; longer or shorter, as the test wants it. */
  embed: (text: string) => number[]
  /** Faults of the next embedding requests, in order. */
  embeddingFaults: ScriptedAnswer[]
  close(): Promise<void>
}

export async function startOpenAiStandIn(script: Script = () => ({ text: 'Hello.' })): Promise<OpenAiStandIn> {
  const server = createServer((request, response) => {
    handle(standIn, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: OpenAiStandIn = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    embeddingRequests: [],
    authorizations: [],
    aborted: 0,
    script,
    embed: (text) => [text.length, 1, 0, 0],
    embeddingFaults: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return standIn
}

async function handle(standIn: OpenAiStandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('close', () => {
    if (!response.writableFinished) standIn.aborted++
  })
  standIn.authorizations.push(request.headers.authorization ?? '')
  const body: unknown = JSON.parse((await readBody(request)) || '{}')
  if (request.url === '/v1/chat/completions') {
    const chat = chatRequestSchema.parse(body)
    standIn.requests.push(chat)
    await answerChat(chat, standIn.script(chat, standIn.requests.length), response)
  } else if (request.url === '/v1/embeddings') {
    const { input, model } = embeddingRequestSchema.parse(body)
    const texts = typeof input === 'string' ? [input] : input
    standIn.embeddingRequests.push(texts)
    const fault = standIn.embeddingFaults.shift()
    if (fault) return sendFault(fault, response)
    // Reversed on purpose: a client must sort by index.
    const data = texts.map((text, index) => ({ index, object: 'embedding', embedding: standIn.embed(text) })).reverse()
    sendJson(response, { object: 'list', model, data, usage: { prompt_tokens: 1, total_tokens: 1 } })
  } else sendFault({ status: 404, body: '<html><body>Not found</body></html>' }, response)
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}

async function answerChat(request: ChatRequest, answer: ScriptedAnswer, response: ServerResponse): Promise<void> {
  if (answer.delayMs) await sleep(answer.delayMs)
  if (answer.hang === true) return
  if (answer.status !== undefined) return sendFault(answer, response)
  const toolCalls = (answer.toolCalls ?? []).map((call, index) => ({
    index,
    id: `call_${request.messages.length}_${index}`,
    type: 'function',
    function: {
      name: call.name,
      arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    },
  }))
  const finish = toolCalls.length > 0 ? 'tool_calls' : 'stop'
  const base = { id: 'chatcmpl-scripted', created: 1_700_000_000, model: `${request.model}-build-1` }
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  if (!request.stream) {
    const message = {
      role: 'assistant',
      content: answer.text ?? null,
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    }
    const choices = [{ index: 0, message, finish_reason: finish }]
    return sendJson(response, { ...base, object: 'chat.completion', choices, usage })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', ...answer.headers })
  // Usage stands on every chunk and is cumulative, as the Llama endpoints of Databricks send it.
  const send = (delta: unknown, reason: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    response.write(`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, usage })}\n\n`)
  }
  send({ role: 'assistant', content: '' })
  await sendPieces(answer, send)
  if (answer.hang === 'midway') return
  if (answer.breakOff) {
    // Once what was written has left, or the client would see no text at all.
    await sleep(20)
    response.destroy()
    return
  }
  for (const { function: called, ...call } of toolCalls) {
    send({ tool_calls: [{ ...call, function: { name: called.name, arguments: '' } }] })
    send({ tool_calls: [{ index: call.index, function: { arguments: called.arguments } }] })
  }
  send({}, finish)
  response.end('data: [DONE]\n\n')
}

async function sendPieces(answer: ScriptedAnswer, send: (delta: unknown) => void): Promise<void> {
  if (answer.reasoning !== undefined) {
    send({ content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: answer.reasoning }] }] })
  }
  const text = answer.text ?? ''
  const size = answer.pieceChars ?? 4
  for (let from = 0; from < text.length; from += size) {
    if (from > 0 && answer.pieceDelayMs) await sleep(answer.pieceDelayMs)
    const piece = text.slice(from, from + size)
    send({ content: answer.reasoning === undefined ? piece : [{ type: 'text', text: piece }] })
  }
}

function sendFault({ status = 500, body, headers }: ScriptedAnswer, response: ServerResponse): void {
  const fault = body ?? { error: { message: 'scripted fault', type: 'server_error' } }
  const isText = typeof fault === 'string'
  const type = !isText ? 'application/json' : fault.startsWith('<') ? 'text/html' : 'text/plain'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(isText ? fault : JSON.stringify(fault))
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
