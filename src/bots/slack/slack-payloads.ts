// The shapes of what Slack sends, checked at the door; only what this face reads is named.
import { z } from 'zod'
import { stateSchema } from './render-slack-form.ts'

const id = z.string().min(1)

const fileSchema = z.object({ name: z.string().nullish(), title: z.string().nullish(), mimetype: z.string().nullish() })

export const messageEventSchema = z.object({
  type: z.enum(['app_mention', 'message']),
  channel: id,
  channel_type: z.string().optional(),
  user: id.optional(),
  text: z.string().nullish(),
  ts: id,
  thread_ts: id.optional(),
  parent_user_id: id.optional(),
  subtype: z.string().optional(),
  bot_id: z.string().nullish(),
  user_team: z.string().optional(),
  source_team: z.string().optional(),
  team: z.string().optional(),
  files: z.array(fileSchema).optional(),
})
export type MessageEvent = z.infer<typeof messageEventSchema>

export const stopEventSchema = z.object({
  type: z.literal('agent_session_stopped'),
  channel: id,
  user: id,
  thread_ts: id,
  source_team: z.string().optional(),
  team: z.string().optional(),
  user_team: z.string().optional(),
})

export const homeEventSchema = z.object({
  type: z.literal('app_home_opened'),
  tab: z.string().optional(),
  channel: id,
  user: id,
  event_ts: z.string().optional(),
})

export const envelopeSchema = z.object({
  type: z.literal('event_callback'),
  team_id: z.string().nullish(),
  context_team_id: z.string().nullish(),
  event_id: id,
  event: z.looseObject({ type: z.string() }),
  is_ext_shared_channel: z.boolean().optional(),
  authorizations: z.array(z.looseObject({ team_id: z.string().nullish() })).optional(),
})
export type Envelope = z.infer<typeof envelopeSchema>

export const commandSchema = z.object({
  command: id,
  text: z.string().optional(),
  user_id: id,
  user_name: z.string().optional(),
  channel_id: id,
  channel_name: z.string().optional(),
  team_id: z.string(),
  trigger_id: id,
  response_url: z.string().optional(),
})

const personSchema = z.object({
  id,
  team_id: z.string().nullish(),
  name: z.string().nullish(),
  username: z.string().nullish(),
})
const teamSchema = z.object({ id: z.string() }).nullish()

export const blockActionsSchema = z.object({
  type: z.literal('block_actions'),
  trigger_id: id,
  response_url: z.string().optional(),
  team: teamSchema,
  user: personSchema,
  channel: z.object({ id }).optional(),
  message: z.object({ ts: id, thread_ts: id.optional() }).optional(),
  container: z
    .looseObject({ message_ts: id.optional(), thread_ts: id.optional(), channel_id: id.optional() })
    .optional(),
  /** Where it was pressed in a view, such as the Home tab. */
  view: z.object({ type: z.string(), private_metadata: z.string().optional(), state: stateSchema.nullish() }).nullish(),
  actions: z
    .array(
      z.looseObject({
        action_id: z.string(),
        block_id: z.string().optional(),
        value: z.string().optional(),
        action_ts: z.string().optional(),
      }),
    )
    .min(1),
  /** What stands in the inputs of the message. */
  state: stateSchema.nullish(),
})
export type BlockActions = z.infer<typeof blockActionsSchema>

export const viewSubmissionSchema = z.object({
  type: z.literal('view_submission'),
  team: teamSchema,
  user: personSchema,
  view: z.object({
    id,
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
    }),
  }),
})

/** An entry of a message's menu. A reply in a thread, and a message that has replies, name their thread. */
export const messageShortcutSchema = z.object({
  type: z.literal('message_action'),
  callback_id: z.string(),
  trigger_id: id,
  action_ts: z.string().optional(),
  response_url: z.string().optional(),
  team: teamSchema,
  user: personSchema,
  channel: z.object({ id }),
  message: z.looseObject({ ts: id, thread_ts: id.optional(), text: z.string().nullish() }),
})
