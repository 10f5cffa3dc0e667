// The workspace as plain JSON, so that a playground which was stopped goes on where it was.
import { z } from 'zod'
import type { SlackWorld } from './slack-world.ts'

const json = z.record(z.string(), z.unknown())

const messageSchema = z.object({
  channel: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
  user: z.string(),
  bot_id: z.string().optional(),
  text: z.string(),
  blocks: z.array(json),
  metadata: z.object({ event_type: z.string(), event_payload: json }).optional(),
  streaming_state: z.enum(['in_progress', 'completed', 'errored']).optional(),
  edited: z.boolean().optional(),
  edited_ts: z.string().optional(),
  subtype: z.string().optional(),
  files: z.array(z.string()).optional(),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()) })).optional(),
})

const uploadSchema = z.object({
  id: z.string(),
  name: z.string(),
  length: z.number(),
  /** Base64. */
  bytes: z.string().optional(),
  title: z.string().optional(),
  mediaType: z.string().optional(),
  altText: z.string().optional(),
  complete: z.boolean(),
  shared: z.array(z.object({ channel: z.string(), thread: z.string() })),
})

const streamSchema = z.object({
  channel: z.string(),
  ts: z.string(),
  thread: z.string(),
  startedAt: z.number(),
  over: z.enum(['', 'message_not_in_streaming_state', 'stopped_by_user']),
})

const pairs = z.array(z.tuple([z.string(), z.unknown()]))

/** Private messages, open modals and statuses are not in it: Slack forgets them too when a client is loaded anew. */
export const slackSnapshotSchema = z.object({
  messages: z.array(messageSchema),
  streams: z.array(streamSchema),
  uploads: z.array(uploadSchema),
  titles: z.array(z.tuple([z.string(), z.string()])),
  prompts: pairs,
  homes: z.array(z.tuple([z.string(), json])),
})
export type SlackSnapshot = z.infer<typeof slackSnapshotSchema>

export function toSlackSnapshot(world: SlackWorld): SlackSnapshot {
  return structuredClone({
    messages: [...world.all()],
    streams: [...world.streams()],
    uploads: [...world.uploads.values()].map(({ bytes, ...upload }) => ({
      ...upload,
      ...(bytes ? { bytes: bytes.toString('base64') } : {}),
    })),
    titles: [...world.titles],
    prompts: [...world.prompts],
    homes: [...world.modals.homes],
  })
}

/** Throws where it is no snapshot. What the world held before is gone. */
export function fillFromSnapshot(world: SlackWorld, snapshot: unknown): void {
  const { messages, streams, uploads, titles, prompts, homes } = slackSnapshotSchema.parse(snapshot)
  world.fill(messages, streams)
  refill(
    world.uploads,
    uploads.map(({ bytes, ...upload }) => [
      upload.id,
      { ...upload, ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes, 'base64') }) },
    ]),
  )
  refill(world.titles, titles)
  refill(world.prompts, prompts)
  refill(world.modals.homes, homes)
  world.changedAround()
}

function refill<T>(map: Map<string, T>, entries: readonly (readonly [string, T])[]): void {
  map.clear()
  for (const [key, value] of entries) map.set(key, value)
}
