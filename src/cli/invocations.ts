// The HTTP door of MLflow's scoring protocol: POST /invocations, GET /ping.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import PQueue from 'p-queue'
import { toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { parseScoringRequest } from '../rag/scoring/parse-scoring-request.ts'

/** Payload limit of Model Serving for custom models. */
const MAX_BYTES = 16 * 1024 * 1024

export interface InvocationParts {
  answer(question: string, signal: AbortSignal): Promise<string>
  /** Bearer token that callers must send; without one the door must stand on loopback. */
  token: string | undefined
  concurrency: number
  log: Log
}

function send(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function mayEnter(req: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true
  const given = Buffer.from(req.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function readJson(req: IncomingMessage): Promise<{ value: unknown } | { status: number; why: string }> {
  const announced = Number(req.headers['content-length'] ?? 0)
  const tooMuch = { status: 413, why: `The request is larger than ${MAX_BYTES / 1024 / 1024} MB. Send fewer records.` }
  if (announced > MAX_BYTES) return tooMuch
  let size = 0
  req.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_BYTES) req.destroy()
  })
  try {
    return { value: JSON.parse((await buffer(req)).toString('utf8')) }
  } catch {
    return size > MAX_BYTES ? tooMuch : { status: 400, why: 'The body is no JSON. Send a JSON object.' }
  }
}

/** Answers each request whole or not at all: one failed record fails the request, with the sentence of what broke. */
export function createInvocations({ answer, token, concurrency, log }: InvocationParts) {
  const queue = new PQueue({ concurrency })

  async function invoke(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!mayEnter(req, token)) {
      send(res, 401, {
        error_code: 'UNAUTHENTICATED',
        message: 'Send the token of LAKEDESK_INVOCATIONS_TOKEN as Bearer.',
      })
      return
    }
    const type = req.headers['content-type'] ?? ''
    if (/csv|x-npy|octet-stream|protobuf/i.test(type)) {
      send(res, 415, { error_code: 'BAD_REQUEST', message: `The type ${type} is not taken. Send JSON.` })
      return
    }
    const read = await readJson(req)
    if ('why' in read) {
      send(res, read.status, { error_code: 'BAD_REQUEST', message: read.why })
      return
    }
    const parsed = parseScoringRequest(read.value)
    if (parsed.kind === 'refused') {
      send(res, 400, { error_code: 'BAD_REQUEST', message: parsed.why })
      return
    }
    const gone = new AbortController()
    res.on('close', () => {
      if (!res.writableFinished) gone.abort()
    })
    const answers = await Promise.all(
      parsed.questions.map((question) => queue.add(() => answer(question, gone.signal), { signal: gone.signal })),
    )
    send(res, 200, { predictions: answers.map((text) => ({ answer: text })) })
  }

  return {
    async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
      if (req.method !== 'POST') {
        send(res, 405, { error_code: 'BAD_REQUEST', message: 'Send a POST request.' })
        return
      }
      try {
        await invoke(req, res)
      } catch (error) {
        const known = toLakedeskError(error)
        log.error('An invocation failed', { code: known.code, cause: error })
        if (!res.headersSent) send(res, 500, { error_code: known.code, message: known.userMessage })
      }
    },
  }
}
