// Reads the arguments of a Web API call: JSON, or a form whose nested values are JSON.
import type { IncomingMessage } from 'node:http'

export async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function readText(req: IncomingMessage): Promise<string> {
  return (await readBytes(req)).toString()
}

/** Arguments that are no text; the official client sends them as JSON inside the form. */
const NESTED = new Set(['blocks', 'chunks', 'metadata', 'view', 'prompts', 'loading_messages', 'attachments', 'files'])
const FLAGS = new Set(['unfurl_links', 'unfurl_media', 'include_all_metadata', 'inclusive', 'reply_broadcast'])

export function readArgs(body: string, contentType: string): Record<string, unknown> {
  if (contentType.includes('json')) return JSON.parse(body || '{}')
  const fields = [...new URLSearchParams(body)]
  return Object.fromEntries(
    fields.map(([key, value]) => [
      key,
      NESTED.has(key) ? JSON.parse(value) : FLAGS.has(key) ? value === 'true' : value,
    ]),
  )
}
