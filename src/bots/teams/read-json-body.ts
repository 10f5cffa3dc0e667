// Reads the JSON body of a request, within a limit.
import type { IncomingMessage } from 'node:http'

/** Teams sends at most 100 KB of UTF-16; anything far above is not Teams. */
const MAX_BYTES = 1024 * 1024

export type Body = { kind: 'json'; value: unknown } | { kind: 'malformed' } | { kind: 'too-large' }

/** `malformed` also where the request was cut off. */
export async function readJsonBody(req: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of req) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > MAX_BYTES) return { kind: 'too-large' }
      chunks.push(bytes)
    }
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) }
  } catch {
    return { kind: 'malformed' }
  }
}
