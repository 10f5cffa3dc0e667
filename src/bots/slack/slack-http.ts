// The door for Slack's HTTP requests: a Bolt receiver that checks size, clock, signature and shape, in this order.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App, Receiver } from '@slack/bolt'
import type { Log } from '../../core/log.ts'

/** Slack's own payloads stay far below; a question may hold 40,000 characters. */
export const MAX_BODY_BYTES = 1024 * 1024
const CLOCK_SKEW_S = 300
const READ_TIMEOUT_MS = 10_000

type Body = Record<string, unknown>

export interface SlackHttpReceiver extends Receiver {
  /** Answers every request itself; resolves when it is answered, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>
}

/**
 * Bolt's own HTTPReceiver (5.1) refuses timestamps that are too old but not those from the future, fails on a body
 * of `null`, and has no way to be mounted beside other addresses that says when a request was answered.
 */
export function createSlackHttpReceiver(options: {
  signingSecret: string
  path: string
  log: Log
  /** Milliseconds since 1970. */
  now: () => number
}): SlackHttpReceiver {
  const { log } = options
  let app: App | undefined

  async function dispatch(body: Body, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (body.ssl_check === '1') return void res.writeHead(200).end()
    if (body.type === 'url_verification') return answer(res, { challenge: body.challenge })
    const retry = Number(req.headers['x-slack-retry-num'])
    await app?.processEvent({
      body,
      ack: async (response) => answer(res, response),
      ...(retry > 0 ? { retryNum: retry } : {}),
    })
  }

  return {
    init: (given) => {
      app = given
    },
    // The server belongs to the composition root.
    start: async () => undefined,
    stop: async () => undefined,
    async handle(req, res) {
      try {
        const taken = await takeRequest(req, options)
        if ('status' in taken) {
          log.warn('Refused a request to the Slack address', taken)
          res.writeHead(taken.status, taken.status === 413 ? { connection: 'close' } : {}).end()
          return
        }
        await dispatch(taken.body, req, res)
      } catch (error) {
        // Slack sends again whatever was not answered with 2xx, so nothing is lost.
        log.error('A request of Slack failed', { error, answered: res.headersSent })
        if (!res.headersSent) res.writeHead(500).end()
      }
    },
  }
}

function answer(res: ServerResponse, response: unknown): void {
  if (response === undefined || response === '') res.writeHead(200).end()
  else if (typeof response === 'string') res.writeHead(200, { 'content-type': 'text/plain' }).end(response)
  else res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(response))
}

async function takeRequest(
  req: IncomingMessage,
  options: { signingSecret: string; path: string; now: () => number },
): Promise<{ body: Body } | { status: number; why: string }> {
  if ((req.url ?? '').split('?')[0] !== options.path) return { status: 404, why: 'no such path' }
  if (req.method !== 'POST') return { status: 405, why: 'not a POST' }
  const raw = await readBody(req)
  if (raw === null) return { status: 413, why: `body over ${MAX_BODY_BYTES} bytes, or it never ended` }
  const isForm = req.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  // Slack's probe of the connection is unsigned; nothing else of it is looked at.
  if (isForm && raw.length < 4096 && new URLSearchParams(raw.toString()).get('ssl_check') === '1') {
    return { body: { ssl_check: '1' } }
  }
  const fault = findForgery(req, raw, options)
  if (fault !== null) return { status: 401, why: fault }
  const body = parseBody(raw.toString(), isForm)
  return body === null ? { status: 400, why: 'malformed body' } : { body }
}

/** Signature v0 over the raw bytes; the clock may differ by five minutes either way. */
function findForgery(req: IncomingMessage, raw: Buffer, options: { signingSecret: string; now: () => number }) {
  const stamp = req.headers['x-slack-request-timestamp']
  const signature = req.headers['x-slack-signature']
  if (typeof stamp !== 'string' || !/^\d{1,12}$/.test(stamp)) return 'no timestamp'
  if (Math.abs(options.now() / 1000 - Number(stamp)) > CLOCK_SKEW_S) return 'timestamp too old or ahead'
  if (typeof signature !== 'string') return 'no signature'
  const expected = Buffer.from(
    `v0=${createHmac('sha256', options.signingSecret).update(`v0:${stamp}:`).update(raw).digest('hex')}`,
  )
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected) ? null : 'wrong signature'
}

/** Null where it is no JSON object; interactions are JSON in the form field `payload`, commands are plain fields. */
function parseBody(text: string, isForm: boolean): Body | null {
  const fields = isForm ? new URLSearchParams(text) : null
  const payload = fields?.get('payload')
  if (fields && typeof payload !== 'string') return Object.fromEntries(fields)
  try {
    const parsed: unknown = JSON.parse(payload ?? text)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? { ...parsed } : null
  } catch {
    return null
  }
}

/** Null where it is too large, broken off, or slower than the limit. */
function readBody(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (body: Buffer | null) => {
      clearTimeout(timer)
      if (body === null) req.pause()
      resolve(body)
    }
    const timer = setTimeout(end, READ_TIMEOUT_MS, null)
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) end(null)
      else chunks.push(chunk)
    })
    req.once('end', () => end(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    req.once('error', () => end(null))
    req.once('close', () => end(req.complete ? Buffer.concat(chunks) : null))
  })
}
