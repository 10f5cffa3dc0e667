// The whole body of a request to one of the stand-ins.
import type { IncomingMessage } from 'node:http'

/** Throws where the connection breaks off. */
export async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}
