import type { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

const TABLES = `
  CREATE TABLE changes (
    change_id  TEXT PRIMARY KEY,
    request    TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    report     TEXT
  ) STRICT;
  CREATE TABLE events (
    seq       INTEGER PRIMARY KEY,
    change_id TEXT NOT NULL,
    event     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_of_change ON events (change_id, seq);
  CREATE TABLE writes (
    seq       INTEGER PRIMARY KEY,
    change_id TEXT NOT NULL,
    step      TEXT NOT NULL,
    command   TEXT NOT NULL,
    UNIQUE (change_id, step, command)
  ) STRICT;
  CREATE TABLE locks (
    cluster     TEXT NOT NULL,
    database    TEXT NOT NULL,
    change_id   TEXT NOT NULL UNIQUE,
    holder      TEXT NOT NULL,
    since       TEXT NOT NULL,
    lease_until TEXT NOT NULL,
    snapshot    TEXT NOT NULL,
    PRIMARY KEY (cluster, database)
  ) STRICT;
  PRAGMA user_version = ${VERSION};
`;

/** Creates the tables in a new file. @throws Error when the file was written by a newer version. */
export function migrate(db: DatabaseSync): void {
  const version = () => Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version() === VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have created the tables while this one waited for the lock.
    if (version() > VERSION) throw new Error(`it was written by a newer syncshift (format ${version()}, this one knows ${VERSION})`);
    if (version() === 0) db.exec(TABLES);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
