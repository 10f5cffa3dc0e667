// The local lakehouse: a Databricks workspace on this machine, over real HTTP. Its areas are routes over one state.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AreaParts, controlsOf, createAreas, routesOf } from './areas.ts'
import { createFaultRoutes, createFaults, FAULT_WORDS, type Fault, parseFault } from './faults.ts'
import { isFile, LIMITS, type Limits, limitOfBody, readAddress, readBody } from './read-body.ts'
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
  /** Instead of those of `LIMITS`. */
  limits?: Partial<Limits>
  /** Sees every request that was taken. */
  onAsked?: (asked: Asked) => void
}

interface Head {
  method: string
  url: URL
  /** Arguments of the address alone. */
  query: Call['args']
  found: ReturnType<typeof findRoute>
  /** Empty where nobody is known. */
  caller: string
  /** Why the request is not answered; null where it is, for somebody who is known or by a route that is open. */
  refusal: Refusal | null
  isKnown: boolean
}

export async function startLakehouse(parts: LakehouseParts) {
  const { now = Date.now, port = 0, host = '127.0.0.1', onAsked } = parts
  const limits = { ...LIMITS, ...parts.limits }
  const areas = createAreas({ ...parts, now, host: () => addressOf(server, host) })
  const { people } = areas
  const faults = createFaults()
  const routes = routesOf({ ...areas, faults: { routes: createFaultRoutes(faults) } })
  /** Requests that are being answered. */
  const running = new Set<Promise<void>>()

  /** What the head of a request tells: the body is read for whoever may send one. Throws 400 for what is no address. */
  function readHead({ method = '', url: address, headers }: IncomingMessage): Head {
    const url = readAddress(address)
    const found = findRoute(routes, method, url.pathname)
    const query = readArguments(url, '', Buffer.alloc(0))
    try {
      const caller = people.identify(headers.authorization)
      return { method, url, query, found, caller, refusal: null, isKnown: true }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { method, url, query, found, caller: '', refusal: found?.route.open ? null : error, isKnown: false }
    }
  }

  async function answerTo(head: Head, request: IncomingMessage, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    const { method, url, query, found, refusal } = head
    const { headers } = request
    const spec = found?.route.spec ?? null
    const tell = (args: Call['args']) => onAsked?.({ method, path: url.pathname, spec, headers, args })
    if (refusal) {
      tell(query)
      throw refusal
    }
    const type = isFile(url.pathname) ? '' : (headers['content-type'] ?? '')
    const args = readArguments(url, type, bytes)
    tell(args)
    if (!found) throw refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${url.pathname}'`)
    const caller = found.route.open ? '' : head.caller
    const said = await found.route.handle({ method, headers, at: found.at, args, bytes, caller, signal })
    if (isRaw(said)) return said
    return { raw: true, status: 200, headers: {}, body: JSON.stringify(said) }
  }

  async function tryToAnswer(...asked: Parameters<typeof answerTo>): Promise<Answer> {
    try {
      return await answerTo(...asked)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { raw: true, status: error.status, headers: error.headers, body: JSON.stringify(error.body) }
    }
  }

  /** By header of people who are known here, else by rule. The rules themselves are always reached. */
  function takeFault({ isKnown }: Head, { method, url = '', headers }: IncomingMessage): Fault | undefined {
    if (url.startsWith('/lakehouse/')) return undefined
    const written = headers['x-lakedesk-fault']
    if (!isKnown || typeof written !== 'string') return faults.take(`${method} ${url}`)
    const fault = parseFault(written)
    if (fault === undefined) throw invalid(`'${written}' is no fault. Give ${FAULT_WORDS}.`)
    return fault
  }

  async function serve(head: Head, request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const fault = takeFault(head, request)
    if (fault === 'cut') return void request.socket.destroy()
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    if (typeof fault === 'object' && 'slowMs' in fault) await sleep(fault.slowMs)
    const replaced = replacementOf(fault)
    const isDone = typeof fault === 'object' && 'after' in fault && fault.after
    const said = replaced && !isDone ? replaced : await tryToAnswer(head, request, bytes, gone.signal)
    if (fault === 'cut-after') return void request.socket.destroy()
    if (typeof fault === 'object' && 'expires' in fault && fault.expires) people.expire(request.headers.authorization)
    await send(response, replaced ?? said, limitOf(fault))
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const head = readHead(request)
      const limit = head.refusal ? 0 : limitOfBody(head.url.pathname, head.found?.route, head.query, limits)
      if (limit > 0 && request.headers.expect) response.writeContinue()
      const bytes = await readBody(request, limit)
      const served = serve(head, request, response, bytes).catch((error: unknown) => fail(response, error))
      running.add(served)
      void served.finally(() => running.delete(served))
    } catch (error) {
      fail(response, error)
    }
  }

  const server = createServer({
    ...{ headersTimeout: limits.headersMs, requestTimeout: limits.bodyMs },
    connectionsCheckingInterval: Math.min(5000, limits.headersMs),
  })
  // Clients that ask before they send a body are told to go on once it is known who they are.
  for (const event of ['request', 'checkContinue']) server.on(event, take)
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
