// The audit lines of approvals: one for what was asked, for each attempt to decide, and for each end.

import { digestOf } from '../core/digest.ts'
import type { Actor, ApprovalRecord, AuditLine } from '../store/port.ts'

const MAX_TEXT = 500

/** Who acts where no person does. */
export const SYSTEM_ACTOR = 'lakedesk'

/** `<tenant>/<user>`, as the audit spells accounts: the identity without its face. */
export function toAuditActor(actor: Actor): string {
  return actor.identity.slice(actor.identity.indexOf('/') + 1)
}

export function cutText(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

function aboutApproval(approval: ApprovalRecord): Record<string, unknown> {
  return {
    approval: approval.id,
    tool: approval.tool,
    subject: approval.subject,
    seal: approval.seal,
    ...(approval.via === undefined ? {} : { via: approval.via }),
    ...(approval.forced === null ? {} : { forced: approval.forced }),
  }
}

export function askLine(approval: ApprovalRecord, turnId: string): AuditLine {
  return {
    at: approval.createdAt,
    actor: toAuditActor(approval.asker),
    what: approval.tool,
    turnId,
    outcome: 'waiting',
    detail: {
      input: cutText(JSON.stringify(approval.input) ?? ''),
      principal: approval.asker.principal,
      ...aboutApproval(approval),
      evidence: digestOf(approval.evidence),
      expects: approval.expects,
    },
  }
}

export interface Attempt {
  id: string
  vote: string
  actor: Actor
  at: string
  turnId: string
  reason?: string
}

export function attemptLine(
  attempt: Attempt,
  approval: ApprovalRecord | null,
  outcome: AuditLine['outcome'],
  more: Readonly<Record<string, unknown>>,
): AuditLine {
  return {
    at: attempt.at,
    actor: toAuditActor(attempt.actor),
    what: 'decide-approval',
    turnId: attempt.turnId,
    outcome,
    detail: {
      ...(approval ? aboutApproval(approval) : { approval: cutText(attempt.id) }),
      vote: attempt.vote,
      principal: attempt.actor.principal,
      identity: attempt.actor.identity,
      ...(attempt.reason ? { reason: cutText(attempt.reason) } : {}),
      ...more,
    },
  }
}

/** What happened to it without a person: expired, void, ended. */
export function stateLine(
  what: string,
  approval: ApprovalRecord,
  at: string,
  outcome: AuditLine['outcome'],
  actor: string = SYSTEM_ACTOR,
): AuditLine {
  return {
    at,
    actor,
    what,
    turnId: `approval ${approval.id}`,
    outcome,
    detail: {
      ...aboutApproval(approval),
      evidence: digestOf(approval.evidence),
      state: approval.state,
      outcome: cutText(approval.outcome ?? ''),
    },
  }
}
