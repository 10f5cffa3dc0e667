// The HTTP door of the Slack stand-in: Web API, uploads, downloads and response addresses.
import type { IncomingMessage } from 'node:http'
import { readBytes } from '../read-bytes.ts'
import { type ApiFaults, planFault } from './api-faults.ts'
import { findBlockFaults } from './check-blocks.ts'
import { type Json, objectOf, textOf } from './json.ts'
import { isPictureOf } from './method-parts.ts'
import { readArgs, readText } from './read-slack-args.ts'
import type { createSlackMethods, SlackAnswer } from './slack-methods.ts'
import { mediaTypeOf } from './slack-view.ts'
import type { SlackWorld } from './slack-world.ts'

export interface RecordedCall {
  method: string
  args: Record<string, unknown>
  /** Slack's error code, or empty where it answered ok. */
  error: string
  at: number
}

export interface Answered {
  /** Such as `chat.postMessage` or `upload`. */
  name: string
  request: unknown
  answer: SlackAnswer | 'drop'
  fault?: string
}

export interface DoorParts {
  world: SlackWorld
  faults: ApiFaults
  calls: RecordedCall[]
  methods: ReturnType<typeof createSlackMethods>
  token: string | undefined
}

export async function answerRequest(parts: DoorParts, req: IncomingMessage): Promise<Answered> {
  const { world } = parts
  const path = new URL(req.url ?? '/', 'http://127.0.0.1').pathname
  const rest = path.split('/').slice(2).join('/')
  if (path.startsWith('/upload/')) {
    const bytes = await readBytes(req)
    return { name: 'upload', request: bytes, answer: takeUpload(parts, rest, bytes) }
  }
  const authorization = req.headers.authorization ?? ''
  if (path.startsWith('/files/')) return { name: 'download', request: '', answer: giveFile(parts, rest, authorization) }
  const body = await readText(req)
  if (path.startsWith('/response/')) {
    return { name: 'response_url', request: body, answer: takeResponse(world, rest, body) }
  }
  if (!path.startsWith('/api/')) return { name: path, request: '', answer: { status: 404, body: 'no such page' } }
  const args = readArgs(body, req.headers['content-type'] ?? '')
  if (args === null) {
    return { name: rest, request: body, answer: { status: 200, body: { ok: false, error: 'invalid_json' } } }
  }
  const bearer = authorization || `Bearer ${textOf(args.token)}`
  return { name: rest, request: args, ...(await call(parts, rest, args, bearer)) }
}

async function call(
  parts: DoorParts,
  method: string,
  args: Json,
  authorization: string,
): Promise<Omit<Answered, 'name' | 'request'>> {
  const { faults, calls, methods, world } = parts
  const fault = faults.take(method, args)
  if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
  const record: RecordedCall = { method, args, error: '', at: Date.now() }
  calls.push(record)
  const limit = faults.takeLimit()
  if (limit) {
    record.error = 'ratelimited'
    return { answer: limit, fault: '429' }
  }
  const isCut = faults.takeCut(method)
  if (isCut) world.cutStream(textOf(args.channel), textOf(args.ts))
  const planned = fault ? planFault(fault) : null
  if (planned && fault?.drop !== 'after') {
    record.error = planned === 'drop' ? 'dropped' : String(fault?.error ?? planned.status)
    return { answer: planned, fault: record.error }
  }
  const result = methods(method, args, authorization)
  const body = objectOf(result.body)
  if (body.ok === false) record.error = String(body.error)
  return { answer: planned ?? result, ...(isCut ? { fault: 'stream cut' } : {}) }
}

function takeUpload({ faults, world }: DoorParts, id: string, sent: Buffer): SlackAnswer | 'drop' {
  const fault = faults.take('upload', {})
  if (fault) return planFault(fault) ?? { status: 500, body: 'broken' }
  const upload = world.uploads.get(id)
  const bytes = upload && fileIn(sent, upload.length)
  if (!upload || !bytes) return { status: 400, body: 'wrong size' }
  upload.bytes = bytes
  return { status: 200, body: `OK - ${bytes.byteLength}` }
}

/** The bytes themselves, or what a form of several parts holds of this size. */
function fileIn(sent: Buffer, length: number): Buffer | null {
  if (sent.byteLength === length) return sent
  const start = sent.indexOf('\r\n\r\n')
  if (!sent.subarray(0, 2).equals(Buffer.from('--')) || start === -1) return null
  const part = sent.subarray(start + 4, start + 4 + length)
  return part.byteLength === length && sent.subarray(start + 4 + length, start + 6 + length).toString() === '\r\n'
    ? part
    : null
}

/** Without the bot's token Slack gives its login page, with status 200. */
function giveFile({ world, token }: DoorParts, rest: string, authorization: string): SlackAnswer {
  const file = world.uploads.get(rest.split('/')[0] ?? '')
  const isKnown = token === undefined ? /^Bearer xox/.test(authorization) : authorization === `Bearer ${token}`
  if (!isKnown) {
    return {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE html><title>Sign in | Slack</title>',
    }
  }
  if (!file?.complete || !file.bytes) return { status: 404, body: 'not found' }
  const down: Record<string, string> = rest.includes('/download/') ? { 'content-disposition': 'attachment' } : {}
  return { status: 200, headers: { 'content-type': mediaTypeOf(file), ...down }, body: file.bytes }
}

function takeResponse(world: SlackWorld, id: string, body: string): SlackAnswer {
  const message = parseJson(body)
  if (message === null) return { status: 400, body: { ok: false, error: 'invalid_payload' } }
  const place =
    world.urls.use(id) ?? (world.directory.strict ? { error: 'expired_url' } : { channel: id, user: 'UASKER' })
  if ('error' in place) return { status: 404, body: { ok: false, error: place.error } }
  const blocks = message.blocks ?? []
  if (findBlockFaults(blocks, 'message', isPictureOf(world)).length > 0) {
    return { status: 400, body: { ok: false, error: 'invalid_blocks' } }
  }
  const hasWords = textOf(message.text) !== '' || (Array.isArray(blocks) && blocks.length > 0)
  if (!hasWords && message.delete_original !== true) return { status: 400, body: { ok: false, error: 'no_text' } }
  world.respond(place, message)
  return { status: 200, body: 'ok' }
}

function parseJson(body: string): Json | null {
  try {
    return objectOf(JSON.parse(body))
  } catch {
    return null
  }
}
