// From format 1 to 2: approvals, sagas, posts, places and checkpoints; and the audit becomes a hash chain.
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { createAppendAudit } from './audit.ts'
import { NO_HASH } from './audit-chain.ts'

const TABLES = `
  CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    subject TEXT NOT NULL,
    tool TEXT NOT NULL,
    created_at TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX approvals_live ON approvals (subject) WHERE state IN ('open', 'approved', 'running');
  CREATE INDEX approvals_by_time ON approvals (created_at);

  CREATE TABLE sagas (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT
  ) STRICT;
  CREATE UNIQUE INDEX sagas_running ON sagas (subject) WHERE ended_at IS NULL;

  CREATE TABLE posts (
    key TEXT PRIMARY KEY,
    subject TEXT,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    refs TEXT NOT NULL DEFAULT '[]',
    reply TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    shown INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    since TEXT NOT NULL
  ) STRICT;
  CREATE INDEX posts_of_subject ON posts (subject) WHERE subject IS NOT NULL;
  CREATE INDEX posts_pending ON posts (key) WHERE shown < revision AND dropped < revision;

  CREATE TABLE places (
    topic TEXT NOT NULL,
    thread TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (topic, thread)
  ) STRICT;

  CREATE TABLE checkpoints (
    job TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (job, key)
  ) STRICT;

  ALTER TABLE audit RENAME TO audit_1;
  DROP INDEX audit_by_what;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_what ON audit (what, seq);
  CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lines INTEGER NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_head VALUES (1, 0, '${NO_HASH}');
`

/** Against accidents and other programs: whoever may drop a trigger can still be told by the chain. */
const TRIGGERS = `
  CREATE TRIGGER audit_keeps_lines BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_keeps_places BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`

const oldRowSchema = z.object({
  at: z.string(),
  actor: z.string(),
  what: z.string(),
  turn_id: z.string(),
  outcome: z.enum(['done', 'refused', 'waiting', 'failed']),
  detail: z.string(),
})

function toDetail(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    // What was unreadable before the chain began is kept as it was found.
    return { unreadable: text }
  }
}

/** Must run inside a transaction. Lines written before the chain keep their order and are chained as they are found. */
export function addApprovals(db: DatabaseSync): void {
  db.exec(TABLES)
  const append = createAppendAudit({ db })
  for (const row of db.prepare('SELECT * FROM audit_1 ORDER BY seq').iterate()) {
    const { turn_id, detail, ...line } = oldRowSchema.parse(row)
    append({ ...line, turnId: turn_id, detail: toDetail(detail) })
  }
  db.exec(`DROP TABLE audit_1; ${TRIGGERS}`)
}
