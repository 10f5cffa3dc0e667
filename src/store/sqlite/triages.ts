// Tickets as they were triaged and corrected: every change an atomic swap of the whole record.
import type { Triages } from '../port.ts'
import { toLedgerEntry } from './ledgers.ts'
import type { Session } from './session.ts'

export function createTriages(session: Session): Triages {
  const { db } = session
  const insert = db.prepare(`
    INSERT INTO triages (id, revision, created_at, updated_at, record) VALUES (:id, 1, :at, :at, :record)
    ON CONFLICT (id) DO NOTHING RETURNING id`)
  const find = db.prepare('SELECT * FROM triages WHERE id = ?')
  const swap = db.prepare(
    'UPDATE triages SET revision = revision + 1, updated_at = ?, record = ? WHERE id = ? AND revision = ? RETURNING id',
  )
  const at = () => new Date(session.now()).toISOString()

  return {
    create: (id, record) =>
      session.write(() => insert.get({ ':id': id, ':at': at(), ':record': JSON.stringify(record) }) !== undefined),
    get: (id) =>
      session.read(() => {
        const row = find.get(id)
        return row === undefined ? null : toLedgerEntry(row)
      }),
    update: (id, revision, record) =>
      session.write(() => swap.get(at(), JSON.stringify(record), id, revision) !== undefined),
  }
}
