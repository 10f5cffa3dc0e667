// What a face asks of the conversation core.
import type { Channel } from '../core/channel.ts'
import type { Reply } from '../core/reply.ts'
import type { Address, Person, Turn } from '../core/turn.ts'
import type { CommandInfo } from './catalogue.ts'

export interface Conversation {
  /** Makes a face known; turns name it by `turn.channel`. */
  register(channel: Channel): void
  /**
   * Stores the turn durably, claims its keys, and queues it behind the earlier turns of its thread. Resolves as soon
   * as a crash can no longer lose it, before any answer exists: acknowledge the platform only after it resolved.
   * Rejects (STORE_*) where it could not be stored: answer the platform with a failure, so that it redelivers; the person
   * is told by a notice, once. An action `stop` ends what that person has running in the thread at once, ahead of the
   * queue; where nothing runs it says so.
   */
  accept(turn: Turn): Promise<'accepted' | 'duplicate'>
  /** accept without its notice, then waits for the reply that was shown; null for a duplicate and for a stop that worked. */
  handle(turn: Turn): Promise<Reply | null>
  /** Cancels what runs in the thread, if this person may; false where nothing ran or they may not. */
  stop(thread: string, by: Person): Promise<boolean>
  /** True where the bot has taken part in this thread: a message or a command was accepted in it. */
  knows(thread: string): Promise<boolean>
  /** What people may write, with how to write it. */
  readonly commands: readonly CommandInfo[]
  /** The place that an address of that face leads to, as `Place.thread` holds it; null where the face is not known or has no such key. */
  homeOf(channel: string, to: Address): string | null
  /** The conversation of that address outside of any thread; the address itself where the face is not known or has no threads. */
  topOf(channel: string, to: Address): Address
  /**
   * The reply that was sent under that key of a Delivery, and where to; null where there is none, or no longer. For faces
   * that hand over a part of it, such as a file, only once the person asked for it.
   */
  sent(key: string): Promise<{ channel: string; address: Address; reply: Reply } | null>
  /** Looks for posts that are not shown yet: call it whenever one was put into the store. Returns at once. */
  wake(): void
  /** Takes up what a crash left unfinished. Call once, after every face is registered. */
  start(): Promise<void>
  /** Stops taking turns and waits for the running ones; what is still queued stays stored for the next start. */
  drain(timeoutMs?: number): Promise<void>
}
