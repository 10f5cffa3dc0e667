// The port of a face: how the conversation core speaks, without knowing where.
import type { Reply } from './reply.ts'
import type { Address, Person } from './turn.ts'

/** The platform's id of a message that was sent, in the face's own spelling. */
export type MessageRef = string

/** Facts about a face. Shared code asks these and never the platform's name. */
export interface ChannelFacts {
  stream: boolean
  update: boolean
  ephemeral: boolean
  charts: boolean
  /** True where the face itself asks for the reason behind a thumb down. */
  asksReason?: boolean
  /** Characters of standard Markdown that one message holds. */
  maxText: number
}

/**
 * One answer on its way out. The same delivery may be tried again after a failure or a crash, so a face must
 * never show it twice: it completes or replaces the messages in `refs`, and where `retry` is true and no ref
 * was recorded it first looks for what an earlier try may have left on the platform.
 */
export interface Delivery {
  /** Stable id, `turn:<id>`; parts add `:part:<n>`. Goes into message metadata where the platform has it. */
  readonly key: string
  /** Messages that earlier tries are known to have created, oldest first. */
  readonly refs: readonly MessageRef[]
  /** True where an earlier try began and may have sent something that was not recorded. */
  readonly retry: boolean
  /** When the first try began, ISO 8601: nothing older can belong to this delivery. */
  readonly since: string
  /**
   * Messages that other deliveries of the same thread created. Ask after looking on the platform, and never touch one
   * of them: several deliveries of a thread can be unfinished at once. Absent where there can be no other.
   */
  taken?(): Promise<readonly MessageRef[]>
  /** True where none of it was ever streamed: a stream that is open on the platform belongs to another delivery. */
  readonly posted?: boolean
  /** Must be called, and awaited, as soon as the platform returned the id of a new message. */
  recordRef(ref: MessageRef): Promise<void>
}

/** An answer being written. Calls never reject for pacing; a broken stream is repaired by `finish`. */
export interface ReplyStream {
  /** Adds text (a piece of standard Markdown). Returns at once; the face paces. */
  write(delta: string): void
  /** Says what is happening now, such as "Searching the documentation". */
  status(text: string): void
  /** Ends with the complete reply; afterwards the platform shows exactly `reply`, once. Rejects with CHANNEL_FAILED. */
  finish(reply: Reply): Promise<void>
  /** Aborted when the person stopped the answer on the platform itself. */
  readonly stopped: AbortSignal
}

/** A message of the thread that the core has not stored itself (before the bot was called, or by other bots). */
export interface ThreadMessage {
  role: 'user' | 'assistant'
  text: string
  name?: string
  at: string
}

export interface Channel {
  readonly name: string
  readonly can: ChannelFacts
  /** Sends a complete reply, once. Rejects with CHANNEL_FAILED when the platform did not take it. */
  post(to: Address, reply: Reply, delivery: Delivery): Promise<void>
  /** Opens a streamed reply. Where the face cannot stream it collects, and `finish` posts. */
  stream(to: Address, delivery: Delivery): ReplyStream
  /**
   * Key of the place where a message to this address is shown: equal for two addresses that lead to the same place. Where
   * it is absent every thread is a place of its own.
   */
  home?(to: Address): string
  /** The conversation itself, outside of any thread, for what nobody asked there. Absent where there are no threads. */
  top?(to: Address): Address
  /** The thread under a message of ours at this address. Absent where there are no threads. */
  below?(to: Address, message: MessageRef): Address
  /**
   * False for guests, whom the event does not tell from members on this platform; rejects with CHANNEL_FAILED where the
   * platform did not say. Absent where the event says all that can be known.
   */
  isMember?(user: Person): Promise<boolean>
  /** Earlier messages of the thread, oldest first, as far as the platform lets us read them. */
  history?(to: Address): Promise<ThreadMessage[]>
}
