import type { DatabaseSync } from 'node:sqlite';

const FIRST = `
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
`;

const GATES_AND_RUNS = `
  ALTER TABLE changes ADD COLUMN holder TEXT;
  ALTER TABLE changes ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE changes ADD COLUMN gate TEXT;
  ALTER TABLE changes ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE tokens (
    change_id TEXT PRIMARY KEY,
    token     TEXT NOT NULL
  ) STRICT;
`;

const CHAT = `
  CREATE TABLE threads (
    change_id TEXT PRIMARY KEY,
    revision  INTEGER NOT NULL,
    thread    TEXT NOT NULL
  ) STRICT;
  CREATE TABLE chat_tasks (
    id         TEXT PRIMARY KEY,
    claimed_by TEXT NOT NULL
  ) STRICT;
`;

const ROLLOUTS = `
  CREATE TABLE rollouts (
    rollout_id TEXT PRIMARY KEY,
    request    TEXT NOT NULL,
    started_at TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    record     TEXT NOT NULL
  ) STRICT;
  CREATE TABLE rollout_asks (
    rollout_id TEXT PRIMARY KEY,
    asked      TEXT NOT NULL
  ) STRICT;
  CREATE TABLE rollout_surveys (
    rollout_id TEXT NOT NULL,
    cluster    TEXT NOT NULL,
    survey     TEXT NOT NULL,
    PRIMARY KEY (rollout_id, cluster)
  ) STRICT;
  CREATE TABLE rollout_plans (
    rollout_id TEXT NOT NULL,
    cluster    TEXT NOT NULL,
    number     INTEGER NOT NULL,
    plan       TEXT NOT NULL,
    PRIMARY KEY (rollout_id, cluster, number)
  ) STRICT;
  CREATE TABLE rollout_targets (
    rollout_id TEXT NOT NULL,
    position   INTEGER NOT NULL,
    cluster    TEXT NOT NULL,
    run        INTEGER NOT NULL DEFAULT 0,
    target     TEXT NOT NULL,
    PRIMARY KEY (rollout_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollout_targets_of_cluster ON rollout_targets (rollout_id, cluster, position);
  CREATE TABLE rollout_claims (
    cluster    TEXT NOT NULL,
    database   TEXT NOT NULL,
    rollout_id TEXT NOT NULL,
    PRIMARY KEY (cluster, database)
  ) STRICT;
  CREATE TABLE rollout_gates (
    rollout_id TEXT NOT NULL,
    wave       INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    gate       TEXT NOT NULL,
    PRIMARY KEY (rollout_id, wave)
  ) STRICT;
  CREATE TABLE rollout_events (
    seq        INTEGER PRIMARY KEY,
    rollout_id TEXT NOT NULL,
    event      TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_of_rollout ON rollout_events (rollout_id, seq);
`;

/** What each version of the file adds to the one before it. */
const VERSIONS = [FIRST, GATES_AND_RUNS, CHAT, ROLLOUTS];

/** Brings a new file, or one of an older version, to the latest. @throws Error when the file was written by a newer version. */
export function migrate(db: DatabaseSync): void {
  const version = () => Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  const latest = VERSIONS.length;
  if (version() === latest) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it while this one waited for the lock.
    if (version() > latest) throw new Error(`it was written by a newer syncshift (format ${version()}, this one knows ${latest})`);
    for (const statements of VERSIONS.slice(version())) db.exec(statements);
    db.exec(`PRAGMA user_version = ${latest}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
