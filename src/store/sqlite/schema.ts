// The tables of the store file, and how an older file becomes the newest.
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../core/errors.ts'
import { addApprovals } from './add-approvals.ts'
import { ADD_TICKETS } from './add-tickets.ts'
import { ADD_LEDGERS } from './ledgers.ts'

/** "LKDS" in ASCII: tells a store file from every other SQLite file. */
export const APPLICATION_ID = 0x4c_4b_44_53

/** Step n turns a file of version n into one of version n + 1. Never edit a step that was released: add one. */
const MIGRATIONS: readonly (string | ((db: DatabaseSync) => void))[] = [
  `
  CREATE TABLE claims (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX claims_by_expiry ON claims (expires_at);

  CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL,
    turn TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'running', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0,
    accepted_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX inbox_by_thread ON inbox (thread);
  CREATE INDEX inbox_unfinished ON inbox (seq) WHERE state <> 'done';

  CREATE TABLE outbox (
    turn_id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'ready', 'sent', 'dead')),
    refs TEXT NOT NULL DEFAULT '[]',
    reply TEXT,
    attempts INTEGER NOT NULL,
    since TEXT NOT NULL
  ) STRICT;

  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    thread TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    at TEXT NOT NULL,
    user TEXT
  ) STRICT;
  CREATE INDEX messages_by_thread ON messages (thread, seq);

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_what ON audit (what, seq);
  `,
  addApprovals,
  ADD_TICKETS,
  ADD_LEDGERS,
]

export const SCHEMA_VERSION = MIGRATIONS.length

function readNumber(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0])
}

function refuse(file: string, why: string, fix: string): never {
  throw new LakedeskError('STORE_CORRUPT', `The store file ${file} cannot be used: ${why}. ${fix}`)
}

/**
 * Creates the tables in an empty file, or brings an older store up to this version, all or nothing.
 * Changes nothing in a file that is not ours. Throws STORE_CORRUPT for a foreign or a newer file.
 */
export function migrate(db: DatabaseSync, file: string): void {
  const applicationId = readNumber(db, 'PRAGMA application_id')
  const version = readNumber(db, 'PRAGMA user_version')
  const tables = readNumber(db, 'SELECT count(*) FROM sqlite_schema')
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || version !== 0 || tables !== 0)) {
    refuse(
      file,
      'it is a database of another program',
      'Set LAKEDESK_DATA to a folder of its own, or move that file away.',
    )
  }
  if (version > SCHEMA_VERSION) {
    refuse(
      file,
      `a newer Lakedesk wrote it (format ${version}, this one knows ${SCHEMA_VERSION})`,
      'Start that newer version, or set LAKEDESK_DATA to another folder.',
    )
  }
  if (version === SCHEMA_VERSION) return
  db.exec('BEGIN IMMEDIATE')
  for (const step of MIGRATIONS.slice(version)) {
    if (typeof step === 'string') db.exec(step)
    else step(db)
  }
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
