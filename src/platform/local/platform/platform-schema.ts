// The tables of the embedded platform, and the check that a file is one of ours.
import type { DatabaseSync } from 'node:sqlite'
import { corrupt } from './platform-errors.ts'

/** "LKDP": says in the file's header whose it is. */
const APPLICATION_ID = 0x4c4b4450
/** Raise it with every change of the tables. */
const SCHEMA_VERSION = 1

const SCHEMA = `
CREATE TABLE versions (model TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, status_message TEXT NOT NULL,
  description TEXT NOT NULL, source TEXT NOT NULL, run_id TEXT, created_ms INTEGER NOT NULL, tags TEXT NOT NULL,
  PRIMARY KEY (model, version)) STRICT;
CREATE TABLE aliases (model TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (model, alias)) STRICT;
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE runs (run_no INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, experiment_id INTEGER NOT NULL,
  name TEXT NOT NULL, status TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER) STRICT;
CREATE INDEX runs_by_experiment ON runs (experiment_id, started_ms DESC, run_no DESC);
CREATE TABLE params (run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key)) STRICT;
CREATE TABLE run_tags (run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key)) STRICT;
CREATE TABLE metrics (run_id TEXT NOT NULL, key TEXT NOT NULL, step INTEGER NOT NULL, timestamp INTEGER NOT NULL,
  value REAL NOT NULL, PRIMARY KEY (run_id, key, step, timestamp, value)) STRICT;
CREATE TABLE artifacts (run_id TEXT NOT NULL, path TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (run_id, path)) STRICT;
CREATE TABLE traces (trace_id TEXT PRIMARY KEY, experiment_id INTEGER NOT NULL, run_id TEXT NOT NULL, request TEXT NOT NULL,
  response TEXT NOT NULL, started_ms INTEGER NOT NULL, duration_ms REAL NOT NULL, ok INTEGER NOT NULL, tags TEXT NOT NULL) STRICT;
CREATE TABLE assessments (assessment_no INTEGER PRIMARY KEY AUTOINCREMENT, trace_id TEXT NOT NULL, name TEXT NOT NULL,
  source TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (trace_id, name, source)) STRICT;
CREATE TABLE datasets (name TEXT PRIMARY KEY) STRICT;
CREATE TABLE dataset_records (record_no INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, inputs TEXT NOT NULL,
  body TEXT NOT NULL, UNIQUE (dataset, inputs)) STRICT;
CREATE TABLE endpoints (name TEXT PRIMARY KEY, id TEXT NOT NULL, config TEXT, config_version INTEGER NOT NULL, pending TEXT,
  step TEXT CHECK (step IN ('created', 'loading')), update_no INTEGER NOT NULL, update_state TEXT NOT NULL,
  message TEXT NOT NULL, CHECK ((pending IS NULL) = (step IS NULL))) STRICT;
`

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

/** False for a database without any table; throws PLATFORM_CORRUPT for one of another program or a newer version. */
export function isOurs(db: DatabaseSync, file: string): boolean {
  // One transaction, so that another process that is creating the tables is seen wholly or not at all.
  db.exec('BEGIN')
  try {
    const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
    const [id, version] = [pragma(db, 'application_id'), pragma(db, 'user_version')]
    if (tables === 0 && id === 0) return false
    if (id !== APPLICATION_ID) throw corrupt(file, 'belongs to another program')
    if (version === SCHEMA_VERSION) return true
    throw corrupt(
      file,
      `has the version ${String(version)}, and this Lakedesk reads ${SCHEMA_VERSION}: another Lakedesk wrote it, which can go on using it`,
    )
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

/** Creates the tables where another process was not first. */
export function createSchema(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE')
  try {
    if (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0) {
      db.exec(SCHEMA)
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    }
    db.exec('COMMIT')
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}
