// A model endpoint with a fixed latency in a process of its own, so that its work is not counted as ours.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export interface ModelServer {
  /** Up to and with /v1. */
  baseUrl: string
  /** Requests since the last time this was asked. */
  countRequests(): Promise<number>
  close(): void
}

const messageSchema = z.object({ port: z.number().optional(), requests: z.number().optional() })

/** `latencyMs` passes before each answer. */
export async function startModelServer(latencyMs: number): Promise<ModelServer> {
  const child = fork(fileURLToPath(import.meta.url), [String(latencyMs)])
  const next = (): Promise<z.infer<typeof messageSchema>> =>
    new Promise((resolve) => child.once('message', (message) => resolve(messageSchema.parse(message))))
  const { port } = await next()
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async countRequests() {
      const told = next()
      child.send('count')
      return (await told).requests ?? 0
    },
    close: () => child.kill(),
  }
}

const requestSchema = z.looseObject({ messages: z.array(z.looseObject({ content: z.unknown() })) })

/** Answers every classification with the first label that stands in the question, as JSON. */
function serve(latencyMs: number): void {
  let requests = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    requests += 1
    const { messages } = requestSchema.parse(JSON.parse(body))
    const inputTokens = Math.ceil(JSON.stringify(messages).length / 4)
    await sleep(latencyMs)
    const message = { role: 'assistant', content: '{"label":"billing"}' }
    const usage = { prompt_tokens: inputTokens, completion_tokens: 8, total_tokens: inputTokens + 8 }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ id: 'bench', object: 'chat.completion', created: 1, model: 'bench', choices, usage }))
  })
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.on('message', () => {
    process.send?.({ requests })
    requests = 0
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(Number(process.argv[2]))
