// Reads the arguments of a Web API call: JSON, or a form whose nested values are JSON.
import type { IncomingMessage } from 'node:http'
import { readBytes } from '../read-bytes.ts'
import { isObject } from './json.ts'

export async function readText(req: IncomingMessage): Promise<string> {
  return (await readBytes(req)).toString()
}

/** Arguments that are no text; the official client sends them as JSON inside the form. */
const NESTED = new Set(['blocks', 'chunks', 'metadata', 'view', 'prompts', 'loading_messages', 'attachments', 'files'])
const FLAGS = new Set(['unfurl_links', 'unfurl_media', 'include_all_metadata', 'inclusive', 'reply_broadcast'])

/** Null where it is no JSON. What should be nested JSON and is none stays as text, for the method to refuse. */
export function readArgs(body: string, contentType: string): Record<string, unknown> | null {
  if (contentType.includes('json')) {
    const parsed = parse(body || '{}')
    return isObject(parsed) ? parsed : null
  }
  const fields = [...new URLSearchParams(body)]
  return Object.fromEntries(
    fields.map(([key, value]) => {
      if (NESTED.has(key)) return [key, parse(value) ?? value]
      return [key, FLAGS.has(key) ? value === 'true' : value]
    }),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
