// The local lakehouse: a Databricks workspace on this machine, over real HTTP. Its areas are routes over one state.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AreaParts, controlsOf, createAreas, routesOf } from './areas.ts'
import { createFaultRoutes, createFaults, FAULT_WORDS, type Fault, parseFault } from './faults.ts'
import { type Answer, fail, isRaw, limitOf, replacementOf, send } from './send-answer.ts'
import { type Call, invalid, Refusal, type Route, readArguments, refuse } from './wire.ts'

export interface Asked {
  method: string
  path: string
  /** Of the route that answers it, such as `GET /api/2.0/serving-endpoints/{name}`; null where there is none. */
  spec: string | null
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

export async function startLakehouse(parts: LakehouseParts) {
  const { now = Date.now, port = 0, host = '127.0.0.1', onAsked } = parts
  const areas = createAreas({ ...parts, now, host: () => addressOf(server, host) })
  const { people } = areas
  const faults = createFaults()
  const routes = routesOf({ ...areas, faults: { routes: createFaultRoutes(faults) } })
  /** Requests that are being answered. */
  const running = new Set<Promise<void>>()

  async function answerTo(request: IncomingMessage, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '', 'http://lakehouse')
    const isFile = /^\/(storage|api\/2\.0\/fs\/files)\//.test(url.pathname)
    const args = readArguments(url, isFile ? '' : (request.headers['content-type'] ?? ''), bytes)
    const found = findRoute(routes, method, url.pathname)
    onAsked?.({ method, path: url.pathname, spec: found?.route.spec ?? null, headers: request.headers, args })
    const caller = found?.route.open ? '' : people.identify(request.headers.authorization)
    if (!found) throw refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${url.pathname}'`)
    const said = await found.route.handle({
      method,
      headers: request.headers,
      at: found.at,
      args,
      bytes,
      caller,
      signal,
    })
    if (isRaw(said)) return said
    return { raw: true, status: 200, headers: {}, body: JSON.stringify(said) }
  }

  async function tryToAnswer(request: IncomingMessage, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    try {
      return await answerTo(request, bytes, signal)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { raw: true, status: error.status, headers: error.headers, body: JSON.stringify(error.body) }
    }
  }

  /** By header, else by rule. The rules themselves are always reached. */
  function takeFault({ method, url = '', headers }: IncomingMessage): Fault | undefined {
    if (url.startsWith('/lakehouse/')) return undefined
    const written = headers['x-lakedesk-fault']
    if (typeof written !== 'string') return faults.take(`${method} ${url}`)
    const fault = parseFault(written)
    if (fault === undefined) throw invalid(`'${written}' is no fault. Give ${FAULT_WORDS}.`)
    return fault
  }

  async function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const fault = takeFault(request)
    if (fault === 'cut') return void request.socket.destroy()
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    if (typeof fault === 'object' && 'slowMs' in fault) await sleep(fault.slowMs)
    const replaced = replacementOf(fault)
    const isDone = typeof fault === 'object' && 'after' in fault && fault.after
    const said = replaced && !isDone ? replaced : await tryToAnswer(request, bytes, gone.signal)
    if (fault === 'cut-after') return void request.socket.destroy()
    if (typeof fault === 'object' && 'expires' in fault && fault.expires) people.expire(request.headers.authorization)
    await send(response, replaced ?? said, limitOf(fault))
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const served = serve(request, response, Buffer.concat(parts)).catch((error: unknown) => fail(response, error))
      running.add(served)
      void served.finally(() => running.delete(served))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  areas.training.resume()
  await areas.jobs.resume()
  return {
    host: addressOf(server, host),
    ...controlsOf(areas),
    faults,
    /** Takes no more requests; those that are being answered have so many milliseconds to end. */
    async close({ drainMs = 0 } = {}): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      if (drainMs > 0) await Promise.race([Promise.all(running), sleep(drainMs, undefined, { ref: false })])
      server.closeAllConnections()
      await Promise.all([
        areas.sql.close(),
        areas.search.control.indexes.close(),
        areas.jobs.close(),
        areas.training.close(),
      ])
      await closed
      parts.state.close()
    },
  }
}

export type Lakehouse = Awaited<ReturnType<typeof startLakehouse>>

function findRoute(routes: readonly Route[], method: string, path: string) {
  for (const route of routes) {
    const at = route.method === method ? route.matches(path) : null
    if (at) return { route, at }
  }
  return null
}

function addressOf(server: Server, host: string): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`
}
