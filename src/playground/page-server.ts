// The HTTP server of the playground's page: the page itself, its events, what a person does, and files.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { BuiltPage } from './build-page.ts'
import type { EventHub } from './event-hub.ts'
import { findRequestFault } from './guard-request.ts'
import type { DeedAnswer } from './platform-side.ts'
import { createPageServer, type GivenFile, SAFE_HEADERS, sendFile } from './serve-page.ts'

export interface PageServerParts {
  page: Promise<BuiltPage>
  hub: EventHub
  /** Takes the parsed JSON of `POST /api/do`. */
  act(body: unknown): Promise<DeedAnswer>
  /** `path` is what stands behind `/files/`, such as `slack/F1`. */
  file(path: string): GivenFile | null
  health(): Record<string, unknown>
  /** The host that was asked for beside the loopback, or null. */
  network: string | null
  log: Log
}

const MAX_BODY_BYTES = 1024 * 1024

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const headers = { ...SAFE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' }
  res.writeHead(status, headers).end(JSON.stringify(body))
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { ...SAFE_HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

/** The parsed body, or null where it is too long or no JSON. */
async function readJson(req: IncomingMessage): Promise<{ value: unknown } | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    const piece = Buffer.from(chunk)
    bytes += piece.byteLength
    if (bytes > MAX_BODY_BYTES) return null
    chunks.push(piece)
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return null
  }
}

async function answerDeed(req: IncomingMessage, res: ServerResponse, parts: PageServerParts): Promise<void> {
  const body = await readJson(req)
  if (!body) return sendJson(res, 400, { ok: false, error: 'The body is no JSON, or longer than 1 MB.' })
  const answer = await parts.act(body.value)
  sendJson(res, answer.ok ? 200 : 400, answer)
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

/** Null for what is no path of one server, such as a whole address or `//host`: nothing here is a proxy. */
function readPath(url: string): string | null {
  const own = /^\/(?![/\\])/.test(url) ? URL.parse(url, 'http://playground') : null
  return own?.pathname ?? null
}

async function answerPage(
  req: IncomingMessage,
  res: ServerResponse,
  pathname: string,
  parts: PageServerParts,
): Promise<void> {
  if (pathname === '/healthz') return sendJson(res, 200, parts.health())
  if (pathname === '/api/events') {
    const { 'last-event-id': lastId } = req.headers
    return parts.hub.attach(res, typeof lastId === 'string' ? lastId : undefined)
  }
  if (pathname.startsWith('/files/')) {
    const path = decode(pathname.slice('/files/'.length))
    const file = path === null ? null : parts.file(path)
    return file ? sendFile(res, file) : sendText(res, 404, 'There is no such file.')
  }
  const serve = await servers(parts)
  if (!(await serve(req, res, pathname))) sendText(res, 404, 'There is no such page. The playground is at /.')
}

const made = new WeakMap<Promise<BuiltPage>, Promise<ReturnType<typeof createPageServer>>>()

/** The page is built while the server already listens: whoever asks for it waits. */
function servers({ page }: PageServerParts): Promise<ReturnType<typeof createPageServer>> {
  const known = made.get(page)
  if (known) return known
  const server = page.then(createPageServer)
  made.set(page, server)
  return server
}

async function handle(req: IncomingMessage, res: ServerResponse, parts: PageServerParts): Promise<void> {
  const path = readPath(req.url ?? '/')
  if (path === null) return sendText(res, 400, 'Ask for a path of this server, such as /.')
  const fault = findRequestFault(req, path, parts.network)
  if (fault) return sendText(res, fault.status, fault.why)
  if (path === '/api/do') {
    return req.method === 'POST' ? answerDeed(req, res, parts) : sendText(res, 405, 'Post what is to be done.')
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') return sendText(res, 405, 'Only GET is answered here.')
  return answerPage(req, res, path, parts)
}

export function createPlaygroundServer(parts: PageServerParts): Server {
  const server = createServer((req, res) => {
    handle(req, res, parts).catch((error: unknown) => {
      const known: LakedeskError = toLakedeskError(error)
      parts.log.error('A request of the playground failed', { path: req.url?.split('?')[0], cause: error })
      if (res.headersSent) res.destroy()
      else sendText(res, 500, known.userMessage)
    })
  })
  server.requestTimeout = 30_000
  return server
}
