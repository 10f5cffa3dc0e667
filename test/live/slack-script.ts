// One script of Web API calls by Slack's official client, and the shapes of what came back, for any server that speaks Slack's protocol.
import { ErrorCode, type WebAPICallResult, WebClient } from '@slack/web-api'

/** Of each step: types by path, such as `channels[].id: string`; or the error that it was refused with. */
export type Shapes = Record<string, Record<string, string>>

export interface SlackServer {
  apiUrl: string
  token: string
}

export const TOKEN = 'xoxb-1-live'

const typeOf = (value: unknown) => (value === null ? 'null' : typeof value)

function fill(value: unknown, path: string, into: Record<string, string>): void {
  if (Array.isArray(value)) {
    into[`${path}[]`] = 'list'
    for (const item of value) fill(item, `${path}[]`, into)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) fill(one, path === '' ? key : `${path}.${key}`, into)
  } else into[path] = typeOf(value)
}

function shapeOf(value: unknown): Record<string, string> {
  const into: Record<string, string> = {}
  fill(value, '', into)
  return into
}

/** The error in Slack's own name, or the HTTP status where none was given. */
function errorOf(error: unknown): Record<string, string> {
  const told = error as { code?: string; data?: { error?: string }; statusCode?: number }
  if (told.code === ErrorCode.PlatformError) return { error: told.data?.error ?? '' }
  if (told.code === ErrorCode.HTTPError) return { error: `HTTP ${told.statusCode}` }
  throw error
}

const clientOf = ({ apiUrl, token }: SlackServer) =>
  new WebClient(token, { slackApiUrl: apiUrl, retryConfig: { retries: 0 } })

interface Named {
  id?: string
  name?: string
}

/** Calls in the channel #support and about the person sam, who are both there. */
export async function runSlackScript(server: SlackServer): Promise<Shapes> {
  const client = clientOf(server)
  const stranger = clientOf({ ...server, token: 'xoxb-2-somebody-else' })
  const shapes: Shapes = {}
  const step = async <T extends WebAPICallResult>(name: string, work: Promise<T>): Promise<Partial<T>> => {
    try {
      const answer = await work
      shapes[name] = shapeOf(answer)
      return answer
    } catch (error) {
      shapes[name] = errorOf(error)
      return {}
    }
  }
  const idOf = (list: readonly Named[] | undefined, name: string) => list?.find((one) => one.name === name)?.id ?? ''

  await step('auth.test', client.auth.test())
  const channels = await step('conversations.list', client.conversations.list({ limit: 50 }))
  const channel = idOf(channels.channels, 'support')
  const users = await step('users.list', client.users.list({}))
  const user = idOf(users.members, 'sam')
  await step('users.info', client.users.info({ user }))
  await step('conversations.info', client.conversations.info({ channel }))
  await step('conversations.members', client.conversations.members({ channel }))
  await step('conversations.open', client.conversations.open({ users: user }))

  const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: '*Hello*' } }]
  const { ts = '' } = await step('chat.postMessage', client.chat.postMessage({ channel, text: 'Hello', blocks }))
  const reply = client.chat.postMessage({ channel, text: 'A reply', thread_ts: ts })
  await step('chat.postMessage in a thread', reply)
  await step('chat.postEphemeral', client.chat.postEphemeral({ channel, user, text: 'psst' }))
  await step('chat.update', client.chat.update({ channel, ts, text: 'Hello again', blocks }))
  await step('chat.getPermalink', client.chat.getPermalink({ channel, message_ts: ts }))
  const eyes = { channel, timestamp: ts, name: 'eyes' }
  await step('reactions.add', client.reactions.add(eyes))
  await step('reactions.add twice', client.reactions.add(eyes))
  await step('conversations.history', client.conversations.history({ channel, limit: 10 }))
  await step('conversations.replies', client.conversations.replies({ channel, ts, limit: 10 }))
  await step('reactions.remove', client.reactions.remove(eyes))
  await step('reactions.remove twice', client.reactions.remove(eyes))

  const bytes = Buffer.from('a,b\n1,2\n')
  const ticket = client.files.getUploadURLExternal({ filename: 'odd.csv', length: bytes.byteLength })
  await step('files.getUploadURLExternal', ticket)
  const upload = {
    channel_id: channel,
    thread_ts: ts,
    filename: 'tickets.csv',
    title: 'Tickets',
    initial_comment: 'Here',
  }
  const uploaded = await step('files.uploadV2', client.files.uploadV2({ ...upload, file: bytes }))
  const done = uploaded as { files?: { files?: Named[] }[] }
  const file = done.files?.[0]?.files?.[0]?.id ?? ''
  await step('files.info', client.files.info({ file }))

  await step('a wrong token', stranger.auth.test())
  await step('an unknown method', client.apiCall('no.suchMethod'))
  await step('an unknown channel, posted to', client.chat.postMessage({ channel: 'CNOWHERE', text: 'x' }))
  await step('an unknown channel, asked for', client.conversations.info({ channel: 'CNOWHERE' }))
  await step('an unknown channel, read', client.conversations.history({ channel: 'CNOWHERE' }))
  await step('an unknown thread', client.conversations.replies({ channel, ts: '1.000001' }))
  await step('an unknown person', client.users.info({ user: 'UNOBODY' }))
  await step('an unknown message, changed', client.chat.update({ channel, ts: '1.000001', text: 'x' }))
  await step('an unknown message, deleted', client.chat.delete({ channel, ts: '1.000001' }))
  await step('an unknown message, with a reaction', client.reactions.add({ ...eyes, timestamp: '1.000001' }))
  await step('an unknown file', client.files.info({ file: 'FNOWHERE' }))
  await step('no text', client.apiCall('chat.postMessage', { channel }))
  await step('no text, privately', client.apiCall('chat.postEphemeral', { channel, user }))
  await step('privately to nobody known', client.chat.postEphemeral({ channel, user: 'UNOBODY', text: 'x' }))
  await step('blocks that are none', client.apiCall('chat.postMessage', { channel, text: 'x', blocks: '"none"' }))
  await step('an upload of nothing', client.apiCall('files.getUploadURLExternal', { filename: 'x.csv', length: 0 }))
  await step('chat.delete', client.chat.delete({ channel, ts }))
  return shapes
}
