// The service of approvals: plain records with a tool's name and input, decided once, whatever happens in between.
import { digestOf } from '../core/digest.ts'
import { nameKey } from '../core/identity.ts'
import type { Actor, ApprovalRecord, ApprovalRule, ApprovalState, Approvals, Audit, Place } from '../store/port.ts'
import { type Ending, end, expire, progress, remind, type Started, start } from './advance.ts'
import { askLine } from './approval-lines.ts'
import { createApprovalId, sealOf } from './approval-words.ts'
import { type Decided, type DecideParts, type Decision, decide } from './decide.ts'
import { maySamePerson, type People } from './people.ts'
import { type Reviewed, review } from './review.ts'
import { toLatestStart, whyNotRun } from './why-not-run.ts'

/** What is asked for. Plain data throughout: it outlives the process. */
export interface ApprovalRequest {
  tool: string
  input: unknown
  plan: {
    subject: string
    evidence: unknown
    expects: Readonly<Record<string, string>>
    rule: ApprovalRule
    expiresAfterMs: number
    remindAfterMs: number | null
    forced?: string
  }
  asker: Actor
  place: Place | null
  turnId: string
  /** `model`: the assistant asks in the person's name. */
  via?: 'model'
}

export type Opened =
  | { kind: 'opened'; approval: ApprovalRecord }
  /** The live approval that holds the subject. */
  | { kind: 'taken'; by: ApprovalRecord }
  | { kind: 'refused'; why: string }

export interface ApprovalService {
  /**
   * Stores it with its audit line. Quorum 0: `approved` at once. A turn that runs again gets what it asked for with the same
   * input before, however that has ended.
   */
  open(request: ApprovalRequest): Promise<Opened>
  decide(decision: Decision): Promise<Decided>
  get(id: string): Promise<ApprovalRecord | null>
  /** Newest first. */
  list(options: {
    states?: readonly ApprovalState[]
    subject?: string
    tool?: string
    askedIn?: string
    limit: number
  }): Promise<ApprovalRecord[]>
  start(id: string): Promise<Started>
  progress(id: string, at: { label: string; done: number; total: number }): Promise<ApprovalRecord | null>
  /** Null where it may still be carried out; else the sentence why not. Rejects where `mayDecide` does. */
  whyNotRun(approval: ApprovalRecord, mayDecide: (principal: string) => Promise<true | string>): Promise<string | null>
  /** Milliseconds from now until it may not begin any more; not positive: it may not. */
  msToStart(approval: ApprovalRecord): number
  end(id: string, ending: Ending): Promise<ApprovalRecord | null>
  expire(): Promise<ApprovalRecord[]>
  remind(tell: (approval: ApprovalRecord) => Promise<void>): Promise<void>
  review(id: string, actor: Actor, turnId: string): Promise<Reviewed>
  /** Called with each record after it was stored; must not throw. Returns what ends it. */
  watch(listener: (approval: ApprovalRecord) => void): () => void
}

export interface ApprovalParts {
  store: { approvals: Approvals; audit: Audit }
  people: People
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Requests of one tool that one turn may ask for and find again. */
const MOST_OF_TURN = 100

export function createApprovals({ store, people, now = Date.now }: ApprovalParts): ApprovalService {
  const listeners = new Set<(approval: ApprovalRecord) => void>()
  const parts: DecideParts = {
    approvals: store.approvals,
    audit: store.audit,
    people,
    now,
    changed: (approval) => {
      for (const listener of listeners) listener(approval)
    },
  }
  return {
    open: (request) => open(request, parts),
    decide: (decision) => decide(decision, parts),
    get: (id) => store.approvals.get(id),
    list: (options) => store.approvals.list(options),
    start: (id) => start(id, parts),
    progress: (id, at) => progress(id, at, parts),
    whyNotRun: (approval, mayDecide) => whyNotRun(approval, { people, now, mayDecide }),
    msToStart: (approval) => toLatestStart(approval) - now(),
    end: (id, ending) => end(id, ending, parts),
    expire: () => expire(parts),
    remind: (tell) => remind(tell, parts),
    review: (id, actor, turnId) => review(id, actor, turnId, parts),
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** A rule by which the operation could never be decided rightly is refused here, before anything is stored. */
function whyNotOpen({ plan, asker }: ApprovalRequest, people: People): string | null {
  const { rule, forced } = plan
  if (forced !== undefined && rule.quorum < 2) {
    return 'A forced operation needs two different people beside whoever asks, and the rule asks for fewer, so it was refused. An administrator sets approval.quorum in the policy file.'
  }
  if (forced !== undefined && rule.selfDecides) {
    return 'A forced operation cannot be approved by whoever asks, and the rule would let them, so it was refused.'
  }
  // Where the asker alone decides no second person can be mistaken for another; whether strangers may ask the rule says.
  const fromAnywhere = rule.who.kind === 'asker' && rule.who.anyAccount === true && rule.selfDecides
  if (!fromAnywhere && !people.find(asker.identity)) {
    return `Your account ${asker.identity} is linked to no person, so nobody could tell your own approval from somebody else's. An administrator adds it under people in the policy file.`
  }
  return whyNobody(rule, asker, people)
}

/** People who are listed and linked, without whoever asks where they may not decide themselves. */
function whyNobody({ who, quorum, selfDecides }: ApprovalRule, asker: Actor, people: People): string | null {
  if (who.kind !== 'listed') return null
  const names = [...new Set(who.principals.map(nameKey))].filter((name) => people.knows(name))
  const own = (name: string) => maySamePerson({ principal: name, identity: name }, asker, people)
  const able = names.filter((name) => selfDecides || !own(name)).length
  if (able >= quorum) return null
  const need = quorum === 1 ? 'One person' : `${quorum} people`
  const beside = selfDecides ? '' : ' beside you'
  return `${need}${beside} must approve this, and approval.approvers in the policy names ${able === 0 ? 'nobody' : able} who could, so it could never be decided and nothing was asked for. An administrator adds approvers there, and their accounts under people.`
}

async function open(request: ApprovalRequest, parts: DecideParts): Promise<Opened> {
  const before = await findOwn(request, parts.approvals)
  if (before) return { kind: 'opened', approval: before }
  const why = whyNotOpen(request, parts.people)
  if (why !== null) return { kind: 'refused', why }
  const approval = toRecord(request, await freeId(parts.approvals), parts.now())
  const created = await parts.approvals.create(approval, askLine(approval, request.turnId))
  if (created.kind === 'created') {
    parts.changed(approval)
    return { kind: 'opened', approval }
  }
  const { by } = created
  return isOwn(by, request) ? { kind: 'opened', approval: by } : { kind: 'taken', by }
}

/** What the turn asked for before it was run again. */
async function findOwn(request: ApprovalRequest, approvals: Approvals): Promise<ApprovalRecord | undefined> {
  const asked = await approvals.list({ tool: request.tool, askedIn: request.turnId, limit: MOST_OF_TURN })
  return asked.find((record) => isOwn(record, request))
}

function isOwn(record: ApprovalRecord, { turnId, asker, tool, input }: ApprovalRequest): boolean {
  const sameAsk = record.askedIn === turnId && record.asker.identity === asker.identity && record.tool === tool
  return sameAsk && digestOf(record.input) === digestOf(toStored(input))
}

/** As it reads once it was stored. */
function toStored(input: unknown): unknown {
  return JSON.parse(JSON.stringify(input ?? null))
}

async function freeId(approvals: Approvals): Promise<string> {
  for (;;) {
    const id = createApprovalId()
    if ((await approvals.get(id)) === null) return id
  }
}

function toRecord(
  { tool, input, plan, asker, place, turnId, via }: ApprovalRequest,
  id: string,
  now: number,
): ApprovalRecord {
  const { expects, evidence, rule } = plan
  const forced = plan.forced ?? null
  const after = (ms: number) => new Date(now + ms).toISOString()
  return {
    id,
    revision: 1,
    state: plan.rule.quorum === 0 ? 'approved' : 'open',
    subject: plan.subject,
    tool,
    input,
    evidence,
    expects,
    seal: sealOf({ tool, input, expects, evidence, rule, forced }),
    asker,
    askedIn: turnId,
    ...(via === undefined ? {} : { via }),
    place,
    rule,
    forced,
    createdAt: after(0),
    expiresAt: after(plan.expiresAfterMs),
    remindAt: plan.remindAfterMs === null || plan.rule.quorum === 0 ? null : after(plan.remindAfterMs),
    votes: [],
    progress: null,
    outcome: null,
    closedAt: null,
    review: 'none',
  }
}
