// The Slack face's own spelling of "where": channel, thread and whom a streamed answer is meant for.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Address, toAddress } from '../../core/turn.ts'

const placeSchema = z.object({
  /** Workspace that installed the app. */
  team: z.string(),
  channel: z.string().min(1),
  /** Parent message of the thread; null for a slash command, which has none and is answered in the channel. */
  thread: z.string().nullable(),
  /** Who asked, and the workspace they belong to: both are required to stream outside a direct message. */
  user: z.string().min(1),
  userTeam: z.string(),
  /** The message that this answers; what is newer is no history of it. */
  message: z.string().optional(),
  /** True in a direct message with the bot, where the agent pane, its title and its status live. */
  direct: z.boolean(),
  /** True where what was pressed stands in the channel itself: a private word in its thread would hardly be seen. */
  top: z.boolean().optional(),
  /** True where the person's Home tab is meant: `channel` is then the direct message in which the rest is said. */
  home: z.boolean().optional(),
  /** Works for 30 minutes and 5 messages, also where the bot is no member (slash commands and buttons only). */
  responseUrl: z.string().optional(),
  /** What was asked by command, shown above the answer because Slack hides the command from others. */
  question: z.string().optional(),
})
export type SlackPlace = z.infer<typeof placeSchema>

export function toSlackAddress(place: SlackPlace): Address {
  return toAddress(JSON.stringify(place))
}

/** Throws INTERNAL for an address that another face made. */
export function readSlackAddress(address: Address): SlackPlace {
  try {
    return placeSchema.parse(JSON.parse(address))
  } catch (cause) {
    throw new LakedeskError('INTERNAL', 'This answer has no place in Slack to go to. Please ask again in Slack.', cause)
  }
}
