// Checks what the page asks the server to do, field by field, before anything is done.
import { z } from 'zod'
import type { PlaygroundDeed } from './words.ts'

const id = z.string().min(1).max(300)
/** Longer than what Slack and Teams take, so that a person sees what happens then. */
const text = z.string().max(60_000)
const json = z.record(z.string(), z.unknown())
const as = id

const where = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), channel: id, ts: id }),
  z.strictObject({ kind: z.literal('modal'), id }),
  z.strictObject({ kind: z.literal('home') }),
])

const faults = z.strictObject({
  twice: z.boolean().optional(),
  lateMs: z.number().int().min(0).max(60_000).optional(),
  limited: z.number().int().min(0).max(1_000).optional(),
  cut: z.number().int().min(0).max(1_000).optional(),
})

const files = z.array(z.strictObject({ name: id })).max(10)

const schema: z.ZodType<PlaygroundDeed> = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('slack-post'),
    as,
    channel: id,
    text,
    thread: id.optional(),
    files: files.optional(),
  }),
  z.strictObject({ do: z.literal('slack-command'), as, channel: id, command: id, text }),
  z.strictObject({
    do: z.literal('slack-act'),
    as,
    where,
    blockId: z.string().max(300),
    element: json,
    value: text.optional(),
    state: json,
  }),
  z.strictObject({ do: z.literal('slack-submit'), as, modal: id, state: json }),
  z.strictObject({ do: z.literal('slack-close'), as, modal: id }),
  z.strictObject({ do: z.literal('slack-shortcut'), as, callbackId: id, channel: id, ts: id }),
  z.strictObject({ do: z.literal('slack-open'), as, tab: z.enum(['messages', 'home']) }),
  z.strictObject({ do: z.literal('slack-stop'), as, channel: id, thread: id }),
  z.strictObject({ do: z.literal('teams-post'), as, chat: id, text, root: id.optional(), mention: z.boolean() }),
  z.strictObject({ do: z.literal('teams-act'), as, chat: id, id, action: json, data: json }),
  z.strictObject({
    do: z.literal('teams-feedback'),
    as,
    chat: id,
    id,
    reaction: z.enum(['like', 'dislike']),
    text,
  }),
  z.strictObject({ do: z.literal('teams-extension'), as, commandId: id, chat: id, id }),
  z.strictObject({ do: z.literal('teams-consent'), as, chat: id, id, action: z.enum(['accept', 'decline']) }),
  z.strictObject({ do: z.literal('teams-stop'), as, chat: id, id }),
  z.strictObject({ do: z.literal('faults'), faults }),
  z.strictObject({ do: z.literal('bot'), action: z.enum(['kill', 'restart']) }),
])

/** The deed, or a sentence that says what is wrong with it. */
export function parseDeed(body: unknown): PlaygroundDeed | string {
  const { data, error } = schema.safeParse(body)
  if (data) return data
  const [issue] = error.issues
  const at = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return `That cannot be done: ${at}${issue?.message ?? 'it is no deed'}.`
}
