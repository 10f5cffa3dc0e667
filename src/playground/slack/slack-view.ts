// The workspace of the stand-in as a page shows it: channels, messages with ids on every block, modals, Home tabs.
import type { FileView, PlaygroundEvent, SlackMessageView, SlackView } from '../words.ts'
import { withBlockIds } from './block-ids.ts'
import { type Json, objectOf, textOf } from './json.ts'
import type { SlackWorld, StoredMessage, StoredUpload, WorldChange } from './slack-world.ts'

/** Where the playground's own server has the files of this workspace: `/files/slack/<id>/<name>`. */
export const FILES_PATH = '/files/slack/'

export type SlackChange = Extract<PlaygroundEvent, { kind: 'slack-message' | 'slack-removed' | 'slack-around' }>

function toFileView(file: StoredUpload): FileView {
  return {
    id: file.id,
    name: file.name,
    mediaType: mediaTypeOf(file),
    bytes: file.bytes?.byteLength ?? file.length,
    url: pathOf(file),
    ...(file.title ? { title: file.title } : {}),
  }
}

export function pathOf(file: StoredUpload): string {
  return `${FILES_PATH}${file.id}/${encodeURIComponent(file.name)}`
}

const BY_ENDING: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  csv: 'text/csv',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
  json: 'application/json',
  jsonl: 'application/jsonl',
  pdf: 'application/pdf',
}

export function mediaTypeOf({ name, mediaType }: Pick<StoredUpload, 'name' | 'mediaType'>): string {
  return mediaType ?? BY_ENDING[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}

/** A picture that was uploaded gets the address of its file. */
function withPicture(world: SlackWorld, block: Json): Json {
  const file = world.uploads.get(textOf(objectOf(block.slack_file).id))
  return file && block.type === 'image' ? { ...block, image_url: pathOf(file) } : block
}

/** The blocks of a message as people press them: with an id on each. */
export function blocksOf(message: StoredMessage): Json[] {
  return withBlockIds(message.blocks, `${message.channel}:${message.ts}:${message.edited ? message.text : ''}`)
}

export function toMessageView(world: SlackWorld, message: StoredMessage, onlyTo?: string): SlackMessageView {
  const files = (message.files ?? []).flatMap((id) => world.uploads.get(id) ?? [])
  return {
    channel: message.channel,
    ts: message.ts,
    ...(message.thread_ts === undefined ? {} : { thread: message.thread_ts }),
    user: onlyTo === undefined ? message.user : (message.bot_id ?? '') === 'BSLACK' ? 'USLACKBOT' : world.botUser,
    bot: message.bot_id !== undefined,
    text: message.text,
    markdown: message.streaming_state !== undefined && !message.edited,
    blocks: blocksOf(message).map((block) => withPicture(world, block)),
    ...(message.streaming_state ? { stream: message.streaming_state } : {}),
    edited: message.edited === true,
    files: files.map(toFileView),
    ...(onlyTo === undefined ? {} : { onlyTo }),
  }
}

function toPrompts(world: SlackWorld): SlackView['prompts'] {
  const { directory } = world
  const own = [...directory.channels.values()].filter(({ kind }) => kind === 'direct')
  const first = own.map(({ id }): [string, unknown] => [id, directory.prompts])
  return Object.fromEntries(
    [...first, ...world.prompts].map(([channel, prompts]) => [
      channel,
      (Array.isArray(prompts) ? prompts : []).map((prompt) => ({
        title: textOf(objectOf(prompt).title),
        message: textOf(objectOf(prompt).message),
      })),
    ]),
  )
}

export function toAroundView(
  world: SlackWorld,
): Pick<SlackView, 'modals' | 'homes' | 'statuses' | 'prompts' | 'titles'> {
  return {
    modals: world.modals.open.map(({ id, user, view, errors }) => ({ id, user, view, errors: { ...errors } })),
    homes: Object.fromEntries(world.modals.homes),
    statuses: Object.fromEntries([...world.status].filter(([, status]) => status !== '')),
    prompts: toPrompts(world),
    titles: Object.fromEntries(world.titles),
  }
}

export function toSlackView(world: SlackWorld): SlackView {
  const { directory } = world
  // Streams that grew too old are seen as such.
  world.expireStreams()
  const seen = world.all().map((message) => toMessageView(world, message))
  const own = world.privately.map((message) => toMessageView(world, message, message.user))
  return {
    team: directory.team,
    botUser: world.botUser,
    botName: directory.botName,
    channels: [...directory.channels.values()].map(({ id, name, kind, topic, members }) => ({
      ...{ id, name, kind, topic },
      members: members.filter((member) => member !== world.botUser),
    })),
    messages: [...seen, ...own].sort((a, b) => (a.ts < b.ts ? -1 : 1)),
    ...toAroundView(world),
    commands: directory.commands,
    shortcuts: directory.shortcuts,
  }
}

export function toSlackChange(world: SlackWorld, change: WorldChange): SlackChange {
  switch (change.kind) {
    case 'message':
      return { kind: 'slack-message', message: toMessageView(world, change.message, change.onlyTo) }
    case 'removed':
      return { kind: 'slack-removed', channel: change.channel, ts: change.ts }
    default:
      return { kind: 'slack-around', around: toAroundView(world) }
  }
}
