// Ledgers in one table: every change an atomic swap of the whole record.
import { z } from 'zod'
import type { Ledger, LedgerEntry, LedgerKind } from '../port.ts'
import type { Session } from './session.ts'

/** From format 3 to 4: ledgers, and posts that stand under another one. */
export const ADD_LEDGERS = `
  CREATE TABLE ledgers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (kind, id)
  ) STRICT;
  CREATE INDEX ledgers_by_kind ON ledgers (kind, seq);

  ALTER TABLE posts ADD COLUMN under TEXT;
`

const rowSchema = z
  .object({
    id: z.string(),
    revision: z.number(),
    created_at: z.string(),
    updated_at: z.string(),
    record: z.string(),
  })
  .transform(
    ({ created_at, updated_at, record, ...rest }): LedgerEntry => ({
      ...rest,
      createdAt: created_at,
      updatedAt: updated_at,
      record: JSON.parse(record),
    }),
  )

/** What `toLedgerEntry` reads. */
export const LEDGER_COLUMNS = 'id, revision, created_at, updated_at, record'

/** A row of any table whose records are changed whole, triages too. */
export function toLedgerEntry(row: unknown): LedgerEntry {
  return rowSchema.parse(row)
}

export function createLedgers(session: Session): (kind: LedgerKind) => Ledger {
  const { db } = session
  const insert = db.prepare(`
    INSERT INTO ledgers (kind, id, revision, created_at, updated_at, record)
    VALUES (:kind, :id, 1, :at, :at, :record) ON CONFLICT (kind, id) DO NOTHING RETURNING id`)
  const find = db.prepare(`SELECT ${LEDGER_COLUMNS} FROM ledgers WHERE kind = ? AND id = ?`)
  const swap = db.prepare(`
    UPDATE ledgers SET revision = revision + 1, updated_at = ?, record = ?
    WHERE kind = ? AND id = ? AND revision = ? RETURNING id`)
  const remove = db.prepare('DELETE FROM ledgers WHERE kind = ? AND id = ? RETURNING id')
  const list = db.prepare(`SELECT ${LEDGER_COLUMNS} FROM ledgers WHERE kind = ? ORDER BY seq DESC LIMIT ?`)
  const at = () => new Date(session.now()).toISOString()

  return (kind) => ({
    create: (id, record) =>
      session.write(() => {
        const row = { ':kind': kind, ':id': id, ':at': at(), ':record': JSON.stringify(record) }
        return insert.get(row) !== undefined
      }),
    get: (id) =>
      session.read(() => {
        const row = find.get(kind, id)
        return row === undefined ? null : rowSchema.parse(row)
      }),
    update: (id, revision, record) =>
      session.write(() => swap.get(at(), JSON.stringify(record), kind, id, revision) !== undefined),
    remove: (id) => session.write(() => remove.get(kind, id) !== undefined),
    list: (limit) => session.read(() => list.all(kind, limit).map((row) => rowSchema.parse(row))),
  })
}
