// Operations that wait for a decision: one live one per subject, and every change an atomic swap with its audit line.
import { z } from 'zod'
import { toAddress } from '../../core/turn.ts'
import { type Actor, APPROVAL_STATES, type ApprovalRecord, type Approvals, type AuditLine, type Vote } from '../port.ts'
import type { Session } from './session.ts'

const actorShape = { principal: z.string(), identity: z.string(), name: z.string().optional() } satisfies Record<
  keyof Actor,
  z.ZodType
>
const actorSchema = z.object(actorShape)
// A field of the port that is forgotten here would be lost on the way out: the types refuse that.
const recordShape = {
  id: z.string(),
  revision: z.number(),
  state: z.enum(APPROVAL_STATES),
  subject: z.string(),
  tool: z.string(),
  input: z.unknown(),
  evidence: z.unknown(),
  expects: z.record(z.string(), z.string()),
  seal: z.string(),
  asker: actorSchema,
  askedIn: z.string().optional(),
  via: z.literal('model').optional(),
  place: z.object({ channel: z.string(), address: z.string().transform(toAddress), thread: z.string() }).nullable(),
  rule: z.object({
    who: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('listed'), principals: z.array(z.string()) }),
      z.object({ kind: z.literal('asker'), anyAccount: z.boolean().optional() }),
    ]),
    quorum: z.number(),
    selfDecides: z.boolean(),
  }),
  forced: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
  remindAt: z.string().nullable(),
  votes: z.array(
    z.object({
      ...actorShape,
      vote: z.enum(['approve', 'reject']),
      at: z.string(),
      reason: z.string().optional(),
      turnId: z.string().optional(),
    } satisfies Record<keyof Vote, z.ZodType>),
  ),
  progress: z.object({ label: z.string(), done: z.number(), total: z.number() }).nullable(),
  outcome: z.string().nullable(),
  result: z.unknown().optional(),
  closedAt: z.string().nullable(),
  review: z.union([z.enum(['none', 'pending']), actorSchema]),
} satisfies Record<keyof ApprovalRecord, z.ZodType>
const recordSchema = z.object(recordShape)
const rowSchema = z.object({ revision: z.number(), record: z.string() })

function toRecord(row: unknown): ApprovalRecord {
  const { revision, record } = rowSchema.parse(row)
  return { ...recordSchema.parse(JSON.parse(record)), revision }
}

export function createApprovals(session: Session, appendAudit: (line: AuditLine) => void): Approvals {
  const { db } = session
  const live = db.prepare(
    "SELECT revision, record FROM approvals WHERE subject = ? AND state IN ('open', 'approved', 'running')",
  )
  const insert = db.prepare(
    'INSERT INTO approvals (id, revision, state, subject, tool, created_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const find = db.prepare('SELECT revision, record FROM approvals WHERE id = ?')
  const swap = db.prepare(
    'UPDATE approvals SET revision = revision + 1, state = ?, record = ? WHERE id = ? AND revision = ? RETURNING id',
  )
  const list = db.prepare(`
    SELECT revision, record FROM approvals
    WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
      AND (:subject IS NULL OR subject = :subject) AND (:tool IS NULL OR tool = :tool)
      AND (:asked_in IS NULL OR record ->> '$.askedIn' = :asked_in)
    ORDER BY created_at DESC, rowid DESC LIMIT :limit`)

  return {
    create: (approval, audit) =>
      session.write(() => {
        const holder = live.get(approval.subject)
        if (holder !== undefined) return { kind: 'taken', by: toRecord(holder) }
        const { id, revision, state, subject, tool, createdAt } = approval
        insert.run(id, revision, state, subject, tool, createdAt, JSON.stringify(approval))
        appendAudit(audit)
        return { kind: 'created' }
      }),
    get: (id) =>
      session.read(() => {
        const row = find.get(id)
        return row === undefined ? null : toRecord(row)
      }),
    swap: (next, audit) =>
      session.write(() => {
        const record = JSON.stringify({ ...next, revision: next.revision + 1 })
        if (swap.get(next.state, record, next.id, next.revision) === undefined) return false
        if (audit !== undefined) appendAudit(audit)
        return true
      }),
    list: ({ states, subject, tool, askedIn, limit }) =>
      session.read(() =>
        list
          .all({
            ':states': states === undefined ? null : JSON.stringify(states),
            ':subject': subject ?? null,
            ':tool': tool ?? null,
            ':asked_in': askedIn ?? null,
            ':limit': limit,
          })
          .map(toRecord),
      ),
  }
}
