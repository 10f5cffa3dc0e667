// From format 2 to 3: triaged tickets, and the labelled rows that people's corrections made.

/** `seq` is never given twice, so that the highest one of a task tells whether anything changed. */
export const ADD_TICKETS = `
  CREATE TABLE triages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;

  CREATE TABLE labelled (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    label TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (task, source)
  ) STRICT;
  CREATE INDEX labelled_by_task ON labelled (task, seq);
`
