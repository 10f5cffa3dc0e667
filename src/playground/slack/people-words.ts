// Messages and slash commands of people, and what Slack sends the bot because of them.
import type { Delivered, EventDelivery } from './deliver-event.ts'
import { isObject, type Json, textOf } from './json.ts'
import { toApiFile } from './method-parts.ts'
import type { Deed, SlackPeople, TypedMessage } from './people-deeds.ts'
import type { SlackStandIn } from './slack-stand-in.ts'
import { toSlackText } from './type-text.ts'

/** One grey dot, for a picture of which only the name is known. */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNYAAAAogCh3I2xzAAAAABJRU5ErkJggg==',
  'base64',
)

/** What stands in a file of which only the name is known. */
function fillFile(name: string): Buffer {
  return /\.(png|jpe?g|gif)$/i.test(name) ? DOT : Buffer.from(`${name}\n`)
}

/** What Slack's client would not let a person do, as a sentence. */
export class SlackRefusal extends Error {}

/** Slack's own words, shown to one person. */
const SLACKBOT = 'BSLACK'

export function createWords(slack: SlackStandIn, delivery: EventDelivery): Pick<SlackPeople, 'post' | 'command'> {
  const { world } = slack
  const { directory } = world

  function addFiles(files: TypedMessage['files'] = []): string[] {
    return files.map(({ name, mediaType, bytes = fillFile(name) }) => {
      const id = `F${world.uploads.size + 1}`
      const own = { length: bytes.byteLength, bytes: Buffer.from(bytes), ...(mediaType ? { mediaType } : {}) }
      world.uploads.set(id, { id, name, ...own, complete: true, shared: [] })
      return id
    })
  }

  function whisper(user: string, channel: string, text: string): void {
    world.whisper({ channel, user, bot_id: SLACKBOT, text, blocks: [] })
  }

  function checkPlace(user: string, { channel, thread }: TypedMessage): void {
    const known = directory.channels.get(channel)
    // Nobody sees, or writes into, what another person and the bot say to each other.
    const isHidden = known?.kind === 'direct' && !known.members.includes(user)
    if (directory.strict && (!known || isHidden))
      throw new SlackRefusal('This channel does not exist any more. Choose another one.')
    if (known?.archived) throw new SlackRefusal(`#${known.name} is archived. Choose another channel.`)
    if (directory.strict && thread !== undefined && !world.find(channel, thread)) {
      throw new SlackRefusal('This thread does not exist any more. Write in the channel instead.')
    }
  }

  function eventsOf(user: string, message: TypedMessage, ts: string, text: string, files: string[]): Json[] {
    const { channel, thread } = message
    const known = directory.channels.get(channel)
    const isIn = (known?.members.includes(world.botUser) ?? true) && !world.outside.has(channel)
    if (!isIn) return []
    const direct = known ? known.kind === 'direct' : channel.startsWith('D')
    const parent = thread === undefined ? undefined : world.find(channel, thread)
    const base: Json = {
      ...{ user, ts, text, team: world.team, channel, event_ts: ts, client_msg_id: `client-${ts}` },
      ...(thread === undefined ? {} : { thread_ts: thread, ...(parent ? { parent_user_id: parent.user } : {}) }),
      blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] }],
      ...(files.length > 0 ? { files: files.map((id) => toApiFile(world, id)) } : {}),
    }
    const share = files.length > 0 ? { subtype: 'file_share' } : {}
    const heard = { type: 'message', ...base, ...share, channel_type: direct ? 'im' : 'channel' }
    const events: Json[] = []
    if (!direct && text.includes(`<@${world.botUser}>`) && directory.hears('app_mention')) {
      events.push({ type: 'app_mention', ...base })
    }
    if (directory.hears(direct ? 'message.im' : 'message.channels')) events.push(heard)
    return events
  }

  return {
    post(user, message) {
      checkPlace(user, message)
      const text = toSlackText(world, message.text)
      const files = addFiles(message.files)
      const thread = message.thread === undefined ? {} : { thread: message.thread }
      const ts = world.say(message.channel, text, { user, ...thread, ...(files.length > 0 ? { files } : {}) })
      for (const id of files) {
        world.uploads.get(id)?.shared.push({ channel: message.channel, thread: message.thread ?? '' })
      }
      const events = eventsOf(user, message, ts, text, files)
      const sent = events.map((event) => delivery.deliver({ kind: 'event', event: slack.envelope(event) }))
      return { ts, delivered: Promise.all(sent) }
    },
    async command(user, { channel, command, text }) {
      checkPlace(user, { channel, text })
      if (directory.strict && !directory.commands.some((one) => one.command === command)) {
        whisper(user, channel, `\`${command}\` is not a valid command.`)
        return { ok: false, error: `${command} is not a command of this workspace.` }
      }
      const place = { channel, user }
      const fields = {
        ...{ command, text: toSlackText(world, text), user_id: user, channel_id: channel, team_id: world.team },
        user_name: directory.users.get(user)?.name ?? user.toLowerCase(),
        team_domain: 'lake',
        channel_name: directory.channels.get(channel)?.kind === 'direct' ? 'directmessage' : channelName(channel),
        trigger_id: world.modals.issueTrigger(user),
        response_url: `${slack.origin}/response/${world.urls.issue(place)}`,
      }
      const delivered = await delivery.deliver({ kind: 'command', fields })
      if (!delivered.ok) return whisperFailure(user, channel, command, delivered)
      const answer = parseAnswer(delivered.body)
      if (answer) world.respond(place, answer)
      return { ok: true }
    },
  }

  function channelName(channel: string): string {
    return directory.channels.get(channel)?.name ?? 'general'
  }

  /** Slack's own sentence where a command's app does not answer. */
  function whisperFailure(user: string, channel: string, command: string, { reason }: Delivered): Deed {
    const code = reason === 'http_timeout' ? 'operation_timeout' : 'dispatch_failed'
    whisper(user, channel, `\`${command}\` failed with the error "${code}"`)
    return { ok: false, error: `${command} failed with the error "${code}".` }
  }
}

/** A message, where the acknowledgement holds one: JSON, or plain text. */
function parseAnswer(body: string): Json | null {
  if (body.trim() === '') return null
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'string') return parsed === '' ? null : { text: parsed }
    if (!isObject(parsed)) return null
    return textOf(parsed.text) !== '' || Array.isArray(parsed.blocks) ? parsed : null
  } catch {
    return { text: body }
  }
}
