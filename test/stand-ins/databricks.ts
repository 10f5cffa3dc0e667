// A stand-in of a Databricks workspace over real HTTP: sign-in, Unity Catalog, MLflow tracking and Model Serving, steered by the test.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEndpoints, type EndpointParts } from './databricks-endpoints.ts'
import { createFiles } from './databricks-files.ts'
import { type Call, type RawAnswer, Refusal, readArguments, refuse } from './databricks-http.ts'
import { createModels } from './databricks-models.ts'
import { createPeople } from './databricks-people.ts'
import { createRuns } from './databricks-runs.ts'
import { createSql } from './databricks-sql.ts'
import { cannedEngine, type SqlEngine } from './databricks-sql-engine.ts'
import { createTraces } from './databricks-traces.ts'

/** What happens instead of an answer. `cut` breaks the connection before anything was done, `cut-after` when it is done. */
export type Fault = 'cut' | 'cut-after' | { status: number; headers?: Record<string, string>; body: string }

export const TOO_MANY: Fault = {
  status: 429,
  headers: { 'Retry-After': '0', 'content-type': 'application/json' },
  body: '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit."}',
}
export const UNAVAILABLE: Fault = {
  status: 503,
  headers: { 'Retry-After': '0', 'content-type': 'application/json' },
  body: '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"The service is starting."}',
}
/** What a host that is no workspace, or wants another log-in, sends. */
export const LOGIN_PAGE: Fault = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html><title>Databricks - Sign In</title></html>',
}

export interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  args: Call['args']
}

export interface DatabricksOptions {
  /** What a served entity says to a record. Default: its version and the record. */
  answer?: EndpointParts['answer']
  now?: () => number
  /** What executes SQL statements. Default: every statement gives one row with 1. */
  engine?: SqlEngine
}

const ONE = cannedEngine([{ name: '1', type: 'INT' }], [[1]])
const OWNER = 'owner@example.com'

export async function startDatabricks({ answer, now = Date.now, engine = ONE }: DatabricksOptions = {}) {
  const models = createModels(now)
  const people = createPeople(models.ownerOf, now)
  const endpoints = createEndpoints({
    statusOf: models.statusOf,
    answer: answer ?? ((entity, record) => ({ version: entity.entity_version, record })),
  })
  const runs = createRuns(now)
  const traces = createTraces(runs.requireRun, now)
  const files = createFiles({ requireRun: runs.requireRun, requireTrace: traces.requireTrace, now })
  const sql = createSql({ engine, now, host: () => `http://127.0.0.1:${portOf(server)}` })
  const routes = [models, people, endpoints, runs, traces, sql, files].flatMap((area) => area.routes)
  const faults: { start: string; fault: Fault; times: number }[] = []
  const asked: Asked[] = []

  /** The next fault for a request, such as `PUT /api/2.0/serving-endpoints/a/config`. */
  function takeFault(request: string): Fault | undefined {
    const due = faults.find(({ start, times }) => times > 0 && request.startsWith(start))
    if (due) due.times -= 1
    return due?.fault
  }

  async function answerTo(request: IncomingMessage, bytes: Buffer): Promise<RawAnswer> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '', 'http://stand-in')
    const isStorage = url.pathname.startsWith('/storage/')
    const args = readArguments(url, isStorage ? '' : (request.headers['content-type'] ?? ''), bytes)
    asked.push({ method, path: url.pathname, headers: request.headers, args })
    for (const route of routes) {
      const at = route.method === method ? route.matches(url.pathname) : null
      if (!at) continue
      const caller = route.open ? '' : people.identify(request.headers.authorization)
      const said = await route.handle({ method, headers: request.headers, at, args, bytes, caller })
      if (isRaw(said)) return said
      return { raw: true, status: 200, headers: {}, body: JSON.stringify(said) }
    }
    people.identify(request.headers.authorization)
    throw refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${url.pathname}'`)
  }

  async function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const fault = takeFault(`${request.method} ${request.url}`)
    if (fault === 'cut') return void request.socket.destroy()
    let said: RawAnswer
    try {
      if (typeof fault === 'object') {
        const { status, headers = {}, body } = fault
        said = { raw: true, status, headers, body }
      } else said = await answerTo(request, bytes)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      said = { raw: true, status: error.status, headers: error.headers, body: JSON.stringify(error.body) }
    }
    if (fault === 'cut-after') return void request.socket.destroy()
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers })
    response.end(said.body)
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => void serve(request, response, Buffer.concat(parts)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  people.control.addUser({ userName: OWNER })
  return {
    host: `http://127.0.0.1:${portOf(server)}`,
    /** A personal access token of the owner. */
    token: people.control.addToken(OWNER),
    models: models.control,
    people: people.control,
    endpoints: endpoints.control,
    runs: runs.control,
    traces: traces.control,
    files: files.control,
    sql: sql.control,
    /** Every request that was answered, in order. */
    asked,
    /** `start` such as `PUT /api/2.0/serving-endpoints/`: the next requests that begin so meet the fault. */
    fail(start: string, fault: Fault, times = 1): void {
      faults.push({ start, fault, times })
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await sql.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type DatabricksStandIn = Awaited<ReturnType<typeof startDatabricks>>

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function isRaw(said: unknown): said is RawAnswer {
  return typeof said === 'object' && said !== null && 'raw' in said
}
