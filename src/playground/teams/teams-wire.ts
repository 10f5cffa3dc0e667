// How an HTTP exchange of the Teams stand-in is told: its name, and its bodies with no secret in them.
import { isJson } from './refused.ts'
import { streamInfoOf } from './teams-streams.ts'

/** Bodies as they went over the wire, without the bot's secret and its tokens. */
export function toShownBody(body: string): string {
  return body
    .replace(/(client_secret=)[^&]*/g, '$1***')
    .replace(/("access_token"\s*:\s*")[^"]*/g, '$1***')
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '***')
}

/** Such as `message` or `streaming 3`. */
function kindOf(body: string): string {
  let activity: unknown = null
  try {
    activity = JSON.parse(body)
  } catch {
    return ''
  }
  if (!isJson(activity)) return ''
  const info = streamInfoOf(activity)
  if (info) return ` (${[info.streamType, info.streamSequence].filter((part) => part !== undefined).join(' ')})`
  return typeof activity.type === 'string' ? ` (${activity.type})` : ''
}

/** Of a call of the bot. */
export function nameCall(method: string, path: string, body: string): string {
  if (path.startsWith('/login/')) return 'POST token'
  if (path.startsWith('/v1/')) return path.endsWith('/keys') ? 'GET signing keys' : 'GET OpenID metadata'
  if (path.startsWith('/drive/')) return `${method} file`
  if (path.includes('/activities')) return `${method} activity${kindOf(body)}`
  if (path.endsWith('/v3/conversations')) return 'POST conversation'
  const [, last = path] = /\/([a-z]+)(?:\/[^/]*)?$/i.exec(path) ?? []
  return `${method} ${last}`
}

/** Of what a person's client sends to the bot. */
export function nameActivity(activity: Record<string, unknown>): string {
  const { type, name } = activity
  return type === 'invoke' ? `invoke ${String(name)}` : String(type)
}
