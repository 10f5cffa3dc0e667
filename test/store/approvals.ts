// Approvals and audit lines for the store tests.
import { toAddress } from '../../src/core/turn.ts'
import type { ApprovalRecord, AuditLine } from '../../src/store/port.ts'

export function toAuditLine(n: number | string, more: Partial<AuditLine> = {}): AuditLine {
  return {
    at: '2026-01-02T03:04:05.000Z',
    actor: 'acme/ann',
    what: 'request-promotion',
    turnId: `t${n}`,
    outcome: 'done',
    detail: { version: 3, reason: `“${n}” it's \u{1F44D}`, zebra: { b: [1, null], a: true }, apple: 0.1 },
    ...more,
  }
}

export function toApproval(id: string, more: Partial<ApprovalRecord> = {}): ApprovalRecord {
  return {
    id,
    revision: 1,
    state: 'open',
    subject: 'model:m',
    tool: 'request-promotion',
    input: { version: '3' },
    evidence: { metrics: [{ key: 'faithfulness/v1/mean', mean: 4.5 }] },
    expects: { Champion: 'v2', version: 'v3' },
    seal: 'ab'.repeat(32),
    asker: { principal: 'ann@acme.example', identity: 'desk/acme/ann', name: 'Ann' },
    place: { channel: 'desk', address: toAddress('desk:1'), thread: 'thread-1' },
    rule: { who: { kind: 'listed', principals: ['bo@acme.example'] }, quorum: 1, selfDecides: false },
    forced: null,
    createdAt: '2026-01-02T03:04:05.000Z',
    expiresAt: '2026-01-03T03:04:05.000Z',
    remindAt: null,
    votes: [],
    progress: null,
    outcome: null,
    closedAt: null,
    review: 'none',
    ...more,
  }
}
