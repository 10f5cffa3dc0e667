// The audit: who did what, in which turn, with which outcome. Lines are only ever added, each chained to the one before.
import { z } from 'zod'
import { canonicalJson } from '../../core/digest.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { AuditChain, AuditHead, AuditLine, ListedLine } from '../port.ts'
import { toEntry } from './audit-chain.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  seq: z.number(),
  at: z.string(),
  actor: z.string(),
  what: z.string(),
  turn_id: z.string(),
  outcome: z.enum(['done', 'refused', 'waiting', 'failed']),
  detail: z.string(),
})
const detailSchema = z.record(z.string(), z.unknown())
const headSchema = z.object({ lines: z.number(), hash: z.string() })

function toLine(row: unknown): ListedLine {
  const { turn_id, detail, ...rest } = rowSchema.parse(row)
  return { ...rest, turnId: turn_id, detail: detailSchema.parse(JSON.parse(detail)) }
}

function toHead(row: unknown): AuditHead {
  const parsed = headSchema.safeParse(row)
  if (parsed.success) return parsed.data
  throw new LakedeskError(
    'AUDIT_BROKEN',
    'The audit record has lost its head, so no line can be added: it was changed outside Lakedesk. Run `lakedesk audit verify`, and restore the store from a backup.',
    parsed.error,
  )
}

/** Adds a line to the chain. Must run inside a transaction. */
export function createAppendAudit({ db }: Pick<Session, 'db'>): (line: AuditLine) => void {
  const readHead = db.prepare('SELECT lines, hash FROM audit_head WHERE id = 1')
  const moveHead = db.prepare('UPDATE audit_head SET lines = ?, hash = ? WHERE id = 1')
  const insert = db.prepare(
    'INSERT INTO audit (seq, at, actor, what, turn_id, outcome, detail, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  return (line) => {
    const entry = toEntry(toHead(readHead.get()), line)
    const { seq, at, actor, what, turnId, outcome, prevHash, hash } = entry
    insert.run(seq, at, actor, what, turnId, outcome, canonicalJson(entry.detail), prevHash, hash)
    moveHead.run(seq, hash)
  }
}

export function createAudit(session: Session, append: (line: AuditLine) => void): AuditChain {
  const { db } = session
  const all = db.prepare('SELECT * FROM audit WHERE seq > ? ORDER BY seq DESC LIMIT ?')
  const byWhat = db.prepare('SELECT * FROM audit WHERE what = ? AND seq > ? ORDER BY seq DESC LIMIT ?')
  const head = db.prepare('SELECT lines, hash FROM audit_head WHERE id = 1')
  return {
    append: (line) => session.write(() => append(line)),
    list: ({ limit, what, after = 0 }) =>
      session.read(() => (what === undefined ? all.all(after, limit) : byWhat.all(what, after, limit)).map(toLine)),
    head: () => session.read(() => toHead(head.get())),
  }
}
