// The port of the bot's durable memory. Every driver passes test/store/contract.ts.

import type { MessageRef } from '../core/channel.ts'
import type { Reply } from '../core/reply.ts'
import type { Address, Turn } from '../core/turn.ts'
import type { Approvals, Checkpoints, Places, Posts, Sagas } from './port-approvals.ts'
import type { AuditChain } from './port-audit.ts'
import type { Ledger, LedgerKind } from './port-ledgers.ts'
import type { Labelled, Triages } from './port-tickets.ts'

export * from './port-approvals.ts'
export type * from './port-audit.ts'
export * from './port-ledgers.ts'
export type * from './port-tickets.ts'

/** How long a claim of a seen event lives: Slack may redeliver for 24 h, so a little more. */
export const CLAIM_TTL_MS = 26 * 60 * 60 * 1000

/** The words of a turn that is done, and of its reply, are kept this long after it was accepted. */
export const WORDS_LIFE_MS = 30 * 24 * 60 * 60 * 1000

export interface Claims {
  /** Claims all keys or none, atomically. False where any of them is already held. */
  claim(keys: readonly string[], ttlMs?: number): Promise<boolean>
  /**
   * Removes claims whose life is over; returns how many. Also takes the words out of some turns that are long done
   * (WORDS_LIFE_MS) and of their replies; ids and refs stay.
   */
  sweep(): Promise<number>
}

export type TurnState = 'received' | 'running' | 'done'

export interface InboxEntry {
  turn: Turn
  state: TurnState
  /** How often work on it began. */
  attempts: number
  acceptedAt: string
}

export interface Inbox {
  /**
   * In one transaction: claims every key of the turn and stores it. `duplicate` where any key was seen.
   * When the promise resolves the turn survives a crash of the process and of the machine.
   */
  accept(turn: Turn): Promise<'accepted' | 'duplicate'>
  /** Marks it running and counts the attempt; returns the entry. */
  begin(turnId: string): Promise<InboxEntry>
  /** Takes back the last `begin`: the turn was broken off by a stop of the process, which is no fault of the turn. */
  putBack(turnId: string): Promise<void>
  finish(turnId: string): Promise<void>
  /** All unfinished turns, in the order they were accepted. */
  unfinished(): Promise<InboxEntry[]>
  get(turnId: string): Promise<InboxEntry | null>
}

/** `open`: the model is still writing; `ready`: the reply is complete, not yet known to be shown; `sent`; `dead`: given up. */
export type DeliveryState = 'open' | 'ready' | 'sent' | 'dead'

export interface OutboxEntry {
  turnId: string
  channel: string
  address: Address
  state: DeliveryState
  refs: MessageRef[]
  /** Complete from `ready` on; null again where it was sent or given up and its words are swept. */
  reply: Reply | null
  /** Tries to send that began. */
  attempts: number
  since: string
}

export interface Outbox {
  /** Creates the entry in state `open`, or returns the one that is there, counting the attempt either way. */
  open(turnId: string, channel: string, address: Address): Promise<OutboxEntry>
  recordRef(turnId: string, ref: MessageRef): Promise<void>
  /** In one transaction: stores the complete reply (`ready`) and appends the messages to the thread. */
  ready(turnId: string, reply: Reply, messages: readonly ConversationMessage[]): Promise<void>
  /** In one transaction: `sent` (or `dead`) and the turn done. */
  close(turnId: string, state: 'sent' | 'dead'): Promise<void>
  get(turnId: string): Promise<OutboxEntry | null>
  /** The turn that this message of the thread answered: one of its refs is `message`, or ends in `:` and it. */
  findTurn(thread: string, message: string): Promise<string | null>
  /** Refs of all other turns of this turn's thread, whatever their state. */
  refsBeside(turnId: string): Promise<MessageRef[]>
}

export interface ConversationMessage {
  thread: string
  role: 'user' | 'assistant'
  text: string
  turnId: string
  at: string
  user?: string
}

export interface Conversations {
  /** True where the bot has taken part in this thread: a message or a command was accepted in it. */
  knows(thread: string): Promise<boolean>
  /** The newest `limit` messages, oldest first. */
  recent(thread: string, limit: number): Promise<ConversationMessage[]>
}

export interface Store {
  readonly claims: Claims
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly conversations: Conversations
  readonly audit: AuditChain
  readonly approvals: Approvals
  readonly sagas: Sagas
  readonly posts: Posts
  readonly places: Places
  readonly checkpoints: Checkpoints
  readonly triages: Triages
  readonly labelled: Labelled
  ledger(kind: LedgerKind): Ledger
  close(): Promise<void>
}
