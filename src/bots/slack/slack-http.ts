// The door for Slack's HTTP requests: size, clock and shape are checked here, signature and routing by Bolt.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HTTPReceiver } from '@slack/bolt'
import type { Log } from '../../core/log.ts'

/** Slack's own payloads stay far below; a question may hold 40,000 characters. */
export const MAX_BODY_BYTES = 1024 * 1024
const CLOCK_SKEW_S = 300
const READ_TIMEOUT_MS = 10_000

type Buffered = IncomingMessage & { rawBody?: Buffer }

/**
 * Answers 404, 405, 413, 400 and 401 for what is not Slack's, else what Bolt answers. Resolves when answered.
 * Bolt (5.1) refuses timestamps that are too old but not those from the future, so both are checked here.
 */
export async function handleSlackHttp(
  receiver: HTTPReceiver,
  options: { path: string; log: Log; now: () => number },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const refuse = (status: number, why: string) => {
    options.log.warn('Refused a request to the Slack address', { status, why })
    res.writeHead(status, status === 413 ? { connection: 'close' } : {}).end()
  }
  if ((req.url ?? '').split('?')[0] !== options.path) return refuse(404, 'no such path')
  if (req.method !== 'POST') return refuse(405, `method ${req.method}`)
  const body = await readBody(req)
  if (body === null) return refuse(413, `body over ${MAX_BODY_BYTES} bytes, or it never ended`)
  if (!isSslCheck(req, body)) {
    const stamp = req.headers['x-slack-request-timestamp']
    if (typeof stamp !== 'string' || !/^\d{1,12}$/.test(stamp)) return refuse(401, 'no timestamp')
    if (Math.abs(options.now() / 1000 - Number(stamp)) > CLOCK_SKEW_S) return refuse(401, 'timestamp too old or ahead')
    if (typeof req.headers['x-slack-signature'] !== 'string') return refuse(401, 'no signature')
    if (!looksLikeObject(req, body)) return refuse(400, 'body is no object')
  }
  const buffered: Buffered = req
  buffered.rawBody = body
  // The receiver matches paths itself; a query string or a proxy's prefix must not matter by now.
  const answered = new Promise<void>((resolve) => {
    res.once('finish', resolve)
    res.once('close', resolve)
  })
  receiver.requestListener(req, res)
  await answered
}

/** Null where it is too large, broken off, or slower than the limit. */
async function readBody(req: IncomingMessage): Promise<Buffer | null> {
  const timer = setTimeout(() => req.destroy(new Error('body too slow')), READ_TIMEOUT_MS)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of req) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      size += bytes.length
      if (size > MAX_BODY_BYTES) return null
      chunks.push(bytes)
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

function isForm(req: IncomingMessage): boolean {
  return req.headers['content-type'] === 'application/x-www-form-urlencoded'
}

/** Slack's probe of the connection: unsigned, answered 200 by Bolt, which drops everything else in it. */
function isSslCheck(req: IncomingMessage, body: Buffer): boolean {
  return isForm(req) && body.length < 4096 && new URLSearchParams(body.toString()).get('ssl_check') === '1'
}

/** Bolt's receiver reads properties of the parsed body without looking, and would fail on `null`. */
function looksLikeObject(req: IncomingMessage, body: Buffer): boolean {
  if (!isForm(req)) return /^\s*\{/.test(body.subarray(0, 64).toString())
  const text = body.toString()
  if (!text.includes('payload=')) return true
  const payload = new URLSearchParams(text).get('payload')
  return payload === null || payload.trimStart().startsWith('{')
}
