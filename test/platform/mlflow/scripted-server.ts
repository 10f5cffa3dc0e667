// A real HTTP server on loopback that answers what a test tells it to, and keeps what it was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  method: string
  /** With its query, as sent. */
  url: string
  headers: IncomingHttpHeaders
  /** Parsed where it is JSON. */
  body: unknown
}

export type Answer =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | ((response: ServerResponse) => void)

export interface ScriptedServer {
  baseUrl: string
  asked: Asked[]
}

/** `reply` sees every request and its number from 0. */
export async function startScriptedServer(reply: (asked: Asked, nth: number) => Answer): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const isJson = request.headers['content-type'] === 'application/json'
      const one: Asked = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: isJson ? JSON.parse(text) : text,
      }
      asked.push(one)
      const answer = reply(one, asked.length - 1)
      if (typeof answer === 'function') return answer(response)
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.text ?? JSON.stringify(answer.json ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
