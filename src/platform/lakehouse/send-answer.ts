// How answers of the local lakehouse go out: whole, piece by piece, or broken by a fault.
import type { ServerResponse } from 'node:http'
import { LakedeskError } from '../../core/errors.ts'
import type { Fault } from './faults.ts'
import { WORKSPACE_ID } from './scim.ts'
import { type RawAnswer, Refusal, refuse, type StreamAnswer } from './wire.ts'

const COMMON = { 'content-type': 'application/json', 'x-databricks-org-id': WORKSPACE_ID }

export type Answer = RawAnswer | StreamAnswer

export function isRaw(said: unknown): said is Answer {
  return typeof said === 'object' && said !== null && 'raw' in said
}

export function replacementOf(fault: Fault | undefined): RawAnswer | undefined {
  if (typeof fault !== 'object' || !('status' in fault)) return undefined
  const { status, headers = {}, body } = fault
  return { raw: true, status, headers, body }
}

export function limitOf(fault: Fault | undefined): number | undefined {
  return typeof fault === 'object' && 'cutAfterBytes' in fault ? fault.cutAfterBytes : undefined
}

/** Sends the answer; after `limit` bytes of its body the connection breaks. */
export async function send(response: ServerResponse, said: Answer, limit?: number): Promise<void> {
  response.writeHead(said.status, { ...COMMON, ...said.headers })
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
export function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const { status, headers, body } = error instanceof Refusal ? error : toRefusal(error)
  response.writeHead(status, { ...COMMON, ...headers })
  response.end(JSON.stringify(body))
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof LakedeskError && error.code.endsWith('_BUSY'))
    return new Refusal(
      503,
      { error_code: 'TEMPORARILY_UNAVAILABLE', message: error.userMessage },
      { 'Retry-After': '1' },
    )
  const message =
    error instanceof LakedeskError ? error.userMessage : error instanceof Error ? error.message : String(error)
  return refuse(500, 'INTERNAL_ERROR', message)
}
