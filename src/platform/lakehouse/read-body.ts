// How the local lakehouse takes what comes after the head of a request: its address, and as much of its body as is let in.
import type { IncomingMessage } from 'node:http'
import { invalid, type Refusal, type Route, refuse, type Values } from './wire.ts'

const MB = 1024 * 1024

export interface Limits {
  /** Bytes of an uploaded file. */
  fileBytes: number
  /** Bytes of any other body; custom models of Model Serving take 16 MB, everything else less. */
  bodyBytes: number
  /** Milliseconds in which the head of a request has to be there. */
  headersMs: number
  /** Milliseconds in which the whole request has to be there. */
  bodyMs: number
}

export const LIMITS: Limits = { fileBytes: 512 * MB, bodyBytes: 16 * MB, headersMs: 30_000, bodyMs: 300_000 }

/** Of what somebody without a token may send, such as the form that asks for one. */
const OPEN_BYTES = 64 * 1024

/** Bodies there are files, and no JSON. */
export const isFile = (path: string): boolean => /^\/(storage|api\/2\.0\/fs\/files)\//.test(path)

/** Throws 400 for what is no address. Two slashes at the beginning are part of the path, and no name of a host. */
export function readAddress(given = ''): URL {
  const whole = given.startsWith('/') ? `http://lakehouse${given}` : given
  if (URL.canParse(whole)) return new URL(whole)
  throw invalid('The address of the request cannot be read.')
}

/** How many bytes of body a route takes. Of a permit that is not there none is read: the route itself refuses. */
export function limitOfBody(path: string, found: Route | undefined, query: Values, limits: Limits): number {
  if (found?.admits) return found.admits(query) ? limits.fileBytes : 0
  if (found?.open) return OPEN_BYTES
  return isFile(path) ? limits.fileBytes : limits.bodyBytes
}

function tooLarge(limit: number): Refusal {
  return refuse(413, 'MAX_REQUEST_SIZE_EXCEEDED', `The body of the request is larger than its limit of ${limit} bytes.`)
}

/**
 * The whole body; with a limit of 0 none of it. What is not taken is thrown away as it comes.
 * @throws 413 above the limit; an error of the connection where it breaks off.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (limit === 0 || declared > limit) {
    request.resume()
    if (limit === 0) return Buffer.alloc(0)
    throw tooLarge(limit)
  }
  return await new Promise((resolve, reject) => {
    let parts: Buffer[] = []
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes <= limit) return void parts.push(part)
      parts = []
      reject(tooLarge(limit))
    })
    request.on('end', () => resolve(Buffer.concat(parts)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('The connection broke off within the request.')))
  })
}
