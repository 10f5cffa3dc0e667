// The port of the bot's durable memory. Every driver passes test/store/contract.ts.

import type { MessageRef } from '../core/channel.ts'
import type { Reply } from '../core/reply.ts'
import type { Address, Turn } from '../core/turn.ts'

/** How long a claim of a seen event lives: Slack may redeliver for 24 h, so a little more. */
export const CLAIM_TTL_MS = 26 * 60 * 60 * 1000

export interface Claims {
  /** Claims all keys or none, atomically. False where any of them is already held. */
  claim(keys: readonly string[], ttlMs?: number): Promise<boolean>
  /** Removes claims whose life is over; returns how many. */
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
  /** Complete from `ready` on. */
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

export interface AuditLine {
  at: string
  /** `<tenant>/<user>` */
  actor: string
  /** Verb-noun, such as `search-docs` or `give-feedback`. */
  what: string
  turnId: string
  outcome: 'done' | 'refused' | 'waiting' | 'failed'
  detail: Readonly<Record<string, unknown>>
}

/** Where the hash chain of the audit stands: each line's hash covers the line and the hash before it. */
export interface AuditHead {
  /** Lines written so far. */
  lines: number
  /** 64 hexadecimal digits; all zero before the first line. */
  hash: string
}

export interface Audit {
  append(line: AuditLine): Promise<void>
  /** Newest first. */
  list(options: { limit: number; what?: string }): Promise<AuditLine[]>
}

/** The audit as a hash chain. */
export interface AuditChain extends Audit {
  head(): Promise<AuditHead>
}

/** Where something was asked or is to be shown. */
export interface Place {
  channel: string
  address: Address
  thread: string
}

/** Who did something, with the account it was done from. `principal` is the linked name of the person, equal on every face. */
export interface Actor {
  principal: string
  /** `<channel>/<tenant>/<id>` */
  identity: string
  name?: string
}

export interface Vote extends Actor {
  vote: 'approve' | 'reject'
  at: string
  reason?: string
  /** The turn of the click: a turn that runs again after a crash finds its own vote. */
  turnId?: string
}

/**
 * `open`: waits for votes. `approved`: decided, the run has not begun. `running`. Then one of the ends: `done`, `undone`
 * (tried, failed, and everything put back), `failed`, `rejected`, `expired`, `void` (the evidence moved).
 */
export const APPROVAL_STATES = [
  'open',
  'approved',
  'running',
  'done',
  'undone',
  'failed',
  'rejected',
  'expired',
  'void',
] as const
export type ApprovalState = (typeof APPROVAL_STATES)[number]

/** States that hold the lock on the subject. */
export const LIVE_STATES = ['open', 'approved', 'running'] as const satisfies readonly ApprovalState[]

/** Who may decide. A list that is empty means nobody. */
export interface ApprovalRule {
  who: { kind: 'listed'; principals: readonly string[] } | { kind: 'asker' } | { kind: 'anyone' }
  /** Different people who must approve; 0: it runs as soon as it is asked. */
  quorum: number
  /** True where the asker's own vote counts. */
  selfDecides: boolean
}

/** An operation that was asked for and waits for a decision: plain data, never a half-finished run. */
export interface ApprovalRecord {
  /** Short enough to type, such as `a7f3k2`. */
  id: string
  /** 1 at first; every swap adds one. */
  revision: number
  state: ApprovalState
  /** What it locks, such as `model:ml_catalog.rag_apps.product_docs_rag`: at most one live approval of a subject. */
  subject: string
  tool: string
  input: unknown
  /** What the card shows; only the tool reads it. */
  evidence: unknown
  /** The facts as seen, by field, in words: what is re-read before the first write. */
  expects: Readonly<Record<string, string>>
  /** digestOf(tool, input, expects). */
  seal: string
  asker: Actor
  /** The turn it was asked in: a turn that runs again after a crash finds its own request. */
  askedIn?: string
  place: Place | null
  rule: ApprovalRule
  /** The reason, where a failing gate was overridden. */
  forced: string | null
  /** ISO 8601, as all times here. */
  createdAt: string
  expiresAt: string
  /** When approvers are reminded; null where they are not, or were. */
  remindAt: string | null
  votes: readonly Vote[]
  progress: { label: string; done: number; total: number } | null
  /** How it ended, in a sentence. */
  outcome: string | null
  /** What came out of it, for the card; only the tool reads it. */
  result?: unknown
  closedAt: string | null
  /** Who looked at it afterwards, where that was asked for. */
  review: 'none' | 'pending' | Actor
}

export interface Approvals {
  /** Stores a new one and its audit line in one transaction, or gives the live one that holds the subject. */
  create(
    approval: ApprovalRecord,
    audit: AuditLine,
  ): Promise<{ kind: 'created' } | { kind: 'taken'; by: ApprovalRecord }>
  get(id: string): Promise<ApprovalRecord | null>
  /**
   * The atomic swap: stores `next` with its revision raised by one, and the audit line, in one transaction; false (and
   * nothing written) where the stored revision is not `next.revision` any more.
   */
  swap(next: ApprovalRecord, audit?: AuditLine): Promise<boolean>
  /** Newest first. */
  list(options: {
    states?: readonly ApprovalState[]
    subject?: string
    tool?: string
    limit: number
  }): Promise<ApprovalRecord[]>
}

/** The journal of a saga: how far it has come, so that a crash resumes or undoes. */
export interface SagaRecord {
  /** Id of the approval it carries out. */
  id: string
  /** Lock: at most one unended saga of a subject. */
  subject: string
  step: string
  /** Plain data that every step needs. */
  state: unknown
  startedAt: string
  endedAt: string | null
  outcome: string | null
}

export interface Sagas {
  /** Takes the lock and writes the first entry. The same id again is `begun` where it has not ended. */
  begin(
    saga: Pick<SagaRecord, 'id' | 'subject' | 'step' | 'state'>,
  ): Promise<{ kind: 'begun' } | { kind: 'taken'; by: SagaRecord }>
  /** Durable when it resolves. */
  save(id: string, step: string, state: unknown): Promise<void>
  /** Ends it and writes the audit line in one transaction; ending twice changes nothing and writes no second line. */
  end(id: string, outcome: string, audit: AuditLine): Promise<void>
  get(id: string): Promise<SagaRecord | null>
  unfinished(): Promise<SagaRecord[]>
}

/** A message that is not the reply to one turn: a copy of a card, a note, a reminder. Edited whenever its reply changes. */
export interface Post {
  /** Stable. `turn:<id>` is the reply of that turn, which was delivered by the outbox: its refs are there. */
  key: string
  /** Id of the approval it shows; null for others. */
  subject: string | null
  channel: string
  address: Address
  refs: MessageRef[]
  reply: Reply
  /** 1 at first; every put of another reply adds one. */
  revision: number
  /** The newest revision that is known to be shown; 0: none. */
  shown: number
  /** Tries since the last one that worked. */
  attempts: number
  since: string
}

export interface Posts {
  /** Creates it, or gives it a new reply (a new revision where it differs; attempts start again). */
  put(post: Pick<Post, 'key' | 'subject' | 'channel' | 'address' | 'reply'>): Promise<Post>
  get(key: string): Promise<Post | null>
  /** All whose newest revision is not shown, oldest first. */
  pending(): Promise<Post[]>
  recordRef(key: string, ref: MessageRef): Promise<void>
  /** Counts a try. */
  begin(key: string): Promise<void>
  shown(key: string, revision: number): Promise<void>
  /** Gives up: it is pending no more until it gets another reply. */
  drop(key: string): Promise<void>
  ofSubject(subject: string): Promise<Post[]>
}

/** Conversations that asked to be shown something, such as every approval card. */
export interface Places {
  add(topic: string, place: Place): Promise<void>
  remove(topic: string, thread: string): Promise<boolean>
  list(topic: string): Promise<Place[]>
}

/** What long work has finished, so that it goes on after a crash. Values are plain data. */
export interface Checkpoints {
  put(job: string, key: string, value: unknown): Promise<void>
  list(job: string): Promise<Map<string, unknown>>
  drop(job: string): Promise<void>
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
  close(): Promise<void>
}
