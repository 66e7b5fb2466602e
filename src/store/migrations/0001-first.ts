/** The first schema: inbox, outbox, timers, pipelines with their cards and alerts, people, and the audit log. */
export const first = `
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every event that the engine has to handle or has handled. The id keeps a delivery from counting twice.
CREATE TABLE inbox (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  type         TEXT NOT NULL,
  body         TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  processed_at INTEGER,
  outcome      TEXT
) STRICT;
CREATE INDEX inbox_open ON inbox (seq) WHERE processed_at IS NULL;
CREATE INDEX inbox_received ON inbox (received_at);

-- What came over the wire, compressed, kept for a while to look things up.
CREATE TABLE payloads (
  inbox_seq   INTEGER PRIMARY KEY REFERENCES inbox (seq) ON DELETE CASCADE,
  encoding    TEXT NOT NULL CHECK (encoding IN ('utf8', 'zstd')),
  body        BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payloads_received ON payloads (received_at);

-- Calls to other services that are still to be made. Those of one lane are made in the order of seq.
CREATE TABLE outbox (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  lane        TEXT NOT NULL,
  type        TEXT NOT NULL,
  body        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'done', 'dead')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  not_before  INTEGER NOT NULL,
  started_at  INTEGER,
  created_at  INTEGER NOT NULL,
  finished_at INTEGER,
  error       TEXT
) STRICT;
CREATE INDEX outbox_queued ON outbox (lane, seq) WHERE state = 'queued';
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE state = 'done';

CREATE TABLE timers (
  id     TEXT PRIMARY KEY,
  type   TEXT NOT NULL,
  body   TEXT NOT NULL,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE pipelines (
  id         TEXT PRIMARY KEY,
  repository TEXT NOT NULL,
  sha        TEXT NOT NULL,
  branch     TEXT,
  verdict    TEXT NOT NULL,
  revision   INTEGER NOT NULL,
  is_open    INTEGER NOT NULL CHECK (is_open IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (repository, sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX pipelines_open ON pipelines (updated_at) WHERE is_open = 1;
CREATE INDEX pipelines_updated ON pipelines (updated_at);

CREATE TABLE pipeline_facts (
  pipeline_id TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  key         TEXT NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, key)
) STRICT, WITHOUT ROWID;

-- How long stages take and how often jobs fail: one row for each stage and job that ended.
CREATE TABLE history (
  pipeline_id  TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('stage', 'job')),
  key          TEXT NOT NULL,
  repository   TEXT NOT NULL,
  branch       TEXT NOT NULL,
  name         TEXT NOT NULL,
  state        TEXT NOT NULL,
  duration_ms  INTEGER,
  completed_at INTEGER NOT NULL,
  PRIMARY KEY (pipeline_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_recent ON history (repository, branch, kind, name, completed_at);

-- One card a pipeline and channel. A card whose wanted revision is ahead of the shown one is to be brought up to date.
CREATE TABLE cards (
  id              TEXT PRIMARY KEY,
  pipeline_id     TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  channel         TEXT NOT NULL,
  channel_id      TEXT,
  ts              TEXT,
  state           TEXT NOT NULL CHECK (state IN ('wanted', 'posting', 'shown', 'gone')),
  posts           INTEGER NOT NULL DEFAULT 0,
  posting_since   INTEGER,
  wanted_revision INTEGER NOT NULL,
  shown_revision  INTEGER NOT NULL DEFAULT 0,
  digest          TEXT,
  dirty_since     INTEGER,
  shown_at        INTEGER,
  UNIQUE (pipeline_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX cards_dirty ON cards (dirty_since) WHERE dirty_since IS NOT NULL;

-- A channel that could not be written to, until it can again.
CREATE TABLE unavailable_channels (
  channel TEXT PRIMARY KEY,
  code    TEXT NOT NULL,
  since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
  pipeline_id TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  key         TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  id          TEXT PRIMARY KEY,
  pipeline_id TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
  repository  TEXT NOT NULL,
  branch      TEXT NOT NULL,
  name        TEXT NOT NULL,
  job         TEXT NOT NULL,
  stage_name  TEXT NOT NULL,
  failed_at   INTEGER NOT NULL,
  is_broadcast INTEGER NOT NULL CHECK (is_broadcast IN (0, 1)),
  details     TEXT,
  fixed       TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_open ON alerts (repository, branch, name) WHERE fixed IS NULL;
CREATE INDEX alerts_pipeline ON alerts (pipeline_id);

CREATE TABLE alert_messages (
  alert_id   TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  card_id    TEXT NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL,
  ts         TEXT NOT NULL,
  PRIMARY KEY (alert_id, card_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_messages_card ON alert_messages (card_id);

-- Which Slack person a GitHub login is, as found by e-mail. A null slack_user was looked for and not found.
CREATE TABLE people (
  login        TEXT PRIMARY KEY,
  slack_user   TEXT,
  looked_up_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Append only. hash = SHA-256 of the canonical JSON of the row with the hash of the row before.
CREATE TABLE audit (
  seq             INTEGER PRIMARY KEY,
  at              INTEGER NOT NULL,
  actor_type      TEXT NOT NULL CHECK (actor_type IN ('operator', 'sluice')),
  actor_id        TEXT,
  actor_name      TEXT,
  actor_team      TEXT,
  github_login    TEXT,
  action          TEXT NOT NULL,
  object          TEXT NOT NULL,
  sha             TEXT,
  evidence_digest TEXT,
  reason_code     TEXT,
  reason_text     TEXT,
  client          TEXT NOT NULL CHECK (client IN ('slack', 'cli', 'github', 'sluice')),
  previous_hash   TEXT NOT NULL,
  hash            TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- INSERT OR REPLACE deletes without asking the trigger below.
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq OR hash = NEW.hash)
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`
