// The ports that approved operations rest on: approvals, sagas, posts, places and checkpoints.
import type { MessageRef } from '../core/channel.ts'
import type { Reply } from '../core/reply.ts'
import type { Address } from '../core/turn.ts'
import type { AuditLine } from './port-audit.ts'

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
  who:
    | { kind: 'listed'; principals: readonly string[] }
    /** `anyAccount`: also from an account that is linked to no person. */
    | { kind: 'asker'; anyAccount?: boolean }
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
  /** Digest of tool, input, expects, evidence, rule and forced: everything that is decided on. */
  seal: string
  asker: Actor
  /** The turn it was asked in: a turn that runs again after a crash finds its own request. */
  askedIn?: string
  /** `model`: the assistant asked in the person's name, from what they wrote in words. */
  via?: 'model'
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
    askedIn?: string
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
  /** Key of the post in whose thread it stands; null: at its address. It is sent once that one is shown. */
  under: string | null
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
  put(post: Pick<Post, 'key' | 'subject' | 'channel' | 'address' | 'reply'> & { under?: string }): Promise<Post>
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
