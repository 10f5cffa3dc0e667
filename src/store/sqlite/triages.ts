// Tickets as they were triaged and corrected: every change an atomic swap of the whole record.
import { z } from 'zod'
import type { TriageEntry, Triages } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z
  .object({
    id: z.string(),
    revision: z.number(),
    created_at: z.string(),
    updated_at: z.string(),
    record: z.string(),
  })
  .transform(
    ({ created_at, updated_at, record, ...rest }): TriageEntry => ({
      ...rest,
      createdAt: created_at,
      updatedAt: updated_at,
      record: JSON.parse(record),
    }),
  )

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
        return row === undefined ? null : rowSchema.parse(row)
      }),
    update: (id, revision, record) =>
      session.write(() => swap.get(at(), JSON.stringify(record), id, revision) !== undefined),
  }
}
