// Writes down each exchange between the Slack stand-in and the bot, without secrets.
import { type Json, listOf, objectOf, textOf } from './json.ts'

/** Tokens never go into a log, wherever they stand. */
function withoutSecrets(text: string): string {
  return text.replace(/xox[a-z]-[\w-]+|xapp-[\w-]+/g, 'xox…').replace(/"token":"[^"]*"/g, '"token":"…"')
}

export function toShownBody(body: unknown): string {
  if (Buffer.isBuffer(body)) return `(${body.byteLength} bytes)`
  return withoutSecrets(typeof body === 'string' ? body : JSON.stringify(body))
}

function parse(text: string): Json {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/** What a request to the bot carries, for people: `app_mention`, `/ask`, `block_actions (lakedesk:approve)`; and its body as JSON. */
export function readOutgoing(body: string, contentType: string): { name: string; shown: string } {
  if (contentType.includes('json')) {
    const envelope = parse(body)
    const name = textOf(objectOf(envelope.event).type) || textOf(envelope.type)
    return { name: name || 'request', shown: body }
  }
  const fields = new URLSearchParams(body)
  const payload = fields.get('payload')
  if (payload === null)
    return { name: fields.get('command') ?? 'request', shown: JSON.stringify(Object.fromEntries(fields)) }
  const { type, actions, callback_id, view } = parse(payload)
  const what = textOf(listOf(actions)[0]?.action_id) || textOf(callback_id) || textOf(objectOf(view).callback_id)
  return { name: what === '' ? textOf(type) : `${textOf(type)} (${what})`, shown: payload }
}
