// Reads a ledger of a store file without its lock, for commands that run beside a server.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { LedgerEntry, LedgerKind } from '../port.ts'
import { LEDGER_COLUMNS, toLedgerEntry } from './ledgers.ts'
import { translateStoreError } from './translate-error.ts'

/** Those created last come first. None where there is no store yet, or one from before there were ledgers. Throws STORE_*. */
export function readLedger(file: string, kind: LedgerKind, limit: number): LedgerEntry[] {
  if (!existsSync(file)) return []
  try {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      const known = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledgers'").get()
      if (!known) return []
      const select = `SELECT ${LEDGER_COLUMNS} FROM ledgers WHERE kind = ? ORDER BY seq DESC LIMIT ?`
      return db.prepare(select).all(kind, limit).map(toLedgerEntry)
    } finally {
      db.close()
    }
  } catch (error) {
    throw translateStoreError(error, file)
  }
}
