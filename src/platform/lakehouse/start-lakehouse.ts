// The local lakehouse: a Databricks workspace on this machine, over real HTTP. Its areas are routes over one state.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AreaParts, controlsOf, createAreas, routesOf } from './areas.ts'
import { createFaults, type Fault } from './faults.ts'
import { type Call, type RawAnswer, Refusal, readArguments, refuse, type StreamAnswer } from './wire.ts'

export interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  args: Call['args']
}

export interface LakehouseParts extends Omit<AreaParts, 'now' | 'host'> {
  now?: () => number
  /** 0 takes any free port. */
  port?: number
  host?: string
  /** Sees every request that was taken. */
  onAsked?: (asked: Asked) => void
}

type Answer = RawAnswer | StreamAnswer

export async function startLakehouse(parts: LakehouseParts) {
  const { now = Date.now, port = 0, host = '127.0.0.1', onAsked } = parts
  const areas = createAreas({ ...parts, now, host: () => addressOf(server, host) })
  const { people } = areas
  const routes = routesOf(areas)
  const faults = createFaults()

  async function answerTo(request: IncomingMessage, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '', 'http://lakehouse')
    const isFile = /^\/(storage|api\/2\.0\/fs\/files)\//.test(url.pathname)
    const args = readArguments(url, isFile ? '' : (request.headers['content-type'] ?? ''), bytes)
    onAsked?.({ method, path: url.pathname, headers: request.headers, args })
    for (const route of routes) {
      const at = route.method === method ? route.matches(url.pathname) : null
      if (!at) continue
      const caller = route.open ? '' : people.identify(request.headers.authorization)
      const said = await route.handle({ method, headers: request.headers, at, args, bytes, caller, signal })
      if (isRaw(said)) return said
      return { raw: true, status: 200, headers: {}, body: JSON.stringify(said) }
    }
    people.identify(request.headers.authorization)
    throw refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${url.pathname}'`)
  }

  async function tryToAnswer(request: IncomingMessage, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    try {
      return await answerTo(request, bytes, signal)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { raw: true, status: error.status, headers: error.headers, body: JSON.stringify(error.body) }
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const fault = faults.take(`${request.method} ${request.url}`)
    if (fault === 'cut') return void request.socket.destroy()
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    if (typeof fault === 'object' && 'slowMs' in fault) await sleep(fault.slowMs)
    const replaced = replacementOf(fault)
    const said =
      replaced && !(typeof fault === 'object' && 'after' in fault && fault.after)
        ? replaced
        : await tryToAnswer(request, bytes, gone.signal)
    if (fault === 'cut-after') return void request.socket.destroy()
    await send(response, replaced ?? said, limitOf(fault))
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      serve(request, response, Buffer.concat(parts)).catch((error: unknown) => fail(response, error))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  await areas.jobs.resume()
  return {
    host: addressOf(server, host),
    ...controlsOf(areas),
    faults,
    async close(): Promise<void> {
      server.closeAllConnections()
      await Promise.all([areas.sql.close(), areas.jobs.close()])
      await new Promise((resolve) => server.close(resolve))
      parts.state.close()
    },
  }
}

export type Lakehouse = Awaited<ReturnType<typeof startLakehouse>>

function addressOf(server: Server, host: string): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

function isRaw(said: unknown): said is Answer {
  return typeof said === 'object' && said !== null && 'raw' in said
}

function replacementOf(fault: Fault | undefined): RawAnswer | undefined {
  if (typeof fault !== 'object' || !('status' in fault)) return undefined
  const { status, headers = {}, body } = fault
  return { raw: true, status, headers, body }
}

function limitOf(fault: Fault | undefined): number | undefined {
  return typeof fault === 'object' && 'cutAfterBytes' in fault ? fault.cutAfterBytes : undefined
}

/** Sends the answer; after `limit` bytes of its body the connection breaks. */
async function send(response: ServerResponse, said: Answer, limit?: number): Promise<void> {
  response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers })
  let left = limit ?? Number.POSITIVE_INFINITY
  for await (const piece of 'pieces' in said ? said.pieces : [said.body]) {
    const bytes = Buffer.from(piece as string)
    if (bytes.length > left) {
      response.write(bytes.subarray(0, left), () => response.socket?.destroy())
      return
    }
    left -= bytes.length
    if (!response.write(bytes)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
    if (response.destroyed) return
  }
  response.end()
}

/** A fault of the lakehouse itself, and none that it was asked for. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const message = error instanceof Error ? error.message : String(error)
  response.writeHead(500, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error_code: 'INTERNAL_ERROR', message }))
}
