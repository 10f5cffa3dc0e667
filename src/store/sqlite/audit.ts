// The audit: who did what, in which turn, with which outcome. Lines are only ever added.
import { z } from 'zod'
import type { Audit, AuditLine } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  at: z.string(),
  actor: z.string(),
  what: z.string(),
  turn_id: z.string(),
  outcome: z.enum(['done', 'refused', 'waiting', 'failed']),
  detail: z.string(),
})
const detailSchema = z.record(z.string(), z.unknown())

function toLine(row: unknown): AuditLine {
  const { turn_id, detail, ...rest } = rowSchema.parse(row)
  return { ...rest, turnId: turn_id, detail: detailSchema.parse(JSON.parse(detail)) }
}

export function createAudit(session: Session): Audit {
  const insert = session.db.prepare(
    'INSERT INTO audit (at, actor, what, turn_id, outcome, detail) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const all = session.db.prepare('SELECT * FROM audit ORDER BY seq DESC LIMIT ?')
  const byWhat = session.db.prepare('SELECT * FROM audit WHERE what = ? ORDER BY seq DESC LIMIT ?')
  return {
    append: ({ at, actor, what, turnId, outcome, detail }) =>
      session.write(() => void insert.run(at, actor, what, turnId, outcome, JSON.stringify(detail))),
    list: ({ limit, what }) =>
      session.read(() => (what === undefined ? all.all(limit) : byWhat.all(what, limit)).map(toLine)),
  }
}
