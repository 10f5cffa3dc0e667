// files.*: an address to upload to, the completion that shares it, and what is known of a file.
import { listOf, textOf } from './json.ts'
import { type Methods, openChannel, toApiFile } from './method-parts.ts'
import { optional, refuse, text } from './refuse.ts'
import type { SlackWorld } from './slack-world.ts'

/** Source: https://docs.slack.dev/messaging/working-with-files#upload */
export function createFileMethods(world: SlackWorld, uploadUrl: string): Methods {
  return {
    'files.getUploadURLExternal': (args) => {
      const length = Number(args.length)
      if (!(length > 0)) refuse('invalid_arguments')
      const id = `F${world.uploads.size + 1}`
      const altText = optional(args, 'alt_txt')
      const more = altText === '' ? {} : { altText }
      world.uploads.set(id, { id, name: text(args, 'filename'), length, complete: false, shared: [], ...more })
      return { file_id: id, upload_url: uploadUrl + id }
    },
    'files.completeUploadExternal': (args) => {
      const files = Array.isArray(args.files) ? listOf(args.files) : refuse('invalid_arguments')
      const found = files.map(({ id, title }) => ({ title, upload: world.uploads.get(String(id)) }))
      for (const { upload } of found) if (!upload?.bytes || upload.complete) refuse('file_not_found')
      const channel = optional(args, 'channel_id') === '' ? '' : openChannel(world, args, 'channel_id')
      const thread = optional(args, 'thread_ts')
      for (const { upload, title } of found) {
        if (!upload) continue
        Object.assign(upload, { complete: true, title: textOf(title) })
        if (channel !== '') upload.shared.push({ channel, thread })
      }
      const ids = found.flatMap(({ upload }) => upload?.id ?? [])
      if (channel !== '') {
        world.add({
          ...{ channel, user: world.botUser, bot_id: world.botId, subtype: 'file_share', files: ids },
          text: optional(args, 'initial_comment'),
          blocks: [],
          ...(thread === '' ? {} : { thread_ts: thread }),
        })
      }
      return { files: found.map(({ upload }) => ({ id: upload?.id, title: upload?.title })) }
    },
    'files.info': (args) => {
      const id = text(args, 'file')
      if (!world.uploads.get(id)?.complete) refuse('file_not_found')
      return { file: toApiFile(world, id) }
    },
  }
}
